internal import Model

extension PipelineSpec {
    /// The spec as the engine understood it: JSON with sorted keys.
    var canonicalText: String {
        String(decoding: CanonicalJSON.bytes(of: self, isPretty: true), as: UTF8.self) + "\n"
    }
}
