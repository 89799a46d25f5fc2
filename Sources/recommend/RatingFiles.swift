import ArgumentParser
import Recommenders

/// Ratings to read all of, as options of commands.
struct RatingFiles: ParsableArguments {
    @Option(help: ArgumentHelp("A file of ratings, or a folder of such files; may be given several times.", valueName: "path"))
    var ratings: [String]

    /// Reads the files, those below a folder in byte order of their paths.
    func read() throws(RecommenderError) -> Dataset {
        var dataset = Dataset()
        for path in ratings {
            guard let tree = try FileTree(at: path) else {
                // A pipeline's input may be missing while it is empty.
                Terminal.note("There is nothing at '\(path)'; it adds no ratings.")
                continue
            }
            for file in tree.files { try RatingsReader.read(file.path, into: &dataset) }
        }
        return dataset
    }
}
