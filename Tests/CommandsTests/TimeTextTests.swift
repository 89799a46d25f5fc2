import Model
import Testing

@testable import Commands

@Suite("TimeText")
struct TimeTextTests {
    @Test(
        "durations are told in the largest unit that says something",
        arguments: [
            (-5, "Less than a second"), (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"),
            (119, "About a minute"), (120, "2 minutes"), (3599, "59 minutes"), (3600, "About an hour"), (5399, "About an hour"),
            (5400, "2 hours"), (47 * 3600, "47 hours"), (48 * 3600, "2 days"), (13 * 86_400, "13 days"), (14 * 86_400, "2 weeks"),
            (60 * 86_400, "2 months"), (730 * 86_400, "2 years"),
        ] as [(Int64, String)])
    func durations(_ seconds: Int64, _ text: String) {
        #expect(humanDuration(.seconds(seconds)) == text)
    }

    @Test(
        "below a second, work is told in milliseconds",
        arguments: [
            (-5000, "0ms"), (0, "0ms"), (400, "0ms"), (1000, "1ms"), (135_900, "135ms"), (999_999, "999ms"), (1_000_000, "1 second"),
            (61_000_000, "About a minute"),
        ] as [(Int64, String)])
    func work(_ microseconds: Int64, _ text: String) {
        let end = Timestamp(microseconds: Sample.noon.microseconds + microseconds)
        #expect(TimeText(now: Sample.noon).span(Sample.noon, end) == text)
    }

    @Test("how long ago something was is told in seconds")
    func ago() {
        #expect(TimeText(now: Sample.noon).ago(Sample.noon) == "Less than a second ago")
    }

    @Test("a time that is not there is a dash")
    func none() {
        let times = TimeText(now: Sample.noon)
        #expect(times.ago(nil) == "-")
        #expect(times.span(nil, nil) == "-")
    }

    @Test("what goes on is measured until now")
    func goesOn() {
        #expect(TimeText(now: Sample.noon).span(Sample.before(seconds: 7), nil) == "7 seconds")
    }

    @Test("full times are RFC 3339")
    func full() {
        #expect(TimeText(now: Sample.noon, full: true).ago(Sample.noon) == "2026-11-21T12:00:00.000000Z")
    }
}
