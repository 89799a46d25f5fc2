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

    @Test("a job and a pipeline can be stopped, by the ballast; without it what stays as it was is said to")
    func stopping() async throws {
        let house = try House()
        try await house.run("mkdir", "repos")
        try house.write(House.spec("patient", "echo begun; exec sleep 600"), to: "spec.json")
        let script = """
            set -e
            mount -t tmpfs -o size=96m none repos
            echo small > small
            pach create repo in
            pach create pipeline -f spec.json > /dev/null
            mkfifo ready
            pach serve --listen 127.0.0.1:0 2> ready &
            server=$!
            trap 'kill $server' EXIT
            exec 9< ready
            read line <&9
            cat <&9 > served &
            # Has a job run, and fills the disk.
            begin() {
                pach put file in@master:/$1 -f small
                job=patient@$(pach list job -p patient -n 1 -o json | grep -o '[0-9a-f]\\{32\\}' | head -1)
                mkfifo lines-$1
                pach logs --job $job -f > lines-$1 &
                read line < lines-$1
                kill $!
                if [ $2 = without ]; then rm repos/.pach/ballast; else test -e repos/.pach/ballast; fi
                cat /dev/zero > repos/filler 2> /dev/null || true
                cat /dev/zero >> repos/filler 2> /dev/null || true
                test $(df --output=avail repos | tail -1) = 0
            }
            state() { pach inspect job $job -o json | grep -o 'JOB_[A-Z]*'; }
            empty() {
                rm repos/filler
                for i in 1 2 3 4 5 6 7 8 9; do
                    if [ -e repos/.pach/ballast ]; then break; fi
                    pach put file other@master:/again -f small; pach fsck --publish > /dev/null
                done
            }
            pach create repo other

            begin a with
            pach stop job $job
            test $(state) = JOB_KILLED
            empty

            begin b without
            # What is refused leaves the job alone.
            ! pach update pipeline -f spec.json 2> denied
            test $(state) = JOB_RUNNING
            ! pach stop job $job 2> refused
            test $(state) = JOB_CREATED
            empty
            pach stop job $job
            test $(state) = JOB_KILLED

            begin c with
            pach stop pipeline patient
            test $(state) = JOB_KILLED
            """
        let outcome = try await house.outcome(["unshare", "-m", "sh", "-c", script])
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.error)")
        let refused = String(decoding: try house.bytes("refused"), as: UTF8.self)
        #expect(refused.hasPrefix("Error: ") && refused.contains("space"), "\(refused)")
    }

    @Test("deleting and collecting work also where writers have to wait for the publisher, which has no room")
    func backlog() async throws {
        let house = try House()
        try await house.run("mkdir", "repos")
        try house.write(noise(75_000_000, seed: 6), to: "big")
        // The database goes on where the packs of one repo find no room: so more lands than may wait.
        let script = """
            set -e
            echo small > small
            pach create repo keep
            pach create repo drop
            pach put file keep@master:/small -f small
            pach put file drop@master:/small -f small
            pach fsck --publish > /dev/null
            cp -a repos/keep.git keep.git
            mount -t tmpfs -o size=1m none repos/keep.git
            cp -a keep.git/. repos/keep.git
            mkfifo ready
            pach serve --listen 127.0.0.1:0 2> ready &
            server=$!
            trap 'kill $server' EXIT
            exec 9< ready
            until [ "${line#Listening on }" != "$line" ]; do read line <&9; done
            cat <&9 > served &
            split -b 250000 -d -a 3 big part
            curl -s -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $(cat repos/.pach/token)" \
                -T 'part[000-299]' "${line#Listening on }/v1/repos/keep/commits/master/files/" > codes
            ! pach put file keep@master:/more -f small 2> refused
            pach delete file keep@master:/small
            pach delete repo drop
            pach gc > /dev/null
            test ! -e repos/drop.git
            mount -o remount,size=200m repos/keep.git
            pach put file keep@master:/after -f small
            pach fsck --publish > /dev/null
            git -C repos/keep.git fsck --strict --no-dangling
            # The server tells once of what it tries again and again.
            test $(grep -c 'warning .*No space left' served) = 1
            # All that was answered is there.
            test $(grep -c 200 codes) = $(pach list file keep@master | grep -c part)
            """
        let outcome = try await house.outcome(["unshare", "-m", "sh", "-c", script])
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.error)")
        let refused = String(decoding: try house.bytes("refused"), as: UTF8.self)
        #expect(refused.hasPrefix("Error: ") && refused.contains("space"), "\(refused)")
    }
}
