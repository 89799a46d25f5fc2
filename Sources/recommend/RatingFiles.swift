import ArgumentParser
import Recommenders

/// Ratings to read all of, as options of commands.
struct RatingFiles: ParsableArguments {
    @Option(
        help: ArgumentHelp("A file of ratings, or a folder of such files; may be given several times.", valueName: "path"),
        completion: .file())
    var ratings: [String]

    /// Reads the files, those below a folder in byte order of their paths.
    ///
    /// - Parameter interactions: Whether they say who liked what, the ratings making no difference.
    func read(interactions: Bool = false) throws(RecommenderError) -> Dataset {
        try Self.read(ratings, interactions: interactions)
    }

    /// Reads files and folders of them.
    static func read(_ paths: [String], interactions: Bool = false) throws(RecommenderError) -> Dataset {
        var dataset = Dataset()
        for path in paths {
            guard let tree = try FileTree(at: path) else {
                // A pipeline's input may be missing while it is empty.
                Terminal.note("There is nothing at '\(path)'; it adds no ratings.")
                continue
            }
            for file in tree.files {
                if interactions {
                    try InteractionsReader.read(file.path, into: &dataset)
                } else {
                    try RatingsReader.read(file.path, into: &dataset)
                }
            }
        }
        return dataset
    }
}
