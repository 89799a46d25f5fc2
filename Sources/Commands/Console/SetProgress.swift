/// How far the members of a commit set or job set are, as a bar of eight.
///
/// Pachyderm's bar says it by colour alone; ours has another sign for each, so that a file or a pipe shows it too.
struct SetProgress {
    private static let length = 8

    var succeeded = 0
    var failed = 0
    var total = 0

    var cell: Cell {
        var text = ""
        var colored = ""
        for index in 0..<Self.length {
            let (sign, color): (String, Color) =
                if index * total < succeeded * Self.length {
                    ("▇", .green)
                } else if index * total < (succeeded + failed) * Self.length {
                    ("×", .red)
                } else {
                    ("░", .yellow)
                }
            text += sign
            colored += color.applied(to: sign)
        }
        return Cell(text, colored: colored)
    }
}
