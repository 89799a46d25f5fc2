import Foundation
import TestSupport
import Testing

@testable import Recommenders

@Suite struct SampleTests {
    @Test("the samples of pipelines/train and pipelines/predict give what stands beside them, digit for digit")
    func samples() throws {
        let pipelines = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("pipelines").path
        var dataset = Dataset()
        for path in ["\(pipelines)/train/sample/ml-latest-small/ratings.csv", "\(pipelines)/train/sample/training"] {
            let tree = try #require(try FileTree(at: path))
            for file in tree.files { try RatingsReader.read(file.path, into: &dataset) }
        }
        let model = try RatingModel(training: SVD(), on: dataset)
        let folder = try TemporaryFolder()
        let requests = try #require(try FileTree(at: "\(pipelines)/predict/sample/streaming"))
        #expect(!requests.files.isEmpty)
        for file in requests.files {
            try model.answer(requests: file.path, into: FileTree.join(folder.path, file.relativePath))
            let expected = try String(contentsOfFile: "\(pipelines)/predict/sample/expected/\(file.relativePath)", encoding: .utf8)
            #expect(try folder.read(file.relativePath) == expected)
        }
    }
}
