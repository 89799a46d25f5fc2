import CoreMetrics
import Synchronization

package enum SeriesKind: String, Sendable {
    case counter
    case gauge
    case histogram
}

/// The values of one name with one set of labels.
protocol Series: AnyObject, Sendable {
    var kind: SeriesKind { get }
    /// Suffix of the name, a further label, and value, for each line that it shows.
    var samples: [(suffix: String, label: (name: String, value: String)?, value: Double)] { get }
}

/// A counter or gauge.
final class ValueSeries: Series, CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler {
    let kind: SeriesKind
    private let value = Mutex(0.0)

    init(kind: SeriesKind) {
        self.kind = kind
    }

    var samples: [(suffix: String, label: (name: String, value: String)?, value: Double)] {
        [("", nil, value.withLock { $0 })]
    }

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { increment(by: -amount) }
    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func record(_ new: Int64) { set(Double(new)) }
    func record(_ new: Double) { set(new) }
    func reset() { set(0.0) }
}

/// A histogram with fixed bounds.
final class HistogramSeries: Series, RecorderHandler, TimerHandler {
    /// Seconds: half a millisecond, which a request from memory takes, to the minute of a long upload or of a wait for a result.
    static let timeBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    /// Bytes: powers of 16 from 256 to 4 GiB.
    static let sizeBounds: [Double] = [256, 4096, 65536, 1_048_576, 16_777_216, 268_435_456, 4_294_967_296]

    private struct State {
        /// One per bound, and one for what is above the last.
        var counts: [Int]
        var sum = 0.0
    }

    let kind = SeriesKind.histogram
    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Double) {
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[index] += 1
            $0.sum += value
        }
    }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    var samples: [(suffix: String, label: (name: String, value: String)?, value: Double)] {
        let state = state.withLock { $0 }
        var lines: [(suffix: String, label: (name: String, value: String)?, value: Double)] = []
        var total = 0
        for (index, count) in state.counts.enumerated() {
            total += count
            let bound = index < bounds.count ? PrometheusText.number(bounds[index]) : "+Inf"
            lines.append(("_bucket", ("le", bound), Double(total)))
        }
        return lines + [("_sum", nil, state.sum), ("_count", nil, Double(total))]
    }
}
