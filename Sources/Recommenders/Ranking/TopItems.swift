internal import CKernels

extension Ranker {
    /// The best items for some users, without those that they liked already.
    ///
    /// - Parameters:
    ///   - count: The most items for each user, at least 1.
    ///   - users: Inner numbers.
    ///   - trainset: What the ranker was fitted to.
    ///   - machine: What to compute with.
    /// - Returns: For each user, inner numbers of items, the best first, among equals those that appeared first.
    public func top(_ count: Int, for users: Range<Int>, of trainset: Trainset, on machine: Machine = .whole) -> [[Int]] {
        let stride = Kernels.stride(of: trainset.itemCount)
        let found = AlignedMemory<Int32>(count: users.count * count)
        let chunk = 64
        let counts = AlignedMemory<Int32>(count: users.count)
        machine.forEach(users.count, chunk: chunk) { positions in
            var scores = [Float](repeating: 0, count: positions.count * stride)
            score(users.lowerBound + positions.lowerBound..<users.lowerBound + positions.upperBound, into: &scores, stride: stride)
            for (row, position) in positions.enumerated() {
                for item in trainset.byUser.group(users.lowerBound + position).others { scores[row * stride + Int(item)] = -.infinity }
                scores.withUnsafeBufferPointer { scores in
                    guard let scores = scores.baseAddress else { return }
                    counts.start[position] = Int32(
                        machine.kernels.top(scores + row * stride, trainset.itemCount, count, found.start + position * count))
                }
            }
        }
        return (0..<users.count).map { position in
            (0..<Int(counts.start[position])).map { Int(found.start[position * count + $0]) }
        }
    }
}
