import Foundation
import Testing

/// The house's plan: what each target may import of ours. A row imports only from rows above it.
private let plan: [(target: String, mayImport: Set<String>)] = [
    ("Threads", []),
    ("Model", []),
    ("Operations", ["Threads", "Model"]),
    ("Globbing", []),
    ("Specs", ["Model", "Globbing"]),
    ("Provenance", ["Model"]),
    ("Files", ["Model"]),
    ("Storage", ["Model", "Files", "CSHA1"]),
    ("GitStore", ["Model", "Files", "Storage", "CLibgit2", "CISAL"]),
    ("Metadata", ["Model"]),
    ("Ledger", ["Threads", "Model", "Provenance", "Files", "Storage", "GitStore", "Metadata"]),
    ("Datums", ["Model", "Globbing", "Storage"]),
    ("Workers", ["Threads", "Model", "Files", "Storage", "Datums", "CSandbox"]),
    ("Scheduling", ["Threads", "Model", "Provenance", "Files", "Storage", "GitStore", "Metadata", "Ledger", "Datums", "Workers"]),
    (
        "Engine",
        [
            "Threads", "Model", "Operations", "Globbing", "Specs", "Provenance", "Files", "Storage", "GitStore", "Metadata", "Ledger",
            "Datums", "Workers", "Scheduling",
        ]
    ),
    ("API", ["Model", "Operations", "Files"]),
    ("Web", ["Model", "Operations", "Files", "API"]),
    ("Server", ["Model", "Operations", "API", "Web"]),
    ("Selftest", ["CFaultRecord", "Files"]),
    ("Commands", ["CStatfs", "Threads", "Model", "Operations", "Specs", "Files", "Selftest"]),
    ("pach", ["CSandbox", "Threads", "Model", "Operations", "Files", "Ledger", "Workers", "Engine", "API", "Web", "Server", "Commands"]),
    ("Recommenders", ["CKernels"]),
    ("RecommenderService", ["Model", "Operations", "API", "Web", "Recommenders"]),
    ("recommend", ["Model", "Operations", "Files", "API", "Web", "Recommenders", "RecommenderService", "Threads"]),
    ("TestSupport", ["Model", "Storage"]),
]

@Suite("The layers of the house")
struct LayerTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let ours = Set(plan.map(\.target)).union([
        "CLibgit2", "CISAL", "CSandbox", "CKernels", "CSHA1", "CFaultRecord", "CFaults", "CStatfs",
    ])

    private static func sources(of target: String) throws -> [URL] {
        let folder = root.appendingPathComponent("Sources/\(target)")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
    }

    /// The modules that a source file imports.
    private static func imports(of file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            var words = line.split(separator: " ").filter {
                !["public", "internal", "package", "private", "@testable", "@preconcurrency"].contains($0)
            }
            guard words.first == "import", words.count >= 2 else { return nil }
            words.removeFirst()
            if ["struct", "class", "enum", "func", "protocol", "typealias"].contains(words[0]), words.count >= 2 { words.removeFirst() }
            return String(words[0].split(separator: ".")[0])
        }
    }

    @Test("each target imports only from the rows above it", arguments: plan.map(\.target))
    func layers(target: String) throws {
        let row = try #require(plan.first { $0.target == target })
        let files = try Self.sources(of: target)
        #expect(!files.isEmpty, "\(target) has no sources: strike it off the plan")
        for file in files {
            for module in try Self.imports(of: file) where Self.ours.contains(module) && module != target {
                #expect(row.mayImport.contains(module), "\(file.lastPathComponent) of \(target) imports \(module)")
            }
        }
    }

    @Test("every folder of Sources is in the plan")
    func completeness() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.root.appendingPathComponent("Sources").path)
        #expect(Set(folders).subtracting(Self.ours).isEmpty)
    }

    @Test("only GitStore knows libgit2")
    func libgit2() throws {
        for target in plan.map(\.target) where target != "GitStore" {
            for file in try Self.sources(of: target) {
                #expect(try !Self.imports(of: file).contains("CLibgit2"), "\(file.lastPathComponent)")
            }
        }
    }

    @Test("the library does not know that people exist: no printing, no environment below the edges")
    func silence() throws {
        let edges: Set = ["Commands", "pach", "recommend", "RecommenderService", "Server", "TestSupport"]
        for target in plan.map(\.target) where !edges.contains(target) {
            for file in try Self.sources(of: target) {
                let text = try String(contentsOf: file, encoding: .utf8)
                for word in ["print(", "ProcessInfo.processInfo.environment", "getenv("] {
                    let lines = text.split(separator: "\n").filter { line in
                        !line.trimmingCharacters(in: .whitespaces).hasPrefix("//") && line.contains(" \(word)")
                    }
                    #expect(lines.isEmpty, "\(file.lastPathComponent) of \(target) uses \(word)")
                }
            }
        }
    }
}
