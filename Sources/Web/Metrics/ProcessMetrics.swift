internal import Files

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the process itself uses, read when somebody asks.
package enum ProcessMetrics {
    package static func update(_ registry: MetricsRegistry) {
        if let bytes = residentByteCount() { registry.set("process_resident_memory_bytes", .gauge, to: Double(bytes)) }
        if let count = openDescriptorCount() { registry.set("process_open_fds", .gauge, to: Double(count)) }
        registry.set("process_cpu_seconds_total", .counter, to: cpuSeconds())
    }

    /// Linux: the second number of `/proc/self/statm`, in pages. Nil elsewhere.
    private static func residentByteCount() -> Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let numbers = text.split(separator: " ")
        guard numbers.count > 1, let pages = Int(numbers[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    private static func openDescriptorCount() -> Int? {
        do {
            // Without the folder that is being read.
            return try Folder.names(in: "/proc/self/fd").count - 1
        } catch {
            return nil
        }
    }

    private static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
