/// What is recommended to a user.
public struct RankedList: Sendable {
    /// The user's number in the data set.
    public var user: Int
    /// The items' numbers in the data set, the best first.
    public var items: [Int]

    /// Writes lists as CSV (RFC 4180, lines ending with LF), in place of what was there: `user,item`, with that header, each user's best first.
    ///
    /// - Parameters:
    ///   - lists: What to write.
    ///   - dataset: The data set that their numbers belong to.
    ///   - path: The file.
    /// - Throws: `.io` when it cannot be written.
    public static func write(_ lists: [RankedList], of dataset: Dataset, to path: String) throws(RecommenderError) {
        var file = try OutputFile(path)
        try file.write("user,item\n".utf8)
        for list in lists {
            let user = csvField(dataset.users[list.user])
            for item in list.items { try file.write("\(user),\(csvField(dataset.items[item]))\n".utf8) }
        }
        try file.finish()
    }
}
