#if _endian(big)
    #error("Model files are little-endian, and columns are used as they stand in memory.")
#endif

/// Gathers the sections of a model file.
public struct SectionWriter {
    private(set) var sections: [(name: String, content: Column<UInt8>)] = []

    /// Adds a section of numbers.
    ///
    /// - Parameters:
    ///   - name: At most eight ASCII characters, of no other section.
    ///   - column: Its numbers.
    mutating func add(_ name: String, _ column: Column<some BitwiseCopyable>) {
        sections.append((name, column.bytes))
    }

    /// Adds a section of numbers; for algorithms outside of this library.
    ///
    /// - Parameters:
    ///   - name: At most eight ASCII characters, of no other section.
    ///   - numbers: Its numbers.
    public mutating func add(_ name: String, _ numbers: [Double]) {
        add(name, Column(copying: numbers))
    }
}
