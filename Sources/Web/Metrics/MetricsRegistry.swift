public import CoreMetrics
import Synchronization

/// A swift-metrics backend that keeps all values in memory, for Prometheus to fetch.
///
/// Names should be Prometheus's own: counters end in `_total`, times in `_seconds`, sizes in `_bytes`. A time recorded by a `Timer`
/// is kept in seconds. Recorders that aggregate and timers become histograms.
public final class MetricsRegistry: MetricsFactory {
    /// More series than this are not kept: labels must come from us, not from clients.
    public static let seriesCountMax = 10_000

    struct Key: Hashable, Comparable {
        var name: String
        /// In the order in which they are given.
        var labels: [[String]]

        static func < (left: Key, right: Key) -> Bool {
            left.name != right.name
                ? left.name < right.name : left.labels.flatMap { $0 }.lexicographicallyPrecedes(right.labels.flatMap { $0 })
        }
    }

    private let series = Mutex<[Key: any Series]>([:])
    /// Takes what is over the limit; it is not shown.
    private let overflow = ValueSeries(kind: .gauge)

    public init() {}

    var snapshot: [(key: Key, series: any Series)] {
        series.withLock { $0.map { ($0.key, $0.value) } }.sorted { $0.0 < $1.0 }
    }

    private func find<S: Series>(_ label: String, _ dimensions: [(String, String)], make: () -> S) -> S? {
        let key = Key(name: Self.name(label), labels: dimensions.map { [Self.name($0.0), $0.1] })
        return series.withLock { series in
            if let known = series[key] { return known as? S }
            guard series.count < Self.seriesCountMax else { return nil }
            let made = make()
            series[key] = made
            return made
        }
    }

    /// Prometheus allows letters, digits, underscores and colons.
    private static func name(_ label: String) -> String {
        String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" || $0 == ":" ? $0 : "_" })
    }

    private func value(_ label: String, _ dimensions: [(String, String)], _ kind: SeriesKind) -> ValueSeries {
        find(label, dimensions) { ValueSeries(kind: kind) } ?? overflow
    }

    /// Shows what somebody else measures or counts, as the operating system does.
    package func set(_ label: String, _ kind: SeriesKind, _ dimensions: [(String, String)] = [], to new: Double) {
        value(label, dimensions, kind).set(new)
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)], bounds: [Double]) -> HistogramSeries {
        find(label, dimensions) { HistogramSeries(bounds: bounds) } ?? HistogramSeries(bounds: [])
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        value(label, dimensions, .counter)
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        value(label, dimensions, .counter)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        value(label, dimensions, .gauge)
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return value(label, dimensions, .gauge) }
        return histogram(label, dimensions, bounds: label.hasSuffix("_bytes") ? HistogramSeries.sizeBounds : HistogramSeries.timeBounds)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions, bounds: HistogramSeries.timeBounds)
    }

    // A series that was shown once stays: Prometheus takes one that vanishes for a restart.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}
