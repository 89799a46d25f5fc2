import Testing

@Suite("A disk without a byte left", .endToEnd, .enabled(if: Programs.isRoot))
struct FullDiskTests {
    @Test("reading, deleting and collecting work, by the ballast; the room comes back, and so does the ballast", arguments: [false, true])
    func full(served: Bool) async throws {
        let house = try House()
        try await house.run("mkdir", "repos")
        try house.write(noise(20_000_000, seed: 5), to: "big")
        // A file system of its own, which is gone with its namespace. What fills it has no room left for a single byte more.
        let script = """
            set -e
            mount -t tmpfs -o size=96m none repos
            echo small > small
            pach create repo keep
            pach create repo drop
            pach put file keep@master:/small -f small
            pach put file drop@master:/big -f big
            pach put file keep@master:/gone -f big
            pach fsck --publish > /dev/null
            if [ \(served) = true ]; then
                mkfifo ready
                pach serve --listen 127.0.0.1:0 2> ready &
                server=$!
                exec 9< ready
                read line <&9
                cat <&9 > served &
            fi
            test $(stat -c %s repos/.pach/ballast) = 16777216
            cat /dev/zero > repos/filler 2> /dev/null || true
            ! pach put file keep@master:/more -f big 2> refused
            cat /dev/zero >> repos/filler 2> /dev/null || true
            test $(df --output=avail repos | tail -1) = 0
            pach backup "$PWD/backup" > /dev/null
            pach get file keep@master:/small
            pach list file keep@master | tail -n +2 | wc -l
            pach delete file keep@master:/gone
            pach delete repo drop
            pach gc > /dev/null
            test ! -e repos/drop.git
            # What the repo held is free, though the filler is still there.
            test $(df --output=avail -B1 repos | tail -1) -gt 30000000
            pach put file keep@master:/after -f small
            rm repos/filler
            pach put file keep@master:/big -f big
            pach fsck --publish > /dev/null
            for i in 1 2 3 4 5 6 7 8 9; do
                if [ -e repos/.pach/ballast ]; then break; fi
                pach put file keep@master:/again -f small; pach fsck --publish > /dev/null
            done
            test $(stat -c %s repos/.pach/ballast) = 16777216
            git -C repos/keep.git fsck --strict --no-dangling
            if [ \(served) = true ]; then kill $server; fi
            """
        let outcome = try await house.outcome(["unshare", "-m", "sh", "-c", script])
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.error)")
        #expect(outcome.output.hasPrefix("small\n"), "\(outcome.output)")
        let refused = String(decoding: try house.bytes("refused"), as: UTF8.self)
        #expect(refused.hasPrefix("Error: ") && refused.contains("space"), "\(refused)")
    }
}
