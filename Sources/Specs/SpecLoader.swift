public import Model

/// A pipeline spec, and the text that it was read from.
public struct LoadedSpec: Sendable, Hashable {
    public let spec: PipelineSpec
    /// The part of the text that holds this spec, as it was written.
    public let text: String
    /// The line on which it begins, from 1.
    public let line: Int
}

/// Reads pipeline specs: JSON or YAML, one or several in a text.
///
/// A text whose first character that is not blank is `{` or `[` is JSON: objects one after another, or arrays of them. Any other
/// is YAML, its documents divided by `---`. Fields may be written in snake_case and in camelCase.
public enum SpecLoader {
    /// A text is at most this long.
    public static let byteCountMax = 1 << 20
    /// At most this many mistakes are told.
    public static let mistakeCountMax = 100

    /// - Parameter fileName: the text's name in what is said of mistakes.
    /// - Throws: `invalidSpec` with every mistake that was found, each with its place; `tooLarge`.
    public static func load(text: String, fileName: String) throws(PachError) -> [LoadedSpec] {
        try load(bytes: Array(text.utf8), fileName: fileName)
    }

    /// - Parameter bytes: UTF-8, with or without a byte order mark.
    /// - Throws: as for a text; also where the bytes are not UTF-8.
    public static func load(bytes: [UInt8], fileName: String) throws(PachError) -> [LoadedSpec] {
        guard bytes.count <= byteCountMax else {
            throw PachError(
                .tooLarge, "pipeline spec \(fileName) is \(bytes.count) bytes long; at most \(byteCountMax) are allowed",
                hint: "Put the pipelines in several files.")
        }
        var reader = SpecReader()
        let documents = documents(bytes, &reader.mistakes)
        var specs: [LoadedSpec] = []
        var names: Set<PipelineName> = []
        for document in documents {
            guard let (spec, name) = reader.pipelineSpec(document) else { continue }
            guard names.insert(spec.name).inserted else {
                reader.report("a second pipeline is named \(quoted(spec.name.description))", at: name)
                continue
            }
            specs.append(LoadedSpec(spec: spec, text: document.text, line: document.root.position.line))
        }
        if reader.mistakes.count == 0, specs.isEmpty {
            reader.mistakes.add(Mistake(position: TextPosition(), message: "the text holds no pipeline spec"))
        }
        guard reader.mistakes.count == 0 else { throw invalid(reader.mistakes, fileName) }
        return specs
    }

    /// Parses up to the first mistake of syntax, after which nothing is where it seems to be.
    private static func documents(_ bytes: [UInt8], _ mistakes: inout Mistakes) -> [SpecDocument] {
        let bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
        guard let text = String(validating: bytes, as: UTF8.self) else {
            mistakes.add(invalidUTF8(bytes))
            return []
        }
        var documents: [SpecDocument] = []
        do throws(Mistake) {
            let first = bytes.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
            if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                var parser = JSONParser(bytes)
                while let next = try parser.nextDocuments() { documents += next }
            } else {
                for chunk in YAMLChunk.split(text) {
                    if let document = try YAMLReader.read(chunk) { documents.append(document) }
                }
            }
        } catch {
            mistakes.add(error)
        }
        return documents
    }

    private static func invalidUTF8(_ bytes: [UInt8]) -> Mistake {
        var position = TextPosition()
        var iterator = bytes.makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        while case .valid(let scalar) = parser.parseScalar(from: &iterator) { scalar.forEach { position.pass($0) } }
        return Mistake(position: position, message: "the text is not UTF-8")
    }

    private static func invalid(_ mistakes: Mistakes, _ fileName: String) -> PachError {
        var details = mistakes.first.map { mistake in
            PachError.Detail(
                file: fileName, line: mistake.position.line, column: mistake.position.column, pointer: mistake.path?.pointer,
                message: mistake.message)
        }
        if mistakes.count > details.count {
            details.append(PachError.Detail(file: fileName, message: "and \(mistakes.count - details.count) more mistakes"))
        }
        let count = mistakes.count == 1 ? "a mistake" : "\(mistakes.count) mistakes"
        return PachError(.invalidSpec, "pipeline spec \(fileName) has \(count)", details: details)
    }
}
