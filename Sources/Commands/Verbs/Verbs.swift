import ArgumentParser

// The first words of a command line. Each has nouns, which are the commands; see the folder `Nouns`.

/// A word that needs a noun behind it.
protocol Verb: ParsableCommand {}

extension Verb {
    /// What a verb is.
    ///
    /// Like every command it gives its name: the parser makes a missing one of the type's, which takes a search through all conformances of
    /// the program, for each command at each start.
    static func verb(_ name: String, _ abstract: String, nouns: [any ParsableCommand.Type]) -> CommandConfiguration {
        CommandConfiguration(
            commandName: name, abstract: abstract, subcommands: nouns + [MissingNoun<Self>.self], defaultSubcommand: MissingNoun<Self>.self)
    }

    static var nouns: [any ParsableCommand.Type] { configuration.subcommands.filter { $0.configuration.shouldDisplay } }
}

struct Create: Verb {
    static let configuration = verb(
        "create", "Create a repo, branch or pipeline.",
        nouns: [CreateRepo.self, CreateBranch.self, CreatePipeline.self])
}

struct Update: Verb {
    static let configuration = verb("update", "Change a repo or pipeline.", nouns: [UpdateRepo.self, UpdatePipeline.self])
}

struct List: Verb {
    static let configuration = verb(
        "list", "List things, newest first.",
        nouns: [ListRepo.self, ListBranch.self, ListCommit.self, ListFile.self, ListPipeline.self, ListJob.self, ListDatum.self])
}

struct Inspect: Verb {
    static let configuration = verb(
        "inspect", "Tell all of one thing.",
        nouns: [
            InspectRepo.self, InspectBranch.self, InspectCommit.self, InspectFile.self, InspectPipeline.self, InspectJob.self,
            InspectDatum.self,
        ])
}

struct Delete: Verb {
    static let configuration = verb(
        "delete", "Delete things.",
        nouns: [DeleteRepo.self, DeleteBranch.self, DeleteCommit.self, DeleteFile.self, DeletePipeline.self, DeleteJob.self])
}

struct Start: Verb {
    static let configuration = verb(
        "start", "Start a commit, or a pipeline that was stopped.",
        nouns: [StartCommit.self, StartPipeline.self])
}

struct Finish: Verb {
    static let configuration = verb("finish", "Finish a commit.", nouns: [FinishCommit.self])
}

struct Squash: Verb {
    static let configuration = verb("squash", "Remove commits, and keep what they changed in their children.", nouns: [SquashCommit.self])
}

struct Stop: Verb {
    static let configuration = verb("stop", "Stop a pipeline or job.", nouns: [StopPipeline.self, StopJob.self])
}

struct Rerun: Verb {
    static let configuration = verb("rerun", "Run a pipeline again.", nouns: [RerunPipeline.self])
}

struct Wait: Verb {
    static let configuration = verb("wait", "Wait until a commit is finished or a job has ended.", nouns: [WaitCommit.self, WaitJob.self])
}

struct Subscribe: Verb {
    static let configuration = verb("subscribe", "Follow the commits of a branch.", nouns: [SubscribeCommit.self])
}

struct Put: Verb {
    static let configuration = verb("put", "Put files in a repo.", nouns: [PutFile.self])
}

struct Get: Verb {
    static let configuration = verb("get", "Get files from a repo.", nouns: [GetFile.self])
}

struct Glob: Verb {
    static let configuration = verb("glob", "Find files by pattern.", nouns: [GlobFile.self])
}

struct Copy: Verb {
    static let configuration = verb("copy", "Copy files between repos, branches and paths.", nouns: [CopyFile.self])
}

struct Diff: Verb {
    static let configuration = verb("diff", "Compare files.", nouns: [DiffFile.self])
}

struct Next: Verb {
    static let configuration = verb("next", "Take the next datum, in user code.", nouns: [NextDatum.self])
}
