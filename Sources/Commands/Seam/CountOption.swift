import ArgumentParser

/// Reads what an option counts.
/// - Parameter least: the smallest number that means something.
func counting(from least: Int) -> @Sendable (String) throws -> Int {
    { text in
        guard let number = Int(text), number >= least else { throw ValidationError("it wants a number from \(least) on") }
        return number
    }
}
