import Files
public import Model

/// The refs of a repository whose files others may have damaged, as they are.
public struct FoundRefs: Sendable {
    /// Those that can be read, in order of their names.
    public var refs: [RefTarget] = []
    /// Refs that name another ref, by their names, with what they name. We make none.
    public var symbolic: [String: String] = [:]
    /// The files that hold no ref, or not only refs, though they should; `packed-refs` may be among them.
    public var damaged: [String] = []

    /// How many refs have files of their own.
    public var looseCount = 0

    /// The ids that files of refs, and `packed-refs`, have, by what would be the ref's name.
    public var targets: [String: ObjectID] = [:]

    /// The file that holds many refs.
    public static let packedFile = "packed-refs"
}

/// For a repo whose refs may be damaged: `refs(below:)` stops at the first that is.
extension GitRepository {
    /// All refs that can be read, whatever else is there.
    public func foundRefs() throws(PachError) -> FoundRefs {
        var found = FoundRefs()
        if let bytes = try bytes(of: FoundRefs.packedFile, for: &found) {
            let packed = PackedRefs(parsing: bytes)
            for ref in packed.refs { found.targets[ref.name] = ref.target }
            if !packed.isSound { found.damaged.append(FoundRefs.packedFile) }
        }
        var folders = ["refs"]
        while let folder = folders.popLast() {
            for entry in try Folder.names(in: "\(path)/\(folder)") {
                let name = "\(folder)/\(entry)"
                let status = try Folder.status(of: "\(path)/\(name)", followingLinks: false)
                if status?.isFolder == true {
                    folders.append(name)
                } else if try status == nil ? entry.contains(Self.replacement) : !isFile(name) {
                    found.damaged.append(name)
                } else if !name.hasSuffix(".lock"), let bytes = try bytes(of: name, for: &found) {
                    // A file that is there hides what `packed-refs` says.
                    let text = String(decoding: bytes, as: UTF8.self)
                    found.looseCount += 1
                    if text.hasPrefix(Self.symbolicPrefix) {
                        found.targets[name] = nil
                        found.symbolic[name] = text.dropFirst(Self.symbolicPrefix.count).split(separator: "\n").first.map(String.init) ?? ""
                    } else {
                        found.targets[name] = ObjectID(hex: text.prefix(40))
                        // Git takes any white space after the id, or none.
                        if found.targets[name] == nil || text.dropFirst(40).first?.isWhitespace == false { found.damaged.append(name) }
                    }
                }
            }
        }
        for (name, id) in found.targets.sorted(by: { $0.key < $1.key }) {
            do throws(PachError) {
                found.refs.append(RefTarget(name: try RefName(name), id: id))
            } catch {
                found.damaged.append(name)
            }
        }
        found.damaged.sort()
        return found
    }

    private static let symbolicPrefix = "ref: "
    /// What stands for bytes that are no UTF-8 in a name that was read.
    private static let replacement: Character = "\u{FFFD}"

    /// Removes the file of a ref that `foundRefs` found damaged or symbolic: no Git changes a ref that it cannot read.
    public func removeRefFile(_ name: String) throws(PachError) {
        try Folder.removeFile("\(path)/\(name)")
        let folder = name.split(separator: "/").dropLast().joined(separator: "/")
        try Folder.sync("\(path)/\(folder)", calls: calls)
    }

    /// Makes it durable that refs are where they are, or are not there: who moved them may have crashed before that. Their files are synced
    /// before they get their names.
    public func syncRefs(_ names: some Sequence<String>) throws(PachError) {
        // `packed-refs` is in the repository's own folder.
        var folders: Set<String> = [path]
        for name in names {
            var folder = Folder.parent(of: "\(path)/\(name)")
            while folder.utf8.count > path.utf8.count, folders.insert(folder).inserted { folder = Folder.parent(of: folder) }
        }
        for folder in folders.sorted() where try Folder.status(of: folder)?.isFolder == true {
            try Folder.sync(folder, calls: calls)
        }
    }

    /// Writes `packed-refs` anew with what can be read of it.
    public func rewritePackedRefs() throws(PachError) {
        guard try Folder.status(of: "\(path)/\(FoundRefs.packedFile)") != nil else { return }
        var found = FoundRefs()
        guard let bytes = try bytes(of: FoundRefs.packedFile, for: &found) else {
            // It may have refs that are nowhere else.
            try Folder.rename("\(path)/\(FoundRefs.packedFile)", to: "\(path)/\(FoundRefs.packedFile).damaged", calls: calls)
            return try Folder.sync(path, calls: calls)
        }
        var last: [String: ObjectID] = [:]
        for ref in PackedRefs(parsing: bytes).refs { last[ref.name] = ref.target }
        try replaceFile(FoundRefs.packedFile, with: PackedRefs.text(of: last.map { ($0.key, $0.value) }))
    }

    /// Gives refs whose names are no UTF-8, which no path of ours could name, names in which what is not ASCII is percent-encoded.
    /// - Parameter found: what there is, with these among what is damaged.
    /// - Returns: whether there were any.
    public func encodeRefNames(among found: FoundRefs) throws(PachError) -> Bool {
        guard found.damaged.contains(where: { $0.contains(Self.replacement) }) else { return false }
        var folders = ["refs"]
        while let folder = folders.popLast() {
            try Folder.encodeNames(in: "\(path)/\(folder)")
            for entry in try Folder.names(in: "\(path)/\(folder)") {
                let name = "\(folder)/\(entry)"
                if try Folder.status(of: "\(path)/\(name)", followingLinks: false)?.isFolder == true { folders.append(name) }
            }
        }
        return true
    }

    /// What `HEAD` says: `ref: refs/heads/master`; nil where there is none.
    public func head() throws(PachError) -> String? {
        try bytes(of: "HEAD").map { String(decoding: $0, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? "" }
    }

    /// The branch that `HEAD` names: the one that clones check out. Nil where it names none.
    public func headBranch() throws(PachError) -> RefName? {
        guard let head = try head(), head.hasPrefix("\(Self.symbolicPrefix)refs/heads/") else { return nil }
        return try? RefName(String(head.dropFirst(Self.symbolicPrefix.count)))
    }

    /// Lets `HEAD` name the branch `master`, as in a new repo.
    public func resetHead() throws(PachError) {
        try replaceFile("HEAD", with: Self.headText)
    }

    /// Whether it is a regular file, or a link that leads to one.
    private func isFile(_ name: String) throws(PachError) -> Bool {
        do throws(PachError) {
            return try Folder.status(of: "\(path)/\(name)")?.kind == .file
        } catch {
            // A link to itself.
            guard error.code == .inaccessible else { throw error }
            return false
        }
    }

    /// - Returns: nil where there is no such file; also where it is far larger than refs are, which `found` is told.
    private func bytes(of name: String, for found: inout FoundRefs) throws(PachError) -> [UInt8]? {
        do throws(PachError) {
            return try bytes(of: name)
        } catch {
            guard error.code == .tooLarge else { throw error }
            // A file that is there hides what `packed-refs` says.
            found.targets[name] = nil
            found.damaged.append(name)
            return nil
        }
    }

    /// - Returns: nil where there is no such file.
    private func bytes(of name: String) throws(PachError) -> [UInt8]? {
        guard try Folder.status(of: "\(path)/\(name)") != nil else { return nil }
        return try File.open("\(path)/\(name)").bytes(upTo: Limits.wholeFileByteCountMax)
    }
}
