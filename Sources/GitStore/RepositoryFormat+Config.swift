import Model

extension RepositoryFormat {
    /// What a repository's own config records.
    ///
    /// - Throws: `notSupported` where Git's own format is one that we do not know (git's Documentation/technical/repository-version.txt);
    ///   `corrupt` where there is no `[pach]` section.
    init(recordedIn config: GitConfig) throws(PachError) {
        let gitVersion = config["core.repositoryformatversion"] ?? "0"
        // `preciousobjects` asks to destroy nothing, and `noop` asks for nothing.
        let unknown = config.values.keys.sorted().first {
            $0.hasPrefix("extensions.") && $0 != "extensions.preciousobjects" && $0 != "extensions.noop"
        }
        guard gitVersion == "0" || gitVersion == "1" && unknown == nil else {
            throw PachError(
                .notSupported, "the repository has a format of Git's that pach does not know",
                cause: unknown.map { "it needs \($0)" } ?? "it is version \(quoted(gitVersion))")
        }
        guard let version = config["pach.format"].flatMap({ Int($0) }), let chunker = config["pach.chunker"] else {
            throw PachError(
                .corrupt, "the repository's config does not say how its files are stored",
                hint: "Its [pach] section needs 'format' and 'chunker', as they were when it was created.")
        }
        self.init(version: version, chunker: chunker)
    }
}
