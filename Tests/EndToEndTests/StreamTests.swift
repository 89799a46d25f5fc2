import Foundation
import Glibc
import Testing

@Suite("Standard streams that are closed or sent elsewhere, and commands that are interrupted", .endToEnd, .timeLimit(.minutes(10)))
struct StreamTests {
    let house: House

    init() throws {
        house = try House()
    }

    private func shell(_ script: String) async throws -> Child.Outcome { try await house.outcome(["sh", "-c", script]) }

    @Test("a stream that is closed is no file of ours")
    func closed() async throws {
        try await house.repo("in", ["a": "1"])
        let put = try await shell("pach put file in@master:/x <&-")
        #expect(put.code == 1 && put.error.contains("standard input"), "\(put)")
        #expect(try await house.list("in") == ["/a"])
        let list = try await shell("pach list repo >&-")
        #expect(list.code == 1 && list.error.contains("standard output"), "\(list)")
        #expect(try house.bytes("repos/.pach/lock").isEmpty)
        #expect(try await shell("echo 2 | pach put file in@master:/y -v >&- 2>&-").code == 0)
        #expect(try await house.texts("in") == ["a": "1", "y": "2\n"])
        try await house.expectSound()
    }

    @Test("nor is one of 'recommend'", arguments: 0...2)
    func closedInRecommend(stream: Int) async throws {
        try house.write("u,a,5\nu,b,3\nv,a,4\n", to: "ratings")
        try await house.run("recommend", "train", "--algorithm", "popularity", "--ratings", "ratings", "--output", "model")
        // What has the number has to be as empty as /dev/null.
        let top = try await shell("recommend top --model model --users /dev/fd/\(stream) --output lists \(stream)>&-")
        #expect(top.code == 0, "\(top)")
        #expect(try house.bytes("lists") == Array("user,item\n".utf8))
    }

    @Test("-o through a link to standard output goes where a shell sent that, after what is there")
    func linkToOutput() async throws {
        try await house.repo("in", ["a": "1"])
        let get = try await shell("ln -s /proc/self/fd/1 out; echo first > got; pach get file in@master:/a -o out >> got")
        #expect(get.code == 0, "\(get)")
        #expect(try house.bytes("got") == Array("first\n1".utf8))
        #expect(try await house.run("readlink", "out") == "/proc/self/fd/1")
    }

    @Test("who interrupts get finds the folder as it was", arguments: [SIGINT, SIGTERM, SIGHUP])
    func interrupted(signal: Int32) async throws {
        try house.write(noise(16 << 20, seed: 1), to: "source/large")
        try house.write("1", to: "source/small")
        try await house.pach("create", "repo", "in")
        try await house.pach("put", "file", "in@master:/", "-r", "-f", "source")
        try FileManager.default.createDirectory(atPath: house.path("there"), withIntermediateDirectories: true)
        let server = try await Server(of: house, options: ["--known-as", "127.0.0.1"])
        for target in [["in@master:/", "-r", "-o", "there/got"], ["in@master:/large", "-o", "there/got"]] {
            let dam = try Dam(before: server, byteCount: 4 << 20)
            let environment = Programs.environment(home: house.folder).merging(["PACH_ADDRESS": dam.url]) { $1 }
            let get = try Child(["pach", "get", "file"] + target, in: house.folder, environment: environment)
            while try FileManager.default.contentsOfDirectory(atPath: house.path("there")).isEmpty { await Task.yield() }
            get.kill(signal)
            #expect(try await get.wait().code == 128 + signal)
            #expect(try FileManager.default.contentsOfDirectory(atPath: house.path("there")) == [])
        }
        try await server.stop()
    }
}
