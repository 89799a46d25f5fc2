internal import Model
internal import Yams

/// Reads YAML documents into the same nodes as JSON. Scalars mean what YAML 1.2's core schema says, so `no` is a word.
struct YAMLReader {
    /// Arrays and objects nest at most this deep.
    static let nestingMax = JSONParser.nestingMax
    /// Values in one document, counted as often as aliases repeat them.
    static let nodeCountMax = 100_000
    /// Aliases in one document. The composer compares keys before it hands them over, with all that their aliases repeat.
    static let aliasCountMax = 8

    private var nodeCount = 0
    private let chunk: YAMLChunk

    /// Reads one document; nil where there are only comments.
    static func read(_ chunk: YAMLChunk) throws(Mistake) -> SpecDocument? {
        try refuseAliasFlood(chunk)
        let node: Node?
        do {
            // No resolver: ours are the rules of YAML 1.2, and the library's those of 1.1. UTF-8 is named since
            // the library would otherwise ask the environment.
            node = try Yams.compose(yaml: chunk.text, .basic, .default, .utf8)
        } catch let error as YamlError {
            throw mistake(error, in: chunk)
        } catch {
            throw Mistake(position: TextPosition(line: chunk.firstLine), message: "\(error)")
        }
        guard let node else { return nil }
        var reader = YAMLReader(chunk: chunk)
        let root = try reader.convert(node, nesting: 0)
        if case .null = root.value { return nil }
        return SpecDocument(root: root, path: .root, text: chunk.text)
    }

    private init(chunk: YAMLChunk) {
        self.chunk = chunk
    }

    private mutating func convert(_ node: Node, nesting: Int) throws(Mistake) -> SpecNode {
        let position = position(node.mark)
        nodeCount += 1
        guard nodeCount <= Self.nodeCountMax else {
            throw Mistake(position: position, message: "the document has more than \(Self.nodeCountMax) values, those of aliases included")
        }
        guard nesting <= Self.nestingMax else {
            throw Mistake(position: position, message: "values nest deeper than \(Self.nestingMax)")
        }
        switch node {
        case .scalar(let scalar):
            guard let value = YAMLScalar.value(of: scalar.string, tag: scalar.tag.rawValue) else {
                throw Mistake(position: position, message: "the tag \(quoted(scalar.tag.rawValue)) is not supported")
            }
            return SpecNode(value: value, position: position)
        case .sequence(let sequence):
            var elements: [SpecNode] = []
            for element in sequence { elements.append(try convert(element, nesting: nesting + 1)) }
            return SpecNode(value: .array(elements), position: position)
        case .mapping(let mapping):
            var members: [SpecNode.Member] = []
            for (key, value) in mapping {
                let keyPosition = self.position(key.mark)
                guard case .scalar(let name) = key else {
                    throw Mistake(position: keyPosition, message: "a key must be a string")
                }
                guard name.string != "<<" else {
                    throw Mistake(position: keyPosition, message: "merge keys ('<<') are not supported")
                }
                members.append(
                    SpecNode.Member(key: name.string, keyPosition: keyPosition, value: try convert(value, nesting: nesting + 1)))
            }
            return SpecNode(value: .object(members), position: position)
        case .alias:
            // The composer puts the anchor's node in its place.
            throw Mistake(position: position, message: "an alias could not be resolved")
        }
    }

    private func position(_ mark: Mark?) -> TextPosition {
        Self.position(mark, in: chunk)
    }

    private static func position(_ mark: Mark?, in chunk: YAMLChunk) -> TextPosition {
        TextPosition(line: chunk.firstLine + (mark?.line ?? 1) - 1, column: mark?.column ?? 1)
    }

    private static func mistake(_ error: YamlError, in chunk: YAMLChunk) -> Mistake {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let message = context.map { "\(problem) \($0.text)" } ?? problem
            return Mistake(position: position(mark, in: chunk), message: "not YAML: \(message)")
        case .reader(let problem, let offset, _, _):
            var position = TextPosition(line: chunk.firstLine)
            for byte in chunk.text.prefix(offset ?? 0).utf8 { position.pass(byte) }
            return Mistake(position: position, message: "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map(quoted).joined(separator: ", ")
            return Mistake(position: position(context.mark, in: chunk), message: "duplicate key \(keys)")
        default:
            return Mistake(position: TextPosition(line: chunk.firstLine), message: "not YAML: \(error)")
        }
    }

    /// Counts what looks like an alias, where something looks like an anchor; a shell script in a spec has few of either.
    private static func refuseAliasFlood(_ chunk: YAMLChunk) throws(Mistake) {
        var position = TextPosition(line: chunk.firstLine)
        var anchorCount = 0
        var aliasCount = 0
        var previous = UInt8(ascii: " ")
        var sign: UInt8?
        for byte in chunk.text.utf8 {
            if let mark = sign, isAnchorByte(byte) {
                if mark == UInt8(ascii: "&") { anchorCount += 1 } else { aliasCount += 1 }
                guard anchorCount == 0 || aliasCount <= aliasCountMax else {
                    throw Mistake(position: position, message: "the document has more than \(aliasCountMax) aliases")
                }
            }
            let mayBegin = " \t\r\n,[]{}:".utf8.contains(previous)
            sign = mayBegin && (byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")) ? byte : nil
            previous = byte
            position.pass(byte)
        }
    }

    private static func isAnchorByte(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: false
        }
    }
}
