internal import Model

/// The numbers of a pipeline's versions, which only jobs noted: a spec's commit may be gone, and the place of the others tells nothing then.
struct VersionNumbers {
    /// Numbers above this are nobody's.
    private static let numberMax = Int(Int32.max)

    private var noted: [CommitID: Int] = [:]
    /// The largest that any job noted.
    private var largest = 0

    /// Takes in what a job noted.
    /// - Parameter spec: the spec's commit that the job ran by; nil where that is not known.
    mutating func note(_ number: Int, of spec: CommitID?) {
        guard (1...Self.numberMax).contains(number) else { return }
        largest = max(largest, number)
        if let spec { noted[spec] = max(noted[spec] ?? 0, number) }
    }

    /// The numbers of a spec's commits, oldest first: ascending. Those behind the last that a job ran by are newer than all that jobs noted.
    func numbers(of commits: [CommitID]) -> [Int] {
        let lastNoted = commits.lastIndex { noted[$0] != nil } ?? -1
        var numbers: [Int] = []
        for (place, commit) in commits.enumerated() {
            let before = numbers.last ?? 0
            numbers.append(max(before + 1, noted[commit] ?? (place > lastNoted ? largest + 1 : 0)))
        }
        return numbers
    }
}
