import Testing

@testable import Recommenders

@Suite struct OptionsTests {
    @Test("options are Surprise's, and settings say what was set")
    func options() throws {
        var svd = SVD()
        let settings = [
            ("n_factors", "20"), ("n_epochs", "0"), ("biased", "False"), ("init_mean", "-0.5"), ("init_std_dev", "0.2"),
            ("random_state", "18446744073709551615"), ("lr_all", "0.01"), ("lr_bu", "0.5"), ("reg_all", "1e-3"),
        ]
        for (option, value) in settings { try svd.set(option, to: value) }
        #expect(svd.factors == 20 && svd.epochs == 0 && !svd.biased && svd.start == NormalStart(mean: -0.5, deviation: 0.2, seed: .max))
        #expect(svd.learningRates.userBias == 0.5 && svd.learningRates.itemBias == nil && svd.regularizations.all == 0.001)
        var again = SVD()
        for (option, value) in svd.settings { try again.set(option, to: value) }
        #expect(again == svd)
        #expect(svd.settings.map(\.name) == settings.map(\.0))
    }

    @Test(
        "refuses options that an algorithm does not have, or that are out of range, and changes nothing",
        arguments: [
            ("svd", "n_factor", "1", "svd has no option 'n_factor'", "Did you mean 'n_factors'? Its options are: n_factors,"),
            ("svd", "xyzzyxyzzy", "1", "svd has no option 'xyzzyxyzzy'", "Its options are: n_factors,"),
            ("svd", "n_factors", "0", "0 is out of range for n_factors", "Give a number from 1 to 65536."),
            ("svd", "n_factors", "1.5", "'1.5' is not a value for n_factors", "Give for example n_factors=1."),
            ("svd", "n_epochs", "-1", "-1 is out of range for n_epochs", "Give a number from 0"),
            ("svd", "lr_all", "nan", "'nan' is not a value for lr_all", "Give for example lr_all=0.0."),
            ("svd", "lr_pu", "2", "2.0 is out of range for lr_pu", "Give a number from 0.0 to 1.0."),
            ("svd", "biased", "yes", "'yes' is not a value for biased", "Give for example biased=true."),
            ("knn-basic", "sim", "pearsn", "'pearsn' is not a value for sim", "Did you mean 'pearson'? Its values are: msd, cosine"),
            ("baseline-only", "metod", "sgd", "baseline-only has no option 'metod'", "Did you mean 'method'?"),
            ("slope-one", "k", "1", "slope-one has no option 'k'", "It has no options."),
        ])
    func refusals(algorithm: String, option: String, value: String, message: String, hint: String) throws {
        var algorithm = try Algorithms.named(algorithm)
        let before = algorithm.settings.map(\.value)
        let error = try #require(throws: RecommenderError.self) { try algorithm.set(option, to: value) }
        #expect(error.code == .invalidOption)
        #expect(error.message == message)
        #expect(error.hint?.hasPrefix(hint) == true, "\(error.hint ?? "")")
        #expect(algorithm.settings.map(\.value) == before)
    }

    @Test("algorithms are found by name, the nearest is suggested for a wrong one, and the seed is the random state")
    func names() throws {
        #expect(Algorithms.names == Algorithms.names.sorted() && Set(Algorithms.names).count == 12)
        for name in Algorithms.names {
            let algorithm = try Algorithms.named(name, seed: 7)
            #expect(type(of: algorithm).name == name)
            if type(of: algorithm).isRandom { #expect(algorithm.settings.contains { $0 == ("random_state", "7") }) }
        }
        let error = try #require(throws: RecommenderError.self) { try Algorithms.named("knnbasic") }
        #expect(error.hint?.hasPrefix("Did you mean 'knn-basic'?") == true)
    }

    @Test(
        "where either kind will do, the nearest of both is suggested, and all are named",
        arguments: [("eas", "ease"), ("svdpq", "svdpp")])
    func bothKinds(name: String, nearest: String) throws {
        let error = try #require(throws: RecommenderError.self) { try Parameters(algorithm: name).check() }
        #expect(error.code == .invalidOption && error.message == "There is no algorithm '\(name)'")
        let hint = try #require(error.hint)
        #expect(hint.hasPrefix("Did you mean '\(nearest)'? The algorithms are: "), "\(hint)")
        for known in Algorithms.names + RankingAlgorithms.names {
            #expect(hint.contains(" \(known),") || hint.hasSuffix(" \(known)."), "\(known)")
            try Parameters(algorithm: known).check()
        }
    }

    @Test(
        "edit distance counts insertions, deletions and replacements", arguments: [("kitten", "sitting", 3), ("", "abc", 3), ("a", "a", 0)])
    func distances(first: String, second: String, distance: Int) {
        #expect(editDistance(first, second) == distance)
        #expect(editDistance(second, first) == distance)
    }
}
