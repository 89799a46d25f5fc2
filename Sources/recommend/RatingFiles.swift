import ArgumentParser
import Recommenders

/// Ratings to read all of, as options of commands.
struct RatingFiles: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file of ratings, or a folder of such files, which may be empty; may be given several times.", valueName: "path"),
        completion: .file())
    var ratings: [String]

    /// Reads the files, those below a folder in byte order of their paths.
    ///
    /// - Parameter interactions: Whether they say who liked what, the ratings making no difference.
    func read(interactions: Bool = false) throws(RecommenderError) -> Dataset {
        try Self.read(ratings, interactions: interactions)
    }

    /// Reads files and folders of them.
    ///
    /// - Throws: `.io`, naming the path, when there is nothing at one of them; a folder may be empty.
    static func read(_ paths: [String], interactions: Bool = false) throws(RecommenderError) -> Dataset {
        var dataset = Dataset()
        for file in try files(paths) {
            if interactions {
                try InteractionsReader.read(file.path, into: &dataset)
            } else {
                try RatingsReader.read(file.path, into: &dataset)
            }
        }
        return dataset
    }

    /// The files, in the order in which they are read.
    func files() throws(RecommenderError) -> [FileTree.File] {
        try Self.files(ratings)
    }

    private static func files(_ paths: [String]) throws(RecommenderError) -> [FileTree.File] {
        var files: [FileTree.File] = []
        for path in paths { files += try FileTree.of(path).files }
        return files
    }
}
