import ArgumentParser
import Recommenders

/// What is known beside ratings, as options of commands that train.
struct FeatureFiles: ParsableArguments {
    @Option(
        help: ArgumentHelp("A file of users and their features, separated by tabs; used by 'bayesian'.", valueName: "file"),
        completion: .file())
    var userFeatures: [String] = []

    @Option(
        help: ArgumentHelp("A file of items and their features, separated by tabs; used by 'bayesian'.", valueName: "file"),
        completion: .file())
    var itemFeatures: [String] = []

    func read(into dataset: inout Dataset) throws(RecommenderError) {
        for path in userFeatures { try FeaturesReader.read(path, of: .users, into: &dataset) }
        for path in itemFeatures { try FeaturesReader.read(path, of: .items, into: &dataset) }
    }
}
