import API
import HTTPTestSupport
import Model
import Operations
import Testing

/// What the client says where a server goes away in the middle.
@Suite struct BrokenAnswerTests {
    private func withClient(
        answer: String, end: RawServer.End, _ body: @escaping @Sendable (EngineClient) async throws -> Void
    ) async throws {
        try await RawServer.run(answer: answer, end: end) { url in
            let client = try EngineClient(url: url, token: nil)
            do {
                try await body(client)
            } catch {
                try await client.close()
                throw error
            }
            try await client.close()
        }
    }

    /// As it looks behind a hop that speaks HTTP/1.0, where the end of the connection is that of the answer.
    @Test func aStreamWithoutItsEndIsBrokenOff() async throws {
        let streams: [(event: ServerSentEvent, read: @Sendable (EngineClient) async throws -> Void)] = [
            (ServerSentEvent(name: "job", data: try JSON.encode(Sample.job)), { _ = try await $0.run { _ in } }),
            (
                ServerSentEvent(name: "file", data: try JSON.encode(Sample.manyFiles(1)[0])),
                { for try await _ in $0.walkFiles(try FileReference("ratings@master:/")) {} }
            ),
        ]
        for (event, read) in streams {
            let answer = "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + String(decoding: event.encoded, as: UTF8.self)
            try await withClient(answer: answer, end: .inGoodOrder) { client in
                let error = await #expect(throws: PachError.self) { try await read(client) }
                #expect(error?.code == .unavailable)
            }
        }
    }

    @Test(arguments: [(nil, true), (1, true), (2, false), (0, false)] as [(count: Int?, isWhole: Bool)])
    func aListWithoutItsEndIsBrokenOff(count: Int?, isWhole: Bool) async throws {
        let entry = Sample.listing.entries[0]
        let line = String(decoding: try JSON.encode(entry), as: UTF8.self)
        let announced = count.map { "Pach-Count: \($0)\r\n" } ?? ""
        let head = "HTTP/1.0 200 OK\r\nContent-Type: application/jsonl\r\n\(announced)"
        let ids = "ETag: \"\(Sample.object)\"\r\nPach-Tree: \(Sample.object)\r\n"
        try await withClient(answer: "\(head)\(ids)\r\n\(line)\n", end: .inGoodOrder) { client in
            let folder = try FileReference("ratings@master:/")
            guard isWhole else {
                let error = await #expect(throws: PachError.self) { try await client.listFolder(folder) }
                #expect(error?.message.hasSuffix("broke off its answer") == true)
                return
            }
            #expect(try await client.listFolder(folder).entries == [entry])
        }
        let branch = String(decoding: try JSON.encode(Sample.branch(head: nil)), as: UTF8.self)
        try await withClient(answer: "\(head)\r\n\(branch)\n", end: .inGoodOrder) { client in
            guard isWhole else {
                await #expect(throws: PachError.self) { try await client.listBranches(Sample.repoName) }
                return
            }
            let branches = try await client.listBranches(Sample.repoName)
            #expect(branches.count == 1)
        }
    }

    @Test(arguments: [RawServer.End.inGoodOrder, .byReset])
    func aChangeWithoutItsAnswerIsNotCalledUndone(end: RawServer.End) async throws {
        try await withClient(answer: "", end: end) { client in
            let changes: [@Sendable () async throws -> Void] = [
                { try await client.deleteRepo(Sample.repoName, force: true) },
                { try await client.createRepo(Sample.repoName, description: "", update: false) },
                { try await client.squashCommitSet(Sample.id) },
            ]
            for change in changes {
                let error = await #expect(throws: PachError.self) { try await change() }
                #expect(error?.code == .unavailable)
                #expect(error?.hint == "It may have been carried out: look before you repeat it.")
            }
            let error = await #expect(throws: PachError.self) { try await client.version() }
            #expect(error?.message.hasSuffix("broke off its answer") == true)
            #expect(error?.hint == "Look at its log, and try again.")
        }
    }
}
