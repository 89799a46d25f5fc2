/// Which packs to join, so that their number stays logarithmic in the repo's size while no byte is copied often.
///
/// The rule is that of `git repack --geometric` (git-repack(1)), by bytes: sorted by size, each pack has at least `factor`
/// times the bytes of the one before. Whatever breaks that is joined, from the smallest up.
///
/// Large packs keep the rule among themselves, and many of them are left as they are: a large file comes in several that are alike, and to copy
/// it once more costs as much as to store it.
struct MergePlan {
    struct Candidate: Equatable {
        var byteCount: Int
        var objectCount: Int
    }

    var factor = 2
    /// Fewer packs than this are not joined: the search through them costs less than the syncs of a new one.
    var countMin = 8
    /// Packs of so many bytes are large.
    var largeByteCount = Limits.largePackByteCount
    /// Fewer large packs than this are not joined.
    var largeCountMin = 32
    var byteCountMax = Limits.mergedPackByteCountMax
    var objectCountMax = Limits.mergedPackObjectCountMax

    /// The indexes in `packs` of those to join, the smallest first; none where the rule holds.
    func choose(from packs: [Candidate]) -> [Int] {
        let order = packs.indices.sorted { packs[$0].byteCount < packs[$1].byteCount }
        // Packs too large to be joined with anything take no part.
        let candidates = order.filter { packs[$0].byteCount <= byteCountMax / factor && packs[$0].objectCount <= objectCountMax / factor }
        let largeFrom = candidates.firstIndex { packs[$0].byteCount >= largeByteCount } ?? candidates.endIndex
        let small = choose(Array(candidates[..<largeFrom]), of: packs, countMin)
        return small.isEmpty ? choose(Array(candidates[largeFrom...]), of: packs, largeCountMin) : small
    }

    /// - Parameter small: in ascending order of their sizes.
    private func choose(_ small: [Int], of packs: [Candidate], _ countMin: Int) -> [Int] {
        // The packs from `split` on stand in progression among themselves.
        var split = small.count
        while split > 1, packs[small[split - 1]].byteCount >= factor * packs[small[split - 2]].byteCount { split -= 1 }
        if split <= 1 { split = 0 }
        // What is joined below makes one pack; the larger ones must keep their distance to that one too.
        var total = small[..<split].reduce(0) { $0 + packs[$1].byteCount }
        while split > 0, split < small.count, packs[small[split]].byteCount < factor * total {
            total += packs[small[split]].byteCount
            split += 1
        }
        return split < countMin ? [] : prefixWithinLimits(small[..<split], packs)
    }

    private func prefixWithinLimits(_ chosen: ArraySlice<Int>, _ packs: [Candidate]) -> [Int] {
        var byteCount = 0
        var objectCount = 0
        let prefix = chosen.prefix { index in
            byteCount += packs[index].byteCount
            objectCount += packs[index].objectCount
            return byteCount <= byteCountMax && objectCount <= objectCountMax
        }
        return prefix.count < 2 ? [] : Array(prefix)
    }
}
