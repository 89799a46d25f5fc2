/// What a disk may hold after a power cut, worked out from the operations before it.
///
/// What was synced is there: the bytes of a file by a sync of the file, the names in a folder by a sync of the folder. Of the rest any
/// part may be there, and of each write any sectors, the others with what they held before, or with zeros where the file grew. This asks
/// more than file systems with a journal promise, which keep the order of names; after Pillai et al., "All File Systems Are Not Created
/// Equal" (OSDI 2014). A rename within or between folders happens as a whole.
struct DiskModel: Sendable {
    /// A file or folder, whatever its names: an index of `nodes`.
    private typealias NodeID = Int

    private struct Node {
        var isFolder: Bool
        /// What is surely on the disk.
        var durable: [UInt8] = []
        /// What was written since, oldest first.
        var pending: [DataChange] = []
    }

    private enum DataChange {
        case write(offset: Int, [UInt8])
        case size(Int)
    }

    private struct Name: Hashable {
        var folder: NodeID
        var name: Substring
    }

    /// What one operation does to names, all at once; nil where a name goes.
    private struct NameChange {
        var edits: [(name: Name, node: NodeID?)]
        var isDurable = false
    }

    private static let root: NodeID = 0
    /// All that ever were.
    private var nodes = [Node(isFolder: true)]
    /// The names that are surely on the disk.
    private var durable: [Name: NodeID] = [:]
    /// Changes since the oldest that is not durable.
    private var changes: [NameChange] = []
    /// The names as programs see them.
    private var current: [Name: NodeID] = [:]
    private var byInode: [UInt64: NodeID] = [:]

    /// A disk that holds `tree`, all of it durable.
    init(_ tree: FileTree) {
        var known: [Substring: NodeID] = ["": Self.root]
        // In this order, a folder comes before what is in it.
        for path in (Array(tree.folders) + tree.files.keys).sorted() {
            let (folder, name) = Self.split(path[...])
            guard let parent = known[folder] else { preconditionFailure("a tree has the folder of each path") }
            known[path[...]] = nodes.count
            durable[Name(folder: parent, name: name)] = nodes.count
            nodes.append(Node(isFolder: tree.files[path] == nil, durable: tree.files[path] ?? []))
        }
        current = durable
    }

    private static func split(_ path: Substring) -> (folder: Substring, name: Substring) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
        return (path[..<slash], path[path.utf8.index(after: slash)...])
    }

    private func find(_ path: Substring) -> NodeID? {
        if path.isEmpty { return Self.root }
        let (folder, name) = Self.split(path)
        return find(folder).flatMap { current[Name(folder: $0, name: name)] }
    }

    // MARK: Operations

    /// - Throws: where the operation cannot have happened on this disk.
    mutating func apply(_ operation: FileOperation) throws {
        guard operation.changesDisk, !FileTree.isOfNoAccount(operation.path) else { return }
        switch operation.kind {
        case .read: break
        case .open:
            if operation.createdFile { try create(operation, isFolder: false) }
            if operation.emptiedFile { nodes[try node(operation)].pending.append(.size(0)) }
        case .makeFolder: try create(operation, isFolder: true)
        case .write: nodes[try node(operation)].pending.append(.write(offset: operation.offset, operation.data))
        case .truncate: nodes[try node(operation)].pending.append(.size(operation.offset))
        case .sync: sync(try node(operation))
        case .unlink, .removeFolder: change([(try name(operation.path), nil)])
        case .rename:
            let node = try node(operation)
            change([(try name(operation.path), nil), (try name(operation.otherPath), node)])
        case .link: change([(try name(operation.otherPath), try node(operation))])
        }
    }

    private mutating func create(_ operation: FileOperation, isFolder: Bool) throws {
        let name = try name(operation.path)
        byInode[operation.inode] = nodes.count
        change([(name, nodes.count)])
        nodes.append(Node(isFolder: isFolder))
    }

    private mutating func node(_ operation: FileOperation) throws -> NodeID {
        if let node = find(operation.path[...]) {
            byInode[operation.inode] = node
            return node
        }
        // It has no name any more.
        guard let node = byInode[operation.inode] else { throw SelftestFailure("\(operation.summary): there is no such file") }
        return node
    }

    private func name(_ path: String) throws -> Name {
        let (folder, name) = Self.split(path[...])
        guard let parent = find(folder) else { throw SelftestFailure("\(path): there is no such folder") }
        return Name(folder: parent, name: name)
    }

    private mutating func change(_ edits: [(name: Name, node: NodeID?)]) {
        for edit in edits { current[edit.name] = edit.node }
        changes.append(NameChange(edits: edits))
    }

    private mutating func sync(_ node: NodeID) {
        for change in nodes[node].pending { Self.apply(change, to: &nodes[node].durable) }
        nodes[node].pending = []
        guard nodes[node].isFolder else { return }
        for index in changes.indices where changes[index].edits.contains(where: { $0.name.folder == node }) {
            changes[index].isDurable = true
        }
        let settled = changes.prefix(while: \.isDurable)
        for edit in settled.flatMap(\.edits) { durable[edit.name] = edit.node }
        changes.removeFirst(settled.count)
    }

    private static func apply(_ change: DataChange, to bytes: inout [UInt8]) {
        switch change {
        case .write(let offset, let data):
            if bytes.count == offset {
                bytes += data
                return
            }
            if bytes.count < offset + data.count { grow(&bytes, to: offset + data.count) }
            bytes.withUnsafeMutableBytes { UnsafeMutableRawBufferPointer(rebasing: $0[offset..<offset + data.count]).copyBytes(from: data) }
        case .size(let size):
            if size < bytes.count { bytes.removeLast(bytes.count - size) } else { grow(&bytes, to: size) }
        }
    }

    private static func grow(_ bytes: inout [UInt8], to size: Int) {
        bytes += [UInt8](repeating: 0, count: size - bytes.count)
    }

    // MARK: States

    /// Which of the changes that are not durable a disk has.
    enum Choice: Sendable, Hashable {
        /// None.
        case synced
        /// All: as after a crash of the program alone.
        case everything
        case namesAlone
        case dataAlone
        /// Any, and any sectors of each write.
        case random(UInt64)
        /// One of all subsets of whole changes, where they are few.
        case subset(Int)
    }

    /// Changes that are not durable.
    var pendingCount: Int { changes.count { !$0.isDurable } + nodes.reduce(0) { $0 + $1.pending.count } }

    /// What the disk holds.
    func state(_ choice: Choice) -> FileTree {
        var random = SplitMix(seed: 0)
        if case .random(let seed) = choice { random = SplitMix(seed: seed) }
        // With some seeds most is kept, with others little.
        let odds = random.next() % 5 + 1
        var index = 0
        func isKept(isName: Bool) -> Bool {
            defer { index += 1 }
            switch choice {
            case .synced: return false
            case .everything: return true
            case .namesAlone: return isName
            case .dataAlone: return !isName
            case .random: return random.next() % 6 < odds
            case .subset(let bits): return bits >> index & 1 == 1
            }
        }
        var names = durable
        for change in changes where change.isDurable || isKept(isName: true) {
            for edit in change.edits { names[edit.name] = edit.node }
        }
        var contents: [NodeID: [UInt8]] = [:]
        for (id, node) in nodes.enumerated() where !node.pending.isEmpty {
            var bytes = node.durable
            for change in node.pending where isKept(isName: false) {
                if case .random = choice, random.next() % 4 == 0 {
                    Self.applyTorn(change, to: &bytes, &random)
                } else {
                    Self.apply(change, to: &bytes)
                }
            }
            contents[id] = bytes
        }
        return tree(names, contents)
    }

    /// Some sectors of a write; the size that it gives the file without its bytes.
    private static func applyTorn(_ change: DataChange, to bytes: inout [UInt8], _ random: inout SplitMix) {
        guard case .write(let offset, let data) = change else { return apply(change, to: &bytes) }
        if random.next() % 2 == 0, bytes.count < offset + data.count { apply(.size(offset + data.count), to: &bytes) }
        let sector = random.next() % 2 == 0 ? 512 : 4096
        var start = offset
        while start < offset + data.count {
            let end = min((start / sector + 1) * sector, offset + data.count)
            if random.next() % 2 == 0 { apply(.write(offset: start, Array(data[start - offset..<end - offset])), to: &bytes) }
            start = end
        }
    }

    private func tree(_ names: [Name: NodeID], _ contents: [NodeID: [UInt8]]) -> FileTree {
        var below: [NodeID: [(name: Substring, node: NodeID)]] = [:]
        for (name, node) in names { below[name.folder, default: []].append((name.name, node)) }
        var tree = FileTree()
        var pending: [(path: String, node: NodeID)] = [("", Self.root)]
        while let (path, folder) = pending.popLast() {
            for (name, node) in below[folder] ?? [] {
                let child = path.isEmpty ? String(name) : "\(path)/\(name)"
                if nodes[node].isFolder {
                    tree.folders.insert(child)
                    pending.append((child, node))
                } else {
                    tree.files[child] = contents[node] ?? nodes[node].durable
                }
            }
        }
        return tree
    }
}
