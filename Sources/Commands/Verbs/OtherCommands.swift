import Model

/// What pachctl has and `pach` has not: the words that such a command line begins with, and what to use instead.
private let otherCommands: [(words: [String], hint: String)] = [
    (["auth"], oneToken), (["idp"], oneToken), (["enterprise"], oneToken), (["license"], oneToken),
    (["config"], placeOfData), (["connect"], placeOfData), (["port-forward"], placeOfData),
    (["debug"], "'pach logs' has what programs wrote, 'pach fsck' checks the data, and /metrics of a server tells how it does."),
    (["draw"], notBuilt), (["mount"], copyOut), (["unmount"], copyOut),
    (["edit"], "'pach list pipeline NAME --spec' prints what to edit, and 'pach update pipeline -f FILE' takes it."),
    (["extract"], "'pach backup DIR' takes the whole data root, and 'pach restore' brings it back."),
    (["find"], "Repos are Git repositories: 'git -C DIR/REPO.git log -- PATH' finds the commits that changed a path."),
    (["restart"], tryAgain), (["resume"], notBuilt), (["shell"], "'pach completion bash' makes a shell complete commands."),
    (["run", "pipeline"], tryAgain), (["run", "cron"], "There are no cron inputs: let cron put a file into a repo that it reads."),
    (["validate"], "'pach create pipeline --dry-run -f FILE' checks a spec and changes nothing."),
    (["delete", "all"], "'pach delete pipeline --all' and 'pach delete repo --all' delete what there is."),
    (["create", "project"], oneProject), (["update", "project"], oneProject), (["list", "project"], oneProject),
    (["inspect", "project"], oneProject), (["delete", "project"], oneProject),
    (["create", "secret"], notBuilt), (["list", "secret"], notBuilt), (["inspect", "secret"], notBuilt), (["delete", "secret"], notBuilt),
    (["start", "transaction"], notBuilt), (["finish", "transaction"], notBuilt), (["stop", "transaction"], notBuilt),
    (["list", "transaction"], notBuilt), (["inspect", "transaction"], notBuilt), (["delete", "transaction"], notBuilt),
]

private let notBuilt = "Not built: see docs/differences.md."
private let oneToken = "There are no users and roles: a server has one token, which clients give as PACH_TOKEN."
private let oneProject = "There is one project, 'default'."
private let placeOfData = "--root or PACH_ROOT names a data root, PACH_ADDRESS and PACH_TOKEN a server."
private let copyOut = "'pach get file REPO@BRANCH:/ -r -o DIR' copies the files to a folder."
private let tryAgain = "'pach rerun pipeline NAME' tries again what failed, with --reprocess all; 'pach run' runs what waits."

/// - Parameter line: the words of a command line.
/// - Returns: what to say where it begins like a command of pachctl that there is not; a plural is as good.
func otherCommand(_ line: [String]) -> UsageError? {
    let line = GlobalOptions.dropped(from: line)
    for (words, hint) in otherCommands where line.count >= words.count {
        guard zip(words, line).allSatisfy({ $1 == $0 || $1 == $0 + "s" }) else { continue }
        return UsageError("there is no \(quoted("pach " + words.joined(separator: " ")))", hint: hint)
    }
    return nil
}
