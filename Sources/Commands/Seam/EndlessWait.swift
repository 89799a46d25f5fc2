import Model

/// Says that what would be waited for cannot come: whoever has the data root to itself keeps out all who could bring it.
func endlessWait(_ reason: String, hint: String = "Start 'pach serve', or run 'pach run' first.") -> PachError {
    PachError(.conflict, "\(reason): without a server nothing happens while this command waits", hint: hint)
}
