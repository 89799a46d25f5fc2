/// What a backup or a restoration copied. All of it was read again and compared with its checksums.
public struct BackupReport: Sendable, Hashable, Codable {
    public var repos: Int
    public var packsCopied: Int
    /// Packs that were there from an earlier time.
    public var packsPresent: Int
    public var bytesCopied: Int64

    enum CodingKeys: String, CodingKey {
        case repos
        case packsCopied = "packs_copied"
        case packsPresent = "packs_present"
        case bytesCopied = "bytes_copied"
    }

    public init(repos: Int, packsCopied: Int, packsPresent: Int, bytesCopied: Int64) {
        self.repos = repos
        self.packsCopied = packsCopied
        self.packsPresent = packsPresent
        self.bytesCopied = bytesCopied
    }
}
