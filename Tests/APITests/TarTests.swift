import Foundation
import Model
import Operations
import Synchronization
import TestSupport
import Testing

@testable import API

@Suite struct TarTests {
    // MARK: Our writer and our reader

    @Test func filesComeBackAsTheyWereSent() async throws {
        let files = [
            Sample("a.txt", "hello\n"), Sample("empty", ""), Sample("über/наука 100%.csv", "ü"),
            Sample("exactly-one-block", String(repeating: "x", count: 512)),
            Sample(String(repeating: "long/", count: 60) + "end", "deep"),
            Sample(String(repeating: "n", count: 255), "a name that no ustar field holds"),
        ]
        for pieceByteCount in [1, 7, 512, 1 << 20] {
            let archive = try await bytes(ByteStream(tarOf: Sample.uploads(files)))
            let read = try await Sample.read(FileUploads(tar: cut(archive, pieceByteCount)))
            #expect(read == files, "in pieces of \(pieceByteCount)")
        }
    }

    @Test func aFileOfUnknownSizeTravelsInParts() async throws {
        let large = Sample("large", String(repeating: "0123456789abcdef", count: 200_000))
        let files = [large, Sample("after", "it")]
        let archive = try await bytes(ByteStream(tarOf: Sample.uploads(files, sizesKnown: false)))
        #expect(try await Sample.read(FileUploads(tar: cut(archive, 100_000))) == files)
    }

    @Test func whatComesSlowlyIsSentAsItComes() async throws {
        let pieces = ["a", "b", "c"].map { Array(String(repeating: $0, count: 4096).utf8) }
        let pulledCount = Mutex(0)
        let content = ByteStream {
            {
                pulledCount.withLock { count in
                    defer { count += 1 }
                    return count < pieces.count ? pieces[count] : nil
                }
            }
        }
        let packer = TarPacker(.of([FileUpload(path: try FilePath("f"), sizeBytes: nil, content: content)]))
        for (index, piece) in pieces.enumerated() {
            let sent = try #require(try await packer.next())
            #expect(sent.contains(piece))
            #expect(pulledCount.withLock { $0 } == index + 1)
        }
    }

    @Test func aFileThatChangesWhileItIsSentIsAConflict() async throws {
        for size in [Int64(3), 10] {
            let files = FileUploads.of([FileUpload(path: try FilePath("f"), sizeBytes: size, content: ByteStream(Array("five5".utf8)))])
            await #expect(throws: PachError.self) { try await bytes(ByteStream(tarOf: files)) }
        }
    }

    @Test func aSizeBeyondUstarGetsAPaxRecord() throws {
        let size: Int64 = 10 << 30
        let header = TarWriter.header(TarEntry(path: try FilePath("big"), sizeBytes: size))
        #expect(String(decoding: header, as: UTF8.self).contains("20 size=10737418240\n"))
        #expect(header.count == 3 * 512)
    }

    @Test func pathsAreReadBelowThePrefix() async throws {
        let archive = try await bytes(ByteStream(tarOf: Sample.uploads([Sample("a", "1")])))
        let read = try await Sample.read(FileUploads(tar: cut(archive, 512), below: try FilePath("in/here")))
        #expect(read == [Sample("in/here/a", "1")])
    }

    @Test func aPathThatThePrefixMakesTooLongIsRefused() async throws {
        let archive = try await bytes(ByteStream(tarOf: Sample.uploads([Sample("a", "1")])))
        let prefix = try FilePath(String(repeating: "/" + String(repeating: "d", count: 194), count: 21))
        #expect(prefix.byteCount == FilePath.byteCountMax)
        let error = await #expect(throws: PachError.self) { try await Sample.read(FileUploads(tar: cut(archive, 512), below: prefix)) }
        #expect(error?.code == .invalidArgument)
    }

    // MARK: Stock tar

    @Test(arguments: ["gnu", "pax", "ustar", "oldgnu"]) func whatTarWritesIsRead(format: String) async throws {
        let folder = try TemporaryFolder()
        let isOld = format == "ustar"
        var files = [Sample("a.txt", "hello\n"), Sample("sub/b", String(repeating: "b", count: 70_000)), Sample("sub/empty", "")]
        if !isOld {
            files.append(Sample("sub/größe 日本.txt", "unicode"))
            files.append(Sample(String(repeating: "d/", count: 80) + String(repeating: "n", count: 120), "long"))
        }
        for file in files { try folder.write(file.content, to: file.path.relativeDescription) }
        let archive = try folder.run("tar", "--format=\(format)", "-cf", "-", ".")
        let read = try await Sample.read(FileUploads(tar: cut(archive, 10_000)))
        #expect(Set(read) == Set(files))
    }

    @Test func tarReadsWhatIsWritten() async throws {
        let folder = try TemporaryFolder()
        let files = [
            Sample("a.txt", "hello\n"), Sample("sub/größe.txt", String(repeating: "g", count: 1000)),
            Sample(String(repeating: "d/", count: 80) + String(repeating: "n", count: 120), "long"),
            Sample("p/" + String(repeating: "q", count: 99), "in the prefix"),
        ]
        let archive = try await bytes(ByteStream(tarOf: Sample.uploads(files)))
        try folder.write(archive, to: "archive.tar")
        let names = try folder.run("tar", "-tf", "archive.tar", "--quoting-style=literal")
        #expect(String(decoding: names, as: UTF8.self).split(separator: "\n").map(String.init) == files.map(\.path.relativeDescription))
        _ = try folder.run("tar", "-xf", "archive.tar")
        for file in files {
            #expect(try folder.read(file.path.relativeDescription) == file.content)
        }
    }

    @Test func linksOfStockTarAreRefusedByName() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/shortcut", withDestinationPath: "/etc/passwd")
        let archive = try folder.run("tar", "-cf", "-", ".")
        let error = await #expect(throws: PachError.self) { try await Sample.read(FileUploads(tar: cut(archive, 512))) }
        #expect(error?.message == "the archive's entry './shortcut' is a symbolic link; only files and folders can be stored")
    }

    @Test func sparseFilesAreRefused() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.run("truncate", "-s", "1M", "hole")
        for format in ["gnu", "posix"] {
            let archive = try folder.run("tar", "--format=\(format)", "--sparse", "-cf", "-", "hole")
            await #expect(throws: PachError.self) { try await Sample.read(FileUploads(tar: cut(archive, 512))) }
        }
    }

    // MARK: Hostile archives

    @Test func everyTruncationIsAnError() async throws {
        let archive = try await bytes(ByteStream(tarOf: Sample.uploads([Sample("a", "hello"), Sample("ünicode", "x")])))
        for length in stride(from: 0, to: archive.count, by: 61) {
            await #expect(throws: PachError.self, "cut at \(length)") {
                try await Sample.read(FileUploads(tar: cut(Array(archive.prefix(length)), 512)))
            }
        }
    }

    @Test func everyFlippedBitOfAHeaderIsAnErrorOrHarmless() async throws {
        let archive = try await bytes(ByteStream(tarOf: Sample.uploads([Sample("a", "hello")])))
        for index in 0..<512 {
            var damaged = archive
            damaged[index] ^= 0x10
            do {
                // Nothing depends on the bytes behind the checksum's digits, and the first may be a space as well as a zero.
                #expect(try await Sample.read(FileUploads(tar: cut(damaged, 4096))) == [Sample("a", "hello")])
                #expect([148, 154, 155].contains(index))
            } catch is PachError {}
        }
    }

    @Test(arguments: ["../up", "a/../../b", "a/\u{0}b/.."]) func pathsThatLeaveAreRefused(path: String) async throws {
        let archive = Self.entry(name: path, type: "0", content: "x") + TarWriter.end
        await #expect(throws: PachError.self) { try await Sample.read(FileUploads(tar: cut(archive, 512))) }
    }

    @Test(arguments: ["1", "2", "3", "4", "6", "S", "M", "V", "Z"]) func otherKindsAreRefused(type: String) async throws {
        let archive = Self.entry(name: "x", type: type, content: "") + TarWriter.end
        let error = await #expect(throws: PachError.self) { try await Sample.read(FileUploads(tar: cut(archive, 512))) }
        #expect(error?.message.contains("'x'") == true)
    }

    @Test(arguments: [
        "5 path=/x\n", "999 path=x\n", "0 \n", "path=x\n", "99999999999 path=x\n", "13 size=-100\n", "11 size=1e3\n",
    ]) func malformedPaxRecordsAreRefused(record: String) async throws {
        let archive = Self.entry(name: "h", type: "x", content: record) + Self.entry(name: "f", type: "0", content: "") + TarWriter.end
        await #expect(throws: PachError.self) { try await Sample.read(FileUploads(tar: cut(archive, 512))) }
    }

    @Test func aHugeExtendedHeaderIsRefusedBeforeItIsRead() async throws {
        let reader = TarReader(cut(Self.header(name: "h", type: "x", size: 8 << 30), 512))
        let error = await #expect(throws: PachError.self) { try await reader.next() }
        #expect(error?.cause == "an extended header has 8589934592 bytes")
    }

    @Test func namesThatAreNotUTF8AreRefused() async throws {
        var header = Self.header(name: "??", type: "0", size: 0)
        header[0] = 0xff
        Self.setChecksum(&header)
        await #expect(throws: PachError.self) { try await Sample.read(FileUploads(tar: cut(header + TarWriter.end, 512))) }
    }

    @Test func bytesBehindTheEndAreRefused() async throws {
        let archive = TarWriter.end + Self.entry(name: "late", type: "0", content: "x")
        await #expect(throws: PachError.self) { try await Sample.read(FileUploads(tar: cut(archive, 512))) }
    }

    @Test func aMissingPartIsRefused() async throws {
        let first = TarWriter.header(TarEntry(path: try FilePath("f"), sizeBytes: 0, isContinued: true))
        for rest in [TarWriter.end, Self.entry(name: "other", type: "0", content: "") + TarWriter.end] {
            await #expect(throws: PachError.self) { try await Sample.read(FileUploads(tar: cut(first + rest, 512))) }
        }
    }

    private static func entry(name: String, type: Unicode.Scalar, content: String) -> [UInt8] {
        header(name: name, type: type, size: content.utf8.count) + content.utf8 + TarWriter.padding(after: Int64(content.utf8.count))
    }

    private static func entry(name: String, type: String, content: String) -> [UInt8] {
        entry(name: name, type: type.unicodeScalars.first ?? "0", content: content)
    }

    private static func header(name: String, type: Unicode.Scalar, size: Int) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) { block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8) }
        put(name, at: 0)
        put("0000644", at: 100)
        let digits = String(size, radix: 8)
        // Over eleven digits as GNU writes it: in binary.
        if digits.count > 11 {
            block[124] = 0x80
            withUnsafeBytes(of: UInt64(size).bigEndian) { block.replaceSubrange(128..<136, with: $0) }
        } else {
            put(String(repeating: "0", count: 11 - digits.count) + digits, at: 124)
        }
        block[156] = UInt8(ascii: type)
        put("ustar\u{0}00", at: 257)
        setChecksum(&block)
        return block
    }

    private static func setChecksum(_ block: inout [UInt8]) {
        let digits = String(TarFormat.checksum(of: block), radix: 8)
        block.replaceSubrange(148..<156, with: Array((String(repeating: "0", count: 6 - digits.count) + digits + "\u{0} ").utf8))
    }

    // MARK: Pipelines

    @Test func aPipelineArchiveKeepsSpecCodeAndExecutableBits() async throws {
        let code = [
            CodeFile(path: try FilePath("run.sh"), bytes: Array("#!/bin/sh\n".utf8), isExecutable: true),
            CodeFile(path: try FilePath("lib/a.py"), bytes: [], isExecutable: false),
        ]
        let request = PipelineRequest(spec: "pipeline: {}\n", fileName: "specs/edges.yaml", code: code)
        let archive = try await bytes(try PipelineArchive(request).bytes())
        let read = try await PipelineArchive(reading: cut(archive, 1000))
        #expect(read.specName == "pipeline.yaml")
        #expect(read.spec == Array(request.spec.utf8))
        #expect(read.code == code)
    }

    @Test("a pipeline's archive has a bounded number of entries, also of those that bring nothing")
    func manyEntries() async throws {
        let folder = TarWriter.header(TarEntry(path: try FilePath("code/a"), sizeBytes: 0, isExecutable: false))
        let source = Mutex(30_000)
        let archive = ByteStream {
            {
                source.withLock { left in
                    guard left > 0 else { return nil }
                    left -= 1
                    return folder
                }
            }
        }
        let error = await #expect(throws: PachError.self) { try await PipelineArchive(reading: archive) }
        #expect(error?.code == .tooLarge && source.withLock { $0 } > 0)
    }

    @Test func aPipelineArchiveWithStraysIsRefused() async throws {
        for stray in ["README", "code", "src/a"] {
            let files = [Sample("pipeline.json", "{}"), Sample(stray, "x")]
            let archive = try await bytes(ByteStream(tarOf: Sample.uploads(files)))
            await #expect(throws: PachError.self) { try await PipelineArchive(reading: cut(archive, 512)) }
        }
    }
}

/// A file of a test.
struct Sample: Hashable, Sendable {
    var path: FilePath
    var content: String

    init(_ path: String, _ content: String) {
        self.path = sure { try FilePath(path) }
        self.content = content
    }

    static func uploads(_ files: [Sample], sizesKnown: Bool = true) -> FileUploads {
        FileUploads.of(
            files.map {
                let bytes = Array($0.content.utf8)
                return FileUpload(path: $0.path, sizeBytes: sizesKnown ? Int64(bytes.count) : nil, content: cut(bytes, 64 * 1024))
            })
    }

    static func read(_ uploads: FileUploads) async throws -> [Sample] {
        var files: [Sample] = []
        for try await file in uploads {
            let content = try await bytes(file.content)
            if let size = file.sizeBytes { #expect(size == Int64(content.count)) }
            var sample = Sample("x", String(decoding: content, as: UTF8.self))
            sample.path = file.path
            files.append(sample)
        }
        return files
    }
}

extension FileUploads {
    static func of(_ files: [FileUpload]) -> FileUploads {
        let rest = Mutex(files[...])
        return FileUploads { rest.withLock { $0.popFirst() } }
    }
}

/// The bytes in pieces.
func cut(_ bytes: [UInt8], _ pieceByteCount: Int) -> ByteStream {
    ByteStream {
        let rest = Mutex(bytes[...])
        return {
            rest.withLock { rest in
                guard !rest.isEmpty else { return nil }
                defer { rest = rest.dropFirst(pieceByteCount) }
                return Array(rest.prefix(pieceByteCount))
            }
        }
    }
}

func bytes(_ stream: ByteStream) async throws -> [UInt8] {
    var all: [UInt8] = []
    for try await piece in stream { all += piece }
    return all
}

extension TemporaryFolder {
    /// What the program writes to its standard output.
    fileprivate func run(_ command: String...) throws -> [UInt8] {
        try runProgram(command, in: path, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"]).successful().output
    }
}
