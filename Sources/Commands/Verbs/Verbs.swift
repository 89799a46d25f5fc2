import ArgumentParser

// The first words of a command line. Each has nouns, which are the commands; see the folder `Nouns`.

/// A word that needs a noun behind it.
protocol Verb: ParsableCommand {
    static var abstract: String { get }
    static var nouns: [any ParsableCommand.Type] { get }
}

extension Verb {
    static var configuration: CommandConfiguration {
        CommandConfiguration(abstract: abstract, subcommands: nouns + [MissingNoun<Self>.self], defaultSubcommand: MissingNoun<Self>.self)
    }
}

struct Create: Verb {
    static let abstract = "Create a repo, branch or pipeline."
    static let nouns: [any ParsableCommand.Type] = [CreateRepo.self, CreateBranch.self, CreatePipeline.self]
}

struct Update: Verb {
    static let abstract = "Change a repo or pipeline."
    static let nouns: [any ParsableCommand.Type] = [UpdateRepo.self, UpdatePipeline.self]
}

struct List: Verb {
    static let abstract = "List things, newest first."
    static let nouns: [any ParsableCommand.Type] = [
        ListRepo.self, ListBranch.self, ListCommit.self, ListFile.self, ListPipeline.self, ListJob.self, ListDatum.self,
    ]
}

struct Inspect: Verb {
    static let abstract = "Tell all of one thing."
    static let nouns: [any ParsableCommand.Type] = [
        InspectRepo.self, InspectBranch.self, InspectCommit.self, InspectFile.self, InspectPipeline.self, InspectJob.self,
        InspectDatum.self,
    ]
}

struct Delete: Verb {
    static let abstract = "Delete things."
    static let nouns: [any ParsableCommand.Type] = [
        DeleteRepo.self, DeleteBranch.self, DeleteCommit.self, DeleteFile.self, DeletePipeline.self, DeleteJob.self,
    ]
}

struct Start: Verb {
    static let abstract = "Start a commit, or a pipeline that was stopped."
    static let nouns: [any ParsableCommand.Type] = [StartCommit.self, StartPipeline.self]
}

struct Finish: Verb {
    static let abstract = "Finish a commit."
    static let nouns: [any ParsableCommand.Type] = [FinishCommit.self]
}

struct Squash: Verb {
    static let abstract = "Remove commits, and keep what they changed in their children."
    static let nouns: [any ParsableCommand.Type] = [SquashCommit.self]
}

struct Stop: Verb {
    static let abstract = "Stop a pipeline or job."
    static let nouns: [any ParsableCommand.Type] = [StopPipeline.self, StopJob.self]
}

struct Wait: Verb {
    static let abstract = "Wait until a commit is finished or a job has ended."
    static let nouns: [any ParsableCommand.Type] = [WaitCommit.self, WaitJob.self]
}

struct Subscribe: Verb {
    static let abstract = "Follow the commits of a branch."
    static let nouns: [any ParsableCommand.Type] = [SubscribeCommit.self]
}

struct Put: Verb {
    static let abstract = "Put files in a repo."
    static let nouns: [any ParsableCommand.Type] = [PutFile.self]
}

struct Get: Verb {
    static let abstract = "Get files from a repo."
    static let nouns: [any ParsableCommand.Type] = [GetFile.self]
}

struct Glob: Verb {
    static let abstract = "Find files by pattern."
    static let nouns: [any ParsableCommand.Type] = [GlobFile.self]
}

struct Copy: Verb {
    static let abstract = "Copy files between repos, branches and paths."
    static let nouns: [any ParsableCommand.Type] = [CopyFile.self]
}

struct Diff: Verb {
    static let abstract = "Compare files."
    static let nouns: [any ParsableCommand.Type] = [DiffFile.self]
}

struct Next: Verb {
    static let abstract = "Take the next datum, in user code."
    static let nouns: [any ParsableCommand.Type] = [NextDatum.self]
}
