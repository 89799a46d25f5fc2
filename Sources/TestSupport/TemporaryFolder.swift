internal import Foundation

/// Gives `body` a new folder, and removes it afterwards.
public func withTemporaryFolder<Value>(_ body: (_ path: String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pach-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer {
        // What a test leaves behind harms nobody.
        try? FileManager.default.removeItem(at: folder)
    }
    return try await body(folder.path)
}
