import Foundation
import Testing

/// A target as `Package.swift` declares it.
struct Target: CustomTestStringConvertible {
    var name: String
    var isTest: Bool
    /// Whether another target needs it beside itself, to run it.
    var isProgram: Bool
    /// Of ours, without libraries.
    var dependencies: [String]
    /// Where its sources are.
    var folder: URL

    var testDescription: String { name }

    /// The modules that its source files import, by file.
    func imports() throws -> [(file: String, modules: [String])] {
        try sources().map { ($0.lastPathComponent, try Self.imports(of: $0)) }
    }

    func sources() throws -> [URL] {
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
    }

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
}

/// The targets in the order of `Package.swift`, which is that of the rows: what a target needs stands above it.
struct Plan {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let targets = targets(of: manifest)

    private static var manifest: String {
        do {
            return try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
        } catch {
            Issue.record(error)
            return ""
        }
    }

    private static func targets(of manifest: String) -> [Target] {
        let heads = manifest.matches(of: /\.(target|executableTarget|testTarget|systemLibrary)\(\s*name: "(\w+)"/)
        return heads.enumerated().map { number, head in
            let end = number + 1 < heads.count ? heads[number + 1].range.lowerBound : manifest.endIndex
            let text = manifest[head.range.lowerBound..<end]
            let dependencies = text.firstMatch(of: /dependencies: \[([^\]]*)\]/)?.1 ?? ""
            let isTest = head.1 == "testTarget"
            let folder = text.firstMatch(of: /path: "([^"]*)"/)?.1 ?? "\(isTest ? "Tests" : "Sources")/\(head.2)"
            return Target(
                name: String(head.2), isTest: isTest, isProgram: head.1 == "executableTarget",
                dependencies: dependencies.matches(of: /"(\w+)"/).map { String($0.1) }, folder: root.appendingPathComponent(String(folder)))
        }
    }

    static let names = Set(targets.map(\.name))
    static let programs = Set(targets.filter(\.isProgram).map(\.name))
}

@Suite("The layers of the house")
struct LayerTests {
    @Test("each target declares what it imports of ours, and nothing else", arguments: Plan.targets)
    func declared(target: Target) throws {
        var used: Set<String> = []
        for (file, modules) in try target.imports() {
            for module in modules where Plan.names.contains(module) && module != target.name {
                used.insert(module)
                #expect(target.dependencies.contains(module), "\(file) of \(target.name) imports \(module)")
            }
        }
        #expect(Set(target.dependencies).subtracting(used).subtracting(Plan.programs) == [], "declared and not imported")
    }

    @Test("what a target needs stands above it")
    func rows() {
        var above: Set<String> = []
        for target in Plan.targets {
            #expect(Set(target.dependencies).subtracting(above) == [], "below \(target.name)")
            above.insert(target.name)
        }
        #expect(above.isSuperset(of: ["Model", "Ledger", "pach", "recommend"]))
    }

    @Test("every folder of Sources is a target, and has sources")
    func completeness() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Plan.root.appendingPathComponent("Sources").path)
        #expect(Set(folders).subtracting(Plan.names) == [])
        for target in Plan.targets {
            #expect(try !FileManager.default.contentsOfDirectory(atPath: target.folder.path).isEmpty, "\(target.name)")
        }
    }

    @Test("only GitStore knows libgit2")
    func libgit2() throws {
        for target in Plan.targets where target.name != "GitStore" {
            for (file, modules) in try target.imports() { #expect(!modules.contains("CLibgit2"), "\(file)") }
        }
    }

    @Test("programs are started by ChildProcess: Foundation's waits by select(2), which fails where many descriptors are open")
    func programs() throws {
        for target in Plan.targets {
            for file in try target.sources() {
                let text = try String(contentsOf: file, encoding: .utf8)
                #expect(!text.contains(/\bProcess\(\)/), "\(file.lastPathComponent) of \(target.name)")
            }
        }
    }

    @Test("the library does not know that people exist: no printing, no standard streams, no environment below the edges")
    func silence() throws {
        let edges: Set = ["Commands", "pach", "recommend", "RecommenderService", "Server", "TestSupport", "latency", "lists"]
        for target in Plan.targets where !target.isTest && !edges.contains(target.name) {
            for file in try target.sources() where !file.path.contains("/Tests/") {
                let text = try String(contentsOf: file, encoding: .utf8)
                for word in [" print(", " ProcessInfo.processInfo.environment", " getenv(", "FileHandle.standard"] {
                    let lines = text.split(separator: "\n").filter { line in
                        !line.trimmingCharacters(in: .whitespaces).hasPrefix("//") && line.contains(word)
                    }
                    #expect(lines.isEmpty, "\(file.lastPathComponent) of \(target.name) uses \(word)")
                }
            }
        }
    }
}
