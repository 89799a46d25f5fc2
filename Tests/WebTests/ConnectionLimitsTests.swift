import Testing

@testable import Web

@Suite("Bounds of connections") struct ConnectionLimitsTests {
    @Test(
        "leave half of the descriptors to files",
        arguments: [(1 << 20, 512), (1024, 512), (1023, 511), (128, 64), (1, 1), (0, 1), (Int.max, 512)])
    func descriptors(_ descriptorCount: Int, _ connectionCount: Int) {
        #expect(ConnectionLimits(countMax: 512, ofDescriptors: descriptorCount, headerByteCountMax: 1).countMax == connectionCount)
        #expect(ConnectionLimits.descriptorCountMax > 0)
    }
}
