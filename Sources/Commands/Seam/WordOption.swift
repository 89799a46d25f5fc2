import ArgumentParser
import Model

/// What has a word that tables show, and by which an option names it.
protocol Worded: CaseIterable, Sendable {
    var word: String { get }
}

extension CommitOrigin: Worded {}
extension JobState: Worded {}
extension PipelineState: Worded {}

/// One of the values of a type, as an option names it.
struct WordOption<Value: Worded>: ExpressibleByArgument {
    let value: Value

    init?(argument: String) {
        guard let value = Value.allCases.first(where: { $0.word == argument }) else { return nil }
        self.value = value
    }

    static var allValueStrings: [String] { Value.allCases.map(\.word) }
    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}
