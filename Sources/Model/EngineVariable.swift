/// The variables that the engine sets in the environment of user code, whatever a spec says, beside those of its inputs; Pachyderm's names.
public enum EngineVariable: String, Sendable, Hashable, CaseIterable {
    case job = "PACH_JOB_ID"
    case outputCommit = "PACH_OUTPUT_COMMIT_ID"
    case datum = "PACH_DATUM_ID"
    case pipeline = "PPS_PIPELINE_NAME"
    case specCommit = "PPS_SPEC_COMMIT"
    case nextSocket = "PACH_NEXT_SOCKET"

    /// The variable that holds the commit of an input; the input's own name is that of the datum's path in it.
    public static func commit(ofInput name: String) -> String { "\(name)_COMMIT" }
}

/// The variables that programs expect on any machine (environ(7)). User code finds them set, if not by its spec; an input of such a name would
/// take one away.
public enum StandardVariable: String, Sendable, Hashable, CaseIterable {
    case home = "HOME"
    case temporary = "TMPDIR"
    case user = "USER"
    case loginName = "LOGNAME"
    case language = "LANG"
    case path = "PATH"
}
