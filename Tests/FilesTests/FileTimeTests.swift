import Files
import Glibc
import TestSupport
import Testing

struct FileTimeTests {
    /// The years 1000 and 3000, and what the type holds at most.
    @Test(arguments: [-30_610_224_000, 32_503_680_000, .min, .max])
    func aDateBeyondWhatIsKeptIsTheFirstOrLast(seconds: Int) {
        let time = FileTime(timespec(tv_sec: seconds, tv_nsec: 999_999_999))
        #expect(time.nanoseconds == (seconds < 0 ? Int64.min : .max))
        #expect((time.seconds(since: .now()) < 0) == (seconds < 0))
        #expect((FileTime.now().seconds(since: time) > 0) == (seconds < 0))
    }

    @Test func theLastSecondThatIsKeptIsExact() {
        let last = Int64.max / 1_000_000_000
        #expect(FileTime(timespec(tv_sec: Int(last), tv_nsec: 5)).nanoseconds == last * 1_000_000_000 + 5)
        #expect(FileTime(timespec(tv_sec: -1, tv_nsec: 5)).nanoseconds == -999_999_995)
    }

    @Test func aFileOfSuchADateIsLookedAt() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/file"
            try #require(close(creat(path, 0o600)) == 0)
            let times = [timespec(tv_sec: 10_413_792_000, tv_nsec: 0), timespec(tv_sec: 10_413_792_000, tv_nsec: 0)]
            try #require(utimensat(AT_FDCWD, path, times, 0) == 0)
            #expect(try Folder.status(of: path)?.kind == .file)
        }
    }
}
