import Files
import Foundation
@testable import GitStore
import Model
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Files that are held open")
struct OpenFilesTests {
    @Test("one that is replaced while it is being opened is not kept in place of what has its name now")
    func replaced() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/file"
        try Data([1]).write(to: URL(fileURLWithPath: path))
        let whileOpening = Mutex<(@Sendable () throws -> Void)?>(nil)
        let files = OpenFiles(
            countMax: 4,
            opening: { (path) throws(PachError) in
                let file = try File.open(path)
                #expect(throws: Never.self) { try whileOpening.withLock { $0.take() }?() }
                return file
            })
        whileOpening.withLock { next in
            next = {
                try FileManager.default.removeItem(atPath: path)
                try Data([2]).write(to: URL(fileURLWithPath: path))
                files.forget(path)
            }
        }
        #expect(try files.open(path).read(at: 0, count: 1) == [1])
        #expect(files.count == 0)
        #expect(try files.open(path).read(at: 0, count: 1) == [2])
        #expect(try files.open(path).read(at: 0, count: 1) == [2])
        #expect(files.count == 1)
    }

    @Test("a pack that cannot be opened while files are short is no damage, and is read once there are some again")
    func shortage() throws {
        let fixture = try RepositoryFixture()
        let ids = try fixture.pack([[1]])
        // Its time says that nothing happened there since it was read.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: "\(fixture.path)/objects/pack")
        let isShort = Mutex(true)
        let files = OpenFiles(
            countMax: 4,
            opening: { (path) throws(PachError) in
                if isShort.withLock({ $0 }) { throw PachError(.overloaded, "too many open files") }
                return try File.open(path)
            })
        let repository = try GitRepository(opening: fixture.path, files: files)
        #expect(failure { _ = try repository.objects.read(ids[0]) }?.code == .overloaded)
        #expect(failure { _ = try repository.verify() }?.code == .overloaded)
        isShort.withLock { $0 = false }
        #expect(try repository.objects.read(ids[0]).bytes == [1])
        #expect(try repository.verify() == [])
    }
}
