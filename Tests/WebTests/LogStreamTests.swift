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
        func read() { text += String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) }
        func tally() -> (shown: Int, dropped: Int) {
            text.split(separator: "\n").reduce(into: (0, 0)) { sums, shown in
                if shown == line.dropLast() { sums.0 += 1 }
                if shown.hasSuffix(" log lines were dropped: nobody read them") { sums.1 += Int(shown.prefix { $0 != " " }) ?? 0 }
            }
        }
        // How many notices there are depends on when the lines began to be written.
        while tally().shown + tally().dropped < count { read() }
        #expect(tally().shown * line.utf8.count > LogStream.backlogByteCountMax - line.utf8.count && tally().dropped > 0)
        stream.write("the next one\n")
        // Not up to its end: a program that another test started meanwhile may hold the pipe open.
        while !text.hasSuffix("the next one\n") { read() }
    }

    @Test("a line that is too long is cut, and the next one comes", .timeLimit(.minutes(1)))
    func longLine() throws {
        let pipe = Pipe()
        let stream = LogStream(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        stream.write(String(repeating: "x", count: LogStream.backlogByteCountMax + 1) + "\n")
        stream.write("the next one\n")
        stream.flush(patience: .seconds(60))
        // All of it has room in the pipe; one that is empty would have no end.
        var byteCount: CInt = 0
        #expect(ioctl(pipe.fileHandleForReading.fileDescriptor, UInt(FIONREAD), &byteCount) == 0)
        let text = try #require(try byteCount > 0 ? pipe.fileHandleForReading.read(upToCount: Int(byteCount)) : nil)
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        try #require(lines.count == 2)
        #expect(lines[0].hasPrefix("xxx") && lines[0].hasSuffix("x…") && lines[1] == "the next one")
    }
}
