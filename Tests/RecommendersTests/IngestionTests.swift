import Foundation
import TestSupport
import Testing

@testable import Recommenders

@Suite struct IngestionTests {
    private static func take(_ text: String) throws -> (counts: Ingestion.Counts, rows: String, quarantine: String?) {
        try take(Data(text.utf8))
    }

    private static func take(_ data: Data) throws -> (counts: Ingestion.Counts, rows: String, quarantine: String?) {
        let folder = try TemporaryFolder()
        let counts = try Ingestion.take(folder.write(data, to: "in"), named: "day/f.txt", into: "\(folder.path)/out")
        return (counts, try folder.read("out/rows/day/f.txt"), try? folder.read("out/quarantine/day/f.txt"))
    }

    @Test("ratings of any form come out in one")
    func ratings() throws {
        let (counts, rows, quarantine) = try Self.take(
            "userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n\n 2\t a b \t4\t7\n3 c 5 8\r\n4,d,oops\n")
        #expect(rows == "1\t31\t2.5\t1260759144\n2\ta b\t4\t7\n3\tc\t5\t8\n4\td\toops\n")
        #expect(counts == .init(rows: 4, others: 1, bad: 0) && quarantine == nil)
    }

    @Test("events that rate come out as ratings in seconds since 1970, others are counted")
    func events() throws {
        let (counts, rows, quarantine) = try Self.take(
            """
            2019-09-05T19:27:01,614,GET /data/m/brides+2004/20.mpg
            2019-09-05T19:27:01,118106,GET /rate/grumpier+old+men+1995=3
            2024-02-29T23:59:59.123456789, 7, GET /rate/a=b+2001=10
            2020-04-07T09:26,8,GET /rate/x+1=1
            2026-01-01T00:00:00,9,GET /create_account
            2022-09-29T23:24:55,3,recommendation request host:8082, status 200, result: a, b, 5 ms
            """)
        #expect(rows == "118106\tgrumpier+old+men+1995\t3\t1567711621\n7\ta=b+2001\t10\t1709251199\n8\tx+1\t1\t1586251560\n")
        #expect(counts == .init(rows: 3, others: 3, bad: 0) && quarantine == nil)
    }

    @Test(
        "what is neither is kept aside, with its line and what is wrong",
        arguments: [
            ("2022-13-01T00:00:00,7,GET /rate/a+1=4", "not a time: '2022-13-01T00:00:00'"),
            ("2023-02-29T00:00:00,7,GET /rate/a+1=4", "not a time: '2023-02-29T00:00:00'"),
            ("2022-09-2923:24:55,7,GET /rate/a+1=4", "not a time: '2022-09-2923:24:55'"),
            ("2022-09-29T23:24: 55,7,GET /rate/a+1=4", "not a time: '2022-09-29T23:24: 55'"),
            ("2022-09-29T23:24:55,abc,GET /rate/a+1=4", "not a user: 'abc'"),
            ("2022-09-29T23:24:55,GET /rate/a+1=4", "number of fields: 2 of an event's 3"),
            ("2022-09-29T23:24:55,7,GET /rate/a+1", "not an item and a rating: 'GET /rate/a+1'"),
            ("2022-09-29T23:24:55,7,GET /rate/=4", "not an item and a rating: 'GET /rate/=4'"),
            ("2022-09-29T23:24:55,7,GET /rate/ =4", "not an item: ' '"),
            ("2022-09-29T23:24:55,7,GET /rate/a+1=four", "not a rating: 'four'"),
            ("2022-09-29T23:24:55,7,GET /rating/a+1=4", "not an event: 'GET /rating/a+1=4'"),
            ("2022-09-29T23:24:55,7,GET /data/m//5.mpg", "not an item and a minute: 'GET /data/m//5.mpg'"),
            ("2022-09-29T23:24:55,7,GET /data/m/a/6x1.mpg", "not an item and a minute: 'GET /data/m/a/6x1.mpg'"),
            ("lonely", "number of fields: 1 of a rating's 3 or 4"),
            ("a,b,c,d,e", "number of fields: 5 of a rating's 3 or 4"),
        ])
    func malformed(line: String, reason: String) throws {
        let (counts, rows, quarantine) = try Self.take("u,i,3\n\(line)\n")
        #expect(counts == .init(rows: 1, others: 0, bad: 1) && rows == "u\ti\t3\n")
        #expect(quarantine == "2\t\(reason)\t\(line)\n")
    }

    @Test("a line that is not UTF-8 is kept aside as it is")
    func notText() throws {
        let (counts, rows, _) = try Self.take(Data("u,i,3\n".utf8) + Data([0xE9, 0x2C, 0x62, 0x2C, 0x31, 0x0A]))
        #expect(counts == .init(rows: 1, others: 0, bad: 1) && rows == "u\ti\t3\n")
    }

    @Test("a line that is too long is kept aside up to what a line may have", arguments: ["\n", "\r\n", ""])
    func tooLong(end: String) throws {
        let long = String(repeating: "x", count: 70_000)
        let (counts, rows, quarantine) = try Self.take("u,i,3\n\(long)\(end)" + (end.isEmpty ? "" : "v,i,4\n\(long)\nw,i,5\n"))
        let (good, bad) = end.isEmpty ? (1, 1) : (3, 2)
        #expect(counts == .init(rows: good, others: 0, bad: bad) && rows.split(separator: "\n").count == good)
        let first = "2\tlonger than 65536 bytes, of which these are the first\t\(long.prefix(65_536))\n"
        #expect(quarantine?.hasPrefix(first) == true)
        #expect(end.isEmpty || quarantine?.dropFirst(first.count).hasPrefix("4\tlonger") == true)
    }

    @Test(
        "of a stream's samples, what is valid is taken and what is malformed is not",
        .enabled(if: ProcessInfo.processInfo.environment["PACH_DATA"] != nil))
    func samples() throws {
        let folder = try #require(ProcessInfo.processInfo.environment["PACH_DATA"]) + "/movielog"
        let valid = try Self.take(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/sample_valid.log")))
        #expect(valid.counts.bad == 0 && valid.counts.rows > 0)
        let malformed = try Self.take(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/sample_malformed.log")))
        #expect(malformed.counts.bad > malformed.counts.rows)
    }
}
