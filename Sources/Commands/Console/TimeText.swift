import Model

/// How points in time are shown: as time gone by, or in full.
struct TimeText {
    var now: Timestamp
    var full = false

    /// `9 minutes ago`; `-` where there is none.
    func ago(_ time: Timestamp?) -> String {
        guard let time else { return "-" }
        return full ? time.description : humanDuration(now.since(time)) + " ago"
    }

    /// The time from `start` to `end`, to now where it goes on; `-` where it has not begun.
    func span(_ start: Timestamp?, _ end: Timestamp?) -> String {
        guard let start else { return "-" }
        return durationText((end ?? now).since(start))
    }
}

/// A duration in the largest unit that says something (go-units' `HumanDuration`): `2 seconds`, `About an hour`.
func humanDuration(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    // To the nearest hour, as go-units has it; other units are rounded down.
    let hours = (seconds + 1800) / 3600
    return switch seconds {
    case ..<1: "Less than a second"
    case 1: "1 second"
    case ..<60: "\(seconds) seconds"
    case ..<120: "About a minute"
    case ..<3600: "\(seconds / 60) minutes"
    default:
        switch hours {
        case 1: "About an hour"
        case ..<48: "\(hours) hours"
        case ..<(24 * 7 * 2): "\(hours / 24) days"
        case ..<(24 * 30 * 2): "\(hours / 24 / 7) weeks"
        case ..<(24 * 365 * 2): "\(hours / 24 / 30) months"
        default: "\(seconds / 3600 / 24 / 365) years"
        }
    }
}

/// How long something took: below a second in milliseconds, rounded down as the rest is, else as `humanDuration` has it.
func durationText(_ duration: Duration) -> String {
    guard duration < .seconds(1) else { return humanDuration(duration) }
    return "\(Int(max(0, duration / .milliseconds(1))))ms"
}

func durationText(seconds: Double) -> String {
    durationText(.seconds(seconds))
}

extension SpecDuration {
    /// The span exactly, as a command line takes it: `720h`, `1h30m`, `1.500s`.
    var text: String {
        let (minutes, rest) = nanoseconds.quotientAndRemainder(dividingBy: 60_000_000_000)
        let parts = [
            minutes >= 60 ? "\(minutes / 60)h" : "", minutes % 60 > 0 ? "\(minutes % 60)m" : "",
            rest > 0 || minutes == 0 ? SpecDuration(nanoseconds: rest).description : "",
        ]
        return parts.joined()
    }
}
