import Datums
import Foundation
import Glibc
import Model
import Storage
import TestSupport
import Testing
import Threads

@testable import Workers

@Suite struct OutputCollectorTests {
    @Test func aLinkLeadsWhereItsBytesSay() async throws {
        try await withTemporaryFolder { folder in
            // The slash before it and the mark make one character.
            let marked = "\u{301}d"
            try FileManager.default.createDirectory(atPath: "\(folder)/a/\(marked)", withIntermediateDirectories: true)
            try Data("right".utf8).write(to: URL(filePath: "\(folder)/a/x"))
            try Data("wrong".utf8).write(to: URL(filePath: "\(folder)/x"))
            try #require(symlink("a/\(marked)/../x", "\(folder)/link") == 0)
            let store = InMemoryStore()
            let outputs = try collector(folder, store).collect()
            let link = try #require(outputs.first { $0.path.description == "/link" })
            #expect(String(decoding: try FileReader(store).bytes(link.file), as: UTF8.self) == "right")
        }
    }

    /// There the system goes up from where the link leads, and letters do not tell to where.
    @Test func aLinkThatGoesUpFromALinkIsRefused() async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/real/inner", withIntermediateDirectories: true)
            try Data("right".utf8).write(to: URL(filePath: "\(folder)/real/x"))
            try Data("wrong".utf8).write(to: URL(filePath: "\(folder)/x"))
            try #require(symlink("real/inner/../x", "\(folder)/plain") == 0)
            let outputs = try collector(folder).collect()
            #expect(outputs.map(\.path.description) == ["/plain", "/real/x", "/x"])
            #expect(outputs[0].file == outputs[1].file)

            try #require(symlink("real/inner", "\(folder)/dir") == 0)
            try #require(symlink("dir/../x", "\(folder)/y") == 0)
            let error = #expect(throws: PachError.self) { try collector(folder).collect() }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.contains("/y") == true)
        }
    }

    /// Does something else as soon as something is written.
    private final class Meddler: ObjectWriter {
        private let store = InMemoryStore()
        private let meddle: () -> Void

        init(_ meddle: @escaping () -> Void) { self.meddle = meddle }

        func write(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws(PachError) -> ObjectID {
            meddle()
            return try store.write(kind, bytes)
        }
    }

    @Test(arguments: [0, 8 << 20]) func anOutputThatChangesWhileItIsReadFailsItsDatum(length: Int) async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/file"
            var generator = SplitMix(seed: 1)
            let bytes = (0..<(8 << 17)).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
            try Data(bytes).write(to: URL(filePath: path))
            let meddler = Meddler {
                let raw = open(path, O_WRONLY | O_CLOEXEC)
                #expect(raw >= 0 && ftruncate(raw, length) == 0 && pwrite(raw, "x", length == 0 ? 0 : 1, 0) >= 0)
                close(raw)
            }
            let collector = OutputCollector(
                folder: folder, pfs: "/pfs", writer: meddler, input: { _, _ in nil }, cancellation: Cancellation())
            let error = #expect(throws: PachError.self) { try collector.collect() }
            #expect(error?.code == .invalidArgument, "\(String(describing: error))")
        }
    }

    @Test func aFolderThatUserCodeClosedIsOpenedAllTheSame() async throws {
        try await withTemporaryFolder { folder in
            try Data("x".utf8).write(to: URL(filePath: "\(folder)/file"))
            try #require(chmod(folder, 0) == 0)
            #expect(try collector(folder).collect().count == 1)
        }
    }

    @Test func whatStandsInThePlaceOfTheFolderIsTheFaultOfUserCode() async throws {
        try await withTemporaryFolder { folder in
            try #require(symlink("/etc", "\(folder)/out") == 0)
            let error = #expect(throws: PachError.self) { try collector("\(folder)/out").collect() }
            #expect(error?.code == .invalidArgument)
        }
    }

    private func collector(_ folder: String, _ store: InMemoryStore = InMemoryStore()) -> OutputCollector {
        OutputCollector(folder: folder, pfs: "/pfs", writer: store, input: { _, _ in nil }, cancellation: Cancellation())
    }

    /// Makes folders `d0`, `d1` and so on, each with two links to the next one: 2^depth ways lead to the last.
    private func makeBranchingLinks(_ folder: String, depth: Int) throws {
        try #require(mkdir("\(folder)/d\(depth)", 0o700) == 0)
        for level in 0..<depth {
            try #require(mkdir("\(folder)/d\(level)", 0o700) == 0)
            for name in ["x", "y"] { try #require(symlink("../d\(level + 1)", "\(folder)/d\(level)/\(name)") == 0) }
        }
    }

    @Test func whatLinksMultiplyIsLimitedWithoutAnyFile() async throws {
        try await withTemporaryFolder { folder in
            try makeBranchingLinks(folder, depth: 12)
            var collector = collector(folder)
            collector.visitCountMax = 1000
            let error = #expect(throws: PachError.self) { try collector.collect() }
            #expect(error?.code == .tooLarge)
            #expect(error?.description.contains("/d0/x/x") == true)
        }
    }

    @Test func whatIsWithinTheLimitIsTakenIn() async throws {
        try await withTemporaryFolder { folder in
            try makeBranchingLinks(folder, depth: 2)
            try Data("end".utf8).write(to: URL(filePath: "\(folder)/d2/file"))
            let outputs = try collector(folder).collect()
            let paths = ["/d0/x/x", "/d0/x/y", "/d0/y/x", "/d0/y/y", "/d1/x", "/d1/y", "/d2"].map { "\($0)/file" }
            #expect(outputs.map(\.path.description).sorted() == paths)
        }
    }

    /// On the disk a path may be longer than the system takes in one piece; a link makes one longer without that.
    @Test(arguments: [0, 1]) func aPathThatIsTooLongFailsTheDatum(excess: Int) async throws {
        try await withTemporaryFolder { folder in
            let name = String(repeating: "x", count: FilePath.componentByteCountMax)
            let deep = Array(repeating: name, count: 7).joined(separator: "/")
            let file = String(repeating: "f", count: 250 - (FilePath.byteCountMax - DatumIndex.outputPathByteCountMax) + excess)
            for path in ["a/\(name)/\(deep)", "b/\(deep)"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(path)", withIntermediateDirectories: true)
            }
            try Data().write(to: URL(filePath: "\(folder)/b/\(deep)/\(file)"))
            try #require(symlink("/pfs/out/b", "\(folder)/a/\(name)/\(deep)/b") == 0)
            try #require("/a/\(name)/\(deep)/b/\(deep)/\(file)".utf8.count == DatumIndex.outputPathByteCountMax + excess)
            if excess == 0 {
                #expect(try collector(folder).collect().map(\.path.byteCount).max() == DatumIndex.outputPathByteCountMax)
            } else {
                let error = #expect(throws: PachError.self) { try collector(folder).collect() }
                #expect(error?.code == .invalidArgument, "\(String(describing: error))")
            }
        }
    }

    @Test func cancellationEndsTheWalk() async throws {
        try await withTemporaryFolder { folder in
            try makeBranchingLinks(folder, depth: 12)
            let collector = collector(folder)
            collector.cancellation.request()
            let error = #expect(throws: PachError.self) { try collector.collect() }
            #expect(error?.code == .stopped)
        }
    }

    /// Which shows in other ways than where a link took its place.
    @Test(arguments: [(S_IFLNK, S_IFREG), (S_IFREG, S_IFSOCK)]) func anOutputThatWasExchangedFailsItsDatum(_ was: mode_t, _ now: mode_t)
        async throws
    {
        try await withTemporaryFolder { folder in
            try #require(mknod("\(folder)/x", now | 0o600, 0) == 0)
            let parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            try #require(parent >= 0)
            defer { close(parent) }
            let error = #expect(throws: PachError.self) {
                try collector(folder).collect(
                    FileName("x"), in: parent, mode: was, source: FilePath("/x"), destination: FilePath("/x"), 0, OutputCollector.Progress()
                )
            }
            #expect(error?.code == .invalidArgument, "\(String(describing: error))")
        }
    }

    /// A process that lives on may swap a folder or file for a link after it was looked at.
    @Test(arguments: [S_IFDIR, S_IFREG]) func aLinkThatTookAnEntrysPlaceIsNotFollowed(_ kind: mode_t) async throws {
        try await withTemporaryFolder { base in
            let outside = "\(base)/outside"
            let folder = "\(base)/out"
            try #require(mkdir(folder, 0o700) == 0)
            if kind == S_IFDIR {
                try #require(mkdir(outside, 0o700) == 0)
            } else {
                try Data().write(to: URL(filePath: outside))
            }
            try #require(chmod(outside, 0o000) == 0)
            try #require(symlink(outside, "\(folder)/x") == 0)
            let parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            try #require(parent >= 0)
            defer { close(parent) }
            let error = #expect(throws: PachError.self) {
                try collector(folder).collect(
                    FileName("x"), in: parent, mode: kind, source: FilePath("/x"), destination: FilePath("/x"), 0,
                    OutputCollector.Progress())
            }
            // The fault of the datum, not of the machine, which would end the job.
            #expect(error?.code == .invalidArgument, "\(String(describing: error))")
            var status = stat()
            try #require(stat(outside, &status) == 0)
            #expect(status.st_mode & 0o777 == 0)
        }
    }

    @Test func whatUserCodeMayNotReadItselfIsTakenIn() async throws {
        try await withTemporaryFolder { folder in
            try #require(mkdir("\(folder)/closed", 0o700) == 0)
            try Data("secret".utf8).write(to: URL(filePath: "\(folder)/closed/file"))
            // Root reads whatever it likes, so the thread takes the owner's part.
            let owner: uid_t = 65534
            for (path, mode) in [("/closed/file", 0o000), ("/closed", 0o000), ("", 0o700)] as [(String, mode_t)] {
                try #require(chmod(folder + path, mode) == 0)
                if getuid() == 0 { try #require(chown(folder + path, owner, owner) == 0) }
            }
            // setfsuid(2), of this thread alone, which the Glibc module does not have.
            let setOwner = unsafeBitCast(try #require(dlsym(nil, "setfsuid")), to: (@convention(c) (uid_t) -> Int32).self)
            if getuid() == 0 { _ = setOwner(owner) }
            defer { _ = setOwner(geteuid()) }
            let outputs = try collector(folder).collect()
            #expect(outputs.map(\.path.description) == ["/closed/file"])
        }
    }
}
