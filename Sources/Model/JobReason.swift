/// The reasons of jobs that ended without having done what they were for. That a newer one makes what this one would have is no failure.
public enum JobReason {
    private static let start = "superseded "

    public static func superseded(by newer: JobLink) -> String { "\(start)by job \(newer)" }

    /// Of a job that reads what superseded jobs did not make.
    /// - Parameter pipelines: whose jobs those are.
    public static func superseded(in pipelines: [String]) -> String {
        "\(start)with the jobs that it reads from: \(pipelines.joined(separator: ", "))"
    }

    /// Of a job whose input went before it had ended.
    public static func deleted(_ repo: RepoName) -> String { "repo \(repo), which it reads, was deleted" }

    /// Whether a newer job takes its place.
    public static func saysSuperseded(_ reason: String) -> Bool { reason.hasPrefix(start) }
}

extension JobInfo {
    /// Whether newer jobs make what this one would have.
    public var isSuperseded: Bool { (state == .killed || state == .unrunnable) && JobReason.saysSuperseded(reason) }
}
