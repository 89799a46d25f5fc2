import ArgumentParser

/// The root of the command tree.
struct PachCommand: AsyncParsableCommand {
    private static let verbs: [any ParsableCommand.Type] = [
        Create.self, Update.self, List.self, Inspect.self, Delete.self, Start.self, Finish.self, Squash.self, Stop.self, Rerun.self,
        Wait.self, Subscribe.self,
        Put.self, Get.self, Glob.self, Copy.self, Diff.self, Why.self, Next.self,
    ]

    private static let others: [any ParsableCommand.Type] = [
        Logs.self, Run.self, Serve.self, Fsck.self, CollectGarbage.self, Backup.self, Restore.self, SelftestCommand.self, Version.self,
        Completion.self,
    ]

    static let commands = verbs + others

    static let configuration = CommandConfiguration(
        commandName: "pach",
        abstract: "Versioned data, and pipelines that follow it.",
        discussion: """
            Data lives in repos, which are Git repositories. A pipeline says: when a commit lands in these repos, run this over the \
            changed files, and commit what it writes.

            A branch or commit is written repo@branch or repo@id, with ^ for its parent, ^N for the N-th ancestor and .N for the \
            N-th commit from the oldest; a file repo@branch:/path.

            Example:
              pach create repo training
              pach put file training@master:/a.csv -f a.csv
              pach create pipeline -f pipeline.json
              pach run
              pach list file model@master

            Exit codes: 0 success; 1 failure (of 'run' and 'wait': a job failed); 64 a command line that cannot be meant; 128 and a \
            signal's number where that ended it.
            """,
        groupedSubcommands: [
            CommandGroup(name: "Verb", subcommands: verbs),
            CommandGroup(name: "Other", subcommands: others + [MissingVerb.self]),
        ],
        defaultSubcommand: MissingVerb.self)

    // Here as well as in each command: so they may stand before the verb.
    @OptionGroup(title: "Options of all commands")
    var global: GlobalOptions
}
