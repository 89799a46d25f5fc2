/// The reasons of jobs that ended because newer ones make what they would have: that is no failure.
public enum JobReason {
    private static let start = "superseded "

    public static func superseded(by newer: JobLink) -> String { "\(start)by job \(newer)" }

    /// Of a job that reads what superseded jobs did not make.
    /// - Parameter pipelines: whose jobs those are.
    public static func superseded(in pipelines: [String]) -> String {
        "\(start)with the jobs that it reads from: \(pipelines.joined(separator: ", "))"
    }

    /// Whether it is one of these.
    public static func saysSuperseded(_ reason: String) -> Bool { reason.hasPrefix(start) }
}

extension JobInfo {
    /// Whether newer jobs make what this one would have.
    public var isSuperseded: Bool { (state == .killed || state == .unrunnable) && JobReason.saysSuperseded(reason) }
}
