/// The text format in which Prometheus fetches metrics (exposition formats, version 0.0.4).
package enum PrometheusText {
    package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    package static func render(_ registry: MetricsRegistry) -> String {
        var text = ""
        var lastName: String?
        for (key, series) in registry.snapshot {
            if key.name != lastName { text += "# TYPE \(key.name) \(series.kind.rawValue)\n" }
            lastName = key.name
            for sample in series.samples {
                let labels = key.labels.map { ($0[0], $0[1]) } + (sample.label.map { [($0.name, $0.value)] } ?? [])
                text += key.name + sample.suffix
                if !labels.isEmpty { text += "{" + labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",") + "}" }
                text += " \(number(sample.value))\n"
            }
        }
        return text
    }

    static func number(_ value: Double) -> String {
        // Whole numbers without a fraction, as far as a Double holds them exactly.
        value.rounded() == value && value.magnitude < 0x1p53 ? String(Int64(value)) : String(value)
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
