import Testing

@testable import Web

@Suite("the process's own metrics")
struct ProcessMetricsTests {
    @Test("the processor time is never reset nor added up, however many ask at once")
    func concurrent() async {
        let registry = MetricsRegistry()
        ProcessMetrics.update(registry)
        func seconds() -> Double? {
            registry.snapshot.first { $0.key.name == "process_cpu_seconds_total" }?.series.samples.first?.value
        }
        let first = seconds() ?? 0
        #expect(first > 0)
        let readings = await withTaskGroup(of: [Double].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<5000).map { _ in
                        ProcessMetrics.update(registry)
                        return seconds() ?? 0
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(readings.allSatisfy { $0 >= first })
        // Added up it would be a multiple of what there is.
        ProcessMetrics.update(registry)
        let last = seconds() ?? 0
        #expect(readings.allSatisfy { $0 <= last })
    }
}
