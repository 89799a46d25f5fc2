internal import Files
internal import GitStore
internal import Model

/// Copies one repo's folder: packs that the destination does not have, and the small files around them.
struct RepoCopy {
    let source: String
    let destination: String
    private(set) var packsCopied = 0
    private(set) var packsPresent = 0
    /// Files of the destination that the source does not have any more; they go once nothing needs them. None while the source lacks something.
    var stale: [String] { lack == nil ? gone : [] }
    private var gone: [String] = []
    /// Why a pack or loose object did not pass its check, and so is missing in the copy.
    private(set) var damage: PachError?
    /// Why some or all is missing in the copy: a file of the source could not be read, or a folder could not be listed, so that what is
    /// missing from the list would count as gone.
    private(set) var unread: PachError?
    /// Why the source is not whole as far as that was looked for.
    private(set) var lack: PachError?
    /// What the source has, as far as it is to be in the copy.
    private var objects: ListedObjects?

    init(from source: String, to destination: String) {
        self.source = source
        self.destination = destination
    }

    /// - Parameters:
    ///   - refs: what they point at is to be in the source.
    ///   - held: the packs that stay in the source, and have all that is wanted; nil where it changes no more.
    ///   - verifiesAll: check packs and loose objects that were there already, too.
    mutating func run(
        _ copy: inout FileCopy, refs: [PackedRefs.Ref], held: Set<PackName>? = nil, verifiesAll: Bool
    ) throws(PachError) {
        for folder in ["hooks", "info", "objects/info", "objects/pack", "refs/heads", "refs/tags"] {
            try copy.makeFolder("\(destination)/\(folder)")
        }
        guard try Folder.status(of: source) != nil else {
            lack = PachError(.corrupt, "the folder \(quoted(source)) is gone")
            return
        }
        guard let wanted = try wantedFiles(held) else { return }
        let present = Set(try Folder.files(below: destination))
        let packs = wanted.filter { $0.hasSuffix(".idx") && Self.packName(ofFile: $0) != nil }.map { String($0.dropLast(4)) }
        let packFiles = Set(packs.flatMap { pack in Self.endings.map { pack + $0 } })
        try copySmallFiles(wanted.filter { !packFiles.contains($0) }, present, &copy, verifiesAll: verifiesAll)
        try copyPacks(packs, present, &copy, verifiesAll: verifiesAll)
        try list(wanted)
        for ref in refs { require(ref.target, "the ref \(ref.name)") }
        gone = present.subtracting(wanted).filter { $0.hasPrefix("objects/") || $0 == "shallow" }.map { "\(destination)/\($0)" }
    }

    /// The source's files that are to be in the copy.
    /// - Returns: nil where they could not be listed.
    private mutating func wantedFiles(_ held: Set<PackName>?) throws(PachError) -> [String]? {
        do throws(PachError) {
            return try Folder.files(below: source).filter { file in
                Self.isCopied(file) && (held.map { held in Self.packName(ofFile: file).map(held.contains) ?? true } ?? true)
            }
        } catch {
            guard !error.concernsAll else { throw error }
            unread = error
            return nil
        }
    }

    /// Copies files that are no part of a pack.
    mutating func copySmallFiles(
        _ names: [String], _ present: Set<String>, _ copy: inout FileCopy, verifiesAll: Bool
    ) throws(PachError) {
        for name in names {
            try copy.checkCancellation()
            do throws(PachError) {
                if let id = Self.looseObject(ofFile: name) {
                    try copyLooseObject(id, name, isPresent: present.contains(name), &copy, verifiesAll: verifiesAll)
                } else {
                    try copySmallFile(name, isPresent: present.contains(name), &copy)
                }
            } catch {
                if error.code == .corrupt { damage = damage ?? error } else { try noteUnread([name], error) }
            }
        }
    }

    /// Notes that files of the source cannot be opened, where that is what failed. One that went since it was listed is missed by nobody where it
    /// says nothing of what the repo holds.
    private mutating func noteUnread(_ names: [String], _ failure: PachError) throws(PachError) {
        for name in names {
            do throws(PachError) {
                _ = try File.open("\(source)/\(name)")
            } catch {
                guard error.code == .inaccessible || error.code == .notFound else { throw error }
                if error.code == .inaccessible || !Self.mayGo(name) { unread = unread ?? error }
                return
            }
        }
        throw failure
    }

    private static func mayGo(_ name: String) -> Bool { name.hasPrefix("info/") || name.hasPrefix("hooks/") }

    private func copySmallFile(_ name: String, isPresent: Bool, _ copy: inout FileCopy) throws(PachError) {
        let (from, to) = ("\(source)/\(name)", "\(destination)/\(name)")
        let isObject = name.hasPrefix("objects/")
        if isPresent, try isObject ? Self.haveSameSize(from, to) : Self.haveSameBytes(from, to) { return }
        try copy.makeFolder(Folder.parent(of: to))
        try copy.copy(from, to: to, mode: isObject ? 0o444 : name.hasPrefix("hooks/") ? 0o755 : 0o644, isImmutable: isObject)
    }

    /// As a pack, a loose object gets its name once it has passed its check.
    private func copyLooseObject(
        _ id: ObjectID, _ name: String, isPresent: Bool, _ copy: inout FileCopy, verifiesAll: Bool
    ) throws(PachError) {
        let (from, to) = ("\(source)/\(name)", "\(destination)/\(name)")
        if isPresent, try Self.haveSameSize(from, to) {
            guard verifiesAll, try !Self.isSound(id, at: to) else { return }
        }
        try copy.makeFolder(Folder.parent(of: to))
        let temporary = FileCopy.temporaryPath(beside: to)
        do throws(PachError) {
            try copy.copy(from, to: temporary, mode: 0o444, isImmutable: true)
            guard try Self.isSound(id, at: temporary) else {
                throw PachError(.corrupt, "the loose object \(quoted(from)) is damaged", cause: "its bytes do not hash to its id")
            }
            try copy.rename(temporary, to)
        } catch {
            try copy.remove(temporary)
            throw error
        }
    }

    /// One that is too large for us to read is as good as Git finds it.
    private static func isSound(_ id: ObjectID, at path: String) throws(PachError) -> Bool {
        do throws(PachError) {
            try GitRepository.verifyLooseObject(id, at: path)
            return true
        } catch {
            guard error.code == .corrupt || error.code == .tooLarge else { throw error }
            return error.code == .tooLarge
        }
    }

    /// The loose object that a file is; nil where it is none.
    private static func looseObject(ofFile name: String) -> ObjectID? {
        let parts = name.split(separator: "/")
        return parts.count == 3 && parts[0] == "objects" && parts[1].utf8.count == 2 ? ObjectID(hex: parts[1] + parts[2]) : nil
    }

    /// Copies the packs that the destination does not have.
    private mutating func copyPacks(
        _ packs: [String], _ present: Set<String>, _ copy: inout FileCopy, verifiesAll: Bool
    ) throws(PachError) {
        var fresh: [(path: String, temporary: String)] = []
        for pack in packs {
            try copy.checkCancellation()
            do throws(PachError) {
                if try isThere(pack, among: present, verifies: verifiesAll) {
                    packsPresent += 1
                } else {
                    fresh.append(("\(destination)/\(pack)", try copyPack(pack, &copy)))
                    packsCopied += 1
                }
            } catch {
                if Self.isDamage(error) {
                    damage = damage ?? error
                } else {
                    try noteUnread(Self.endings.map { pack + $0 }, error)
                }
            }
        }
        // An index that came without its pack would pass for a pack that is lost, also after a power cut.
        for pack in fresh { try copy.rename(pack.temporary + ".pack", pack.path + ".pack") }
        if !fresh.isEmpty { try copy.settle() }
        for pack in fresh { try copy.rename(pack.temporary + ".idx", pack.path + ".idx") }
    }

    /// Whether the destination has the pack.
    private func isThere(_ pack: String, among present: Set<String>, verifies: Bool) throws(PachError) -> Bool {
        for file in Self.endings.map({ pack + $0 }) {
            guard present.contains(file), try Self.haveSameSize("\(source)/\(file)", "\(destination)/\(file)") else { return false }
        }
        return verifies ? try Self.isSound(pack, in: destination) : true
    }

    private mutating func list(_ files: [String]) throws(PachError) {
        do throws(PachError) {
            objects = try ListedObjects(among: files, of: source)
        } catch {
            guard Self.isDamage(error) || error.code == .inaccessible else { throw error }
            lack = error
        }
    }

    /// Looks for an object in the source.
    /// - Returns: whether it is there.
    mutating func contains(_ id: ObjectID) -> Bool { objects?.contains(id) ?? false }

    /// Notes where the source lacks an object.
    /// - Parameter name: what the database has there.
    mutating func require(_ id: ObjectID, _ name: String) {
        guard lack == nil, !contains(id) else { return }
        lack = PachError(
            .corrupt, "the repo in \(quoted(source)) is not whole: it lacks the object \(id)", cause: "the database has \(name) there",
            hint: "'pach fsck' names what that hits.")
    }

    /// A pack gets its name once it has passed its check: what is there under such a name was verified, whatever cut a copy off. One that is there
    /// and no longer passes stays until then.
    /// - Returns: the path of the temporary name, without extension.
    private func copyPack(_ pack: String, _ copy: inout FileCopy) throws(PachError) -> String {
        let from = "\(source)/\(pack)"
        let temporary = FileCopy.temporaryPath(beside: "\(destination)/\(pack)")
        do throws(PachError) {
            for ending in Self.endings { try copy.copy(from + ending, to: temporary + ending, mode: 0o444, isImmutable: true) }
            try Self.verify(pack, at: temporary)
        } catch {
            for ending in Self.endings { try copy.remove(temporary + ending) }
            guard Self.isDamage(error) else { throw error }
            throw PachError(.corrupt, "the pack \(quoted("\(from).pack")) is damaged", cause: error.cause ?? error.message)
        }
        return temporary
    }

    private static func isSound(_ pack: String, in folder: String) throws(PachError) -> Bool {
        do throws(PachError) {
            try verify(pack, at: "\(folder)/\(pack)")
            return true
        } catch {
            guard isDamage(error) else { throw error }
            return false
        }
    }

    private static func verify(_ pack: String, at path: String) throws(PachError) {
        guard let name = packName(ofFile: pack + endings[0]) else {
            throw PachError(.invalidArgument, "\(quoted(pack)) is not the path of a pack")
        }
        try GitRepository.verifyPack(name, at: path)
    }

    /// The pack of which a file is part; nil where it is none of a pack's.
    private static func packName(ofFile path: String) -> PackName? {
        guard path.hasPrefix("objects/pack/"), let dot = path.lastIndex(of: ".") else { return nil }
        return PackName(path[path.index(path.startIndex, offsetBy: "objects/pack/".count)..<dot])
    }

    private static func isDamage(_ error: PachError) -> Bool { [.corrupt, .notFound].contains(error.code) }

    /// The index is the last to come.
    private static let endings = [".pack", ".idx"]

    private static func haveSameSize(_ one: String, _ other: String) throws(PachError) -> Bool {
        try Folder.status(of: one)?.byteCount == Folder.status(of: other)?.byteCount
    }

    private static func haveSameBytes(_ one: String, _ other: String) throws(PachError) -> Bool {
        guard try haveSameSize(one, other) else { return false }
        do throws(PachError) {
            return try MarkFile.bytes(of: one) == MarkFile.bytes(of: other)
        } catch {
            // Other tools may keep large files in a repo's folder: to copy one anew costs less memory than to compare it.
            guard error.code == .tooLarge else { throw error }
            return false
        }
    }

    /// Refs are written once all that they name is there; what is temporary stays behind.
    private static func isCopied(_ name: String) -> Bool {
        let last = name.split(separator: "/").last ?? ""
        return !name.hasPrefix("refs/") && name != FoundRefs.packedFile && !name.hasSuffix(".lock") && !last.hasPrefix("tmp_")
            && !last.hasPrefix(".tmp_")
    }
}
