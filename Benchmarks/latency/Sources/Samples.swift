/// Times of one kind, in seconds.
struct Samples {
    let name: String
    private var values: [Double] = []

    init(_ name: String) {
        self.name = name
    }

    var count: Int { values.count }

    mutating func add(_ seconds: Double) {
        values.append(seconds)
    }

    mutating func add(contentsOf seconds: [Double]) {
        values += seconds
    }

    /// The smallest time that a share of the times does not exceed (the nearest-rank quantile); 0 of none.
    func quantile(_ share: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        let rank = (share * Double(values.count)).rounded(.up)
        return values.sorted()[max(0, Int(rank) - 1)]
    }

    func row(inUnitsOf unit: Double) -> String {
        let times = [quantile(0.5), quantile(0.99)]
        let cells = times.map { Self.text($0 * 1000) } + times.map { Self.text($0 / unit) }
        return "| \(name) | \(cells.joined(separator: " | ")) |"
    }

    /// With one digit after the point.
    static func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
