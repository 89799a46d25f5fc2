import Model

/// The few colours of the terminal's own palette that say how something ended (ECMA-48, SGR).
enum Color: Int {
    case red = 31
    case green = 32
    case yellow = 33

    func applied(to text: String) -> String {
        text.isEmpty ? text : "\u{1B}[\(rawValue)m\(text)\u{1B}[0m"
    }
}

extension JobState {
    var color: Color {
        switch self {
        case .success: .green
        case .failure, .killed, .unrunnable: .red
        case .created, .starting, .running, .finishing: .yellow
        }
    }
}

extension PipelineState {
    var color: Color {
        switch self {
        case .running: .green
        case .paused: .yellow
        case .failure: .red
        }
    }
}

extension DatumState {
    var color: Color {
        switch self {
        case .success, .skipped: .green
        case .failed: .red
        case .starting, .recovered, .unknown: .yellow
        }
    }
}
