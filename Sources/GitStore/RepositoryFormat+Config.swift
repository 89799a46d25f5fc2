import CLibgit2
import Model

extension RepositoryFormat {
    /// Reads the `[pach]` section of a repository's own config.
    init(recordedIn handle: borrowing GitRepository.Handle) throws(PachError) {
        var config: OpaquePointer?
        try GitError.check(git_repository_config_snapshot(&config, handle.pointer), "read a repository's config")
        defer { git_config_free(config) }
        var version: Int32 = 0
        try Self.check(git_config_get_int32(&version, config, "pach.format"))
        var chunker: UnsafePointer<CChar>?
        try Self.check(git_config_get_string(&chunker, config, "pach.chunker"))
        self.init(version: Int(version), chunker: chunker.map { String(cString: $0) } ?? "")
    }

    private static func check(_ status: Int32) throws(PachError) {
        guard status < 0 else { return }
        throw PachError(
            .corrupt, "the repository's config does not say how its files are stored",
            cause: GitError.error(status, "").cause,
            hint: "Its [pach] section needs 'format' and 'chunker', as they were when it was created.")
    }
}
