import Foundation
import Testing

@testable import Web

@Suite("Log lines") struct LogStreamTests {
    @Test("whoever logs waits for no reader; what does not fit is dropped and counted", .timeLimit(.minutes(1)))
    func unread() {
        let pipe = Pipe()
        let stream = LogStream(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let line = String(repeating: "x", count: 99) + "\n"
        let count = 10_000
        for _ in 0..<count { stream.write(line) }
        // Comes back though the pipe is full.
        stream.flush(patience: .milliseconds(1))

        var text = ""
        while !text.hasSuffix("read them\n") { text += String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) }
        stream.write("the next one\n")
        // Not up to its end: a program that another test started meanwhile may hold the pipe open.
        while !text.hasSuffix("the next one\n") { text += String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) }

        var lines = text.split(separator: "\n")
        #expect(lines.removeLast() == "the next one")
        let notice = lines.removeLast()
        #expect(lines.allSatisfy { $0 == line.dropLast() })
        #expect(lines.count * line.utf8.count > LogStream.backlogByteCountMax - line.utf8.count && lines.count < count)
        #expect(notice == "\(count - lines.count) log lines were dropped: nobody read them")
    }
}
