import Foundation
import Testing

/// What documents refer to is there: a reader who follows a link, or looks for a name, finds it.
@Suite("The documents")
struct DocumentTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Paths of the project's texts, from its top.
    private static func documents() throws -> [String] {
        let manager = FileManager.default
        let top = try manager.contentsOfDirectory(atPath: root.path)
        let below = try ["docs", "docs/design", "docs/performance"].flatMap { folder in
            try manager.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path).map { "\(folder)/\($0)" }
        }
        return (top + below).filter { $0.hasSuffix(".md") }.sorted()
    }

    private static func text(of path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// What a heading is called in links, as the hosts of Git repositories make it.
    private static func anchor(of heading: Substring) -> String {
        let words = heading.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
        return String(words.filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }.map { $0 == " " ? "-" : $0 })
    }

    @Test("every link within the project leads to a file, and to a heading of it where it names one")
    func links() throws {
        let documents = try Self.documents()
        #expect(documents.count > 10)
        for document in documents {
            let folder = document.split(separator: "/").dropLast().joined(separator: "/")
            for match in try Self.text(of: document).matches(of: /\]\(([^)\s]+)\)/) {
                let parts = match.1.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                guard !match.1.contains("://") else { continue }
                let target = parts[0].isEmpty ? document : "\(folder.isEmpty ? "" : "\(folder)/")\(parts[0])"
                let path = Self.root.appendingPathComponent(target).standardizedFileURL.path
                #expect(FileManager.default.fileExists(atPath: path), "\(document) leads to \(match.1)")
                guard parts.count == 2, target.hasSuffix(".md") else { continue }
                let headings = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("#") }
                #expect(headings.map(Self.anchor).contains(String(parts[1])), "\(document) leads to \(match.1)")
            }
        }
    }

    @Test("each field that a spec may have, or that is refused by name, is explained")
    func fields() throws {
        let explained = Set(try Self.text(of: "docs/specs.md").matches(of: /`([a-z][a-z0-9_]*)`/).map { String($0.1) })
        let table = try Self.text(of: "Sources/Specs/FieldTable.swift").matches(of: /"([a-z][a-z0-9_]*)"/)
        let recorded = try ["Transform", "PipelineSpec"].flatMap { type in
            let text = try Self.text(of: "Sources/Model/\(type).swift")
            return try #require(text.firstMatch(of: /recordedFields = \[([^\]]*)\]/)).1.matches(of: /"([a-z0-9_]+)"/)
        }
        #expect(table.count > 60 && recorded.count > 10)
        for field in (table + recorded).map({ String($0.1) }) { #expect(explained.contains(field), "\(field)") }
    }

    @Test("what the table of invariants names is declared")
    func invariants() throws {
        let table = try Self.text(of: "docs/storage-format.md").split(separator: "\n").filter { $0.wholeMatch(of: /\| [1-9] \|.*/) != nil }
        #expect(table.count == 9)
        var declared: Set<Substring> = []
        for folder in ["Sources", "Tests"] {
            let files = FileManager.default.enumerator(at: Self.root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
            for case let file as URL in try #require(files) where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                for match in text.matches(of: /(?:class|struct|enum|actor|protocol|func|let|var|case|extension) `?([A-Za-z]\w*)/) {
                    declared.insert(match.1)
                }
            }
        }
        for name in table.flatMap({ $0.matches(of: /`([A-Za-z][\w.]*)`/).map(\.1) }) {
            let missing = name.split(separator: ".").filter { !declared.contains($0) }
            #expect(missing.isEmpty, "\(name)")
        }
    }
}
