internal import Foundation
internal import Model

extension PipelineSpec {
    /// The spec as the engine understood it: JSON with sorted keys.
    var canonicalText: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a spec is always JSON") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
