import Model

func nearestHint(to name: String, in candidates: [String]) -> String? {
    guard !candidates.contains(name) else { return nil }
    return nearest(to: name, among: candidates).map { "Did you mean \(quoted($0))?" }
}
