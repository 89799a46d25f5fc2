import Storage

/// The bounds that this target keeps (invariant 8), in bytes unless the name says otherwise.
public enum Limits {
    /// A commit's new objects stay in memory, and can land in the database, while they are at most this many bytes deflated.
    public static let heldByteCountMax = 256 << 10

    /// The first pack of a batch has about this size, each further one twice the one before (`packDoublingCountMax`), unless it is known how much will
    /// come; none has more than twice what it was to have. The next object begins another one.
    public static let packByteCount = 64 << 20

    /// Packs that share the objects of one batch, where many are on their way. Of what is hashed together one half is for packs, the other for the
    /// names of objects.
    static let openPackCountMax = max(1, HashLanes.width / 2)

    /// Packs that batches have open beside one each, over all repos that share an `OpenFiles`: each takes a descriptor, and reserves room on the disk.
    static let furtherPackCountMax = 16

    /// Each further pack of one batch is twice as large, this often.
    public static let packDoublingCountMax = 4

    /// A pack being written also ends at this many objects: its index entries are in memory until then (40 bytes each).
    public static let packObjectCountMax = 1 << 18

    /// Room that a pack's writer asks for ahead of what it writes, where much is on its way.
    static let reservedByteCount = 16 << 20

    /// Packs of this size are left as they are until there are many: a batch that goes to several packs makes them larger than this.
    static let largePackByteCount = 16 << 20

    /// Merging makes no pack larger than this, so that no byte is copied more than log2(this / a small pack) times.
    public static let mergedPackByteCountMax = 2 << 30

    /// Merging makes no pack of more objects, for the same reason.
    public static let mergedPackObjectCountMax = 1 << 21

    /// No object may be larger: what we write are chunks and listings far below, so a greater size is damage.
    public static let objectByteCountMax = 1 << 30

    /// Packs that lose their names together: whoever has a new one to name waits so long.
    static let retiredTogetherCountMax = 64

    /// A file that is read whole and is no object, such as a ref, `packed-refs` or the config: so much is millions of refs.
    public static let wholeFileByteCountMax = 256 << 20

    /// Pack files open at a time, over all repos that share an `OpenFiles`.
    public static let openFileCountMax = 128

    /// Deltas between an object and its base. Git's own limit is 4095 (`--depth` in git-pack-objects(1)).
    public static let deltaDepthMax = 4095

    /// Listings smaller than this are always stored whole: a delta would save little.
    static let deltaFromByteCount = 1 << 10

    /// A delta is made where it has at most this share of the object's bytes.
    static let deltaShareMax = 0.125

    /// Deltas of larger listings are not applied again when they are published.
    static let rehashedListingByteCountMax = 256 << 10

    /// A pack's writer hands data to the kernel in pieces of this size.
    static let writeByteCount = 1 << 20

    /// Calls to packs' writers that may wait, over all packs: each has some `writeByteCount`, and holds on to the arrays that its objects are parts of.
    static let waitingWriteCountMax = 16

    /// An object that is this long deflated is handed over without a copy.
    static let unbufferedByteCountMin = 64 << 10

    /// Data that a pack's writer leaves to the kernel before it asks for write-back, so that a commit that syncs meanwhile
    /// does not wait for all of it.
    static let unsyncedByteCountMax = 8 << 20

    /// Threads that deflate beside those which write to batches.
    static let objectThreadCountMax = 16

    /// Objects of these sizes may be handed to such a thread: smaller ones are deflated as fast as they are handed over, larger
    /// ones would take much memory.
    static let handedOverByteCounts = (32 << 10)...(4 << 20)

    /// Such objects that are being named or wait for a thread, over all batches: each may hold on to a piece of a file.
    static let handedOverCountMax = 32

    /// Refs that have files of their own: where there are more when all are looked at, they are packed.
    public static let looseRefCountMax = 1 << 10

    /// A ref's lock file that is older than this was left by a crash: Git holds one for milliseconds.
    static let refLockAgeSecondsMax = 60
}
