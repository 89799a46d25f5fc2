/// Writes a program that is run soon, by another process: while this one had it open, what other tests start then would have it open, too, and
/// it could not be run (execve(2), ETXTBSY).
public func installProgram(_ text: String, at path: String) throws {
    _ = try runProgram(["sh", "-c", #"cat > "$1" && chmod 755 "$1""#, "sh", path], input: Array(text.utf8)).successful()
}
