import Foundation
import Model
import Specs
import Testing

@Suite struct SpecLoaderTests {
    static let train = """
        {
          "pipeline": {"name": "train"},
          "transform": {"cmd": ["python", "train.py"], "image": "example/train"},
          "input": {"pfs": {"repo": "training", "glob": "/*"}}
        }
        """

    @Test func `A spec has Pachyderm's defaults`() throws {
        let loaded = try SpecLoader.load(text: Self.train, fileName: "train.json")
        let expected = PipelineSpec(
            name: try PipelineName("train"), transform: Transform(cmd: ["python", "train.py"], image: "example/train"),
            input: .pfs(PFSInput(repo: try RepoName("training"), glob: "/*")))
        #expect(loaded.map(\.spec) == [expected])
        #expect(loaded.map(\.text) == [Self.train])
        let spec = try #require(loaded.first?.spec)
        #expect(spec.parallelism == 1 && spec.datumTries == 3 && spec.reprocess == .untilSuccess && spec.jobs == .all && !spec.previous)
        #expect(spec.output.description == "train@master")
        #expect(spec.transform.network)
        #expect(spec.input.pfsInputs.map(\.name) == ["training"])
        #expect(spec.input.displayText == "training:/*")
    }

    static let fullSnake = """
        {"pipeline": {"name": "full", "project": {"name": "default"}}, "description": "all of it",
         "transform": {"image": "i", "cmd": ["sh"], "stdin": ["a", "b"], "err_cmd": ["c"], "err_stdin": ["d"], "env": {"K": "v"},
           "accept_return_code": [3, "1"], "working_dir": "/w", "user": "1000:1000", "debug": true, "datum_batching": true,
           "network": false, "build": {"path": "./code"}, "dockerfile": "D", "image_pull_secrets": ["s"], "memory_volume": true,
           "secrets": []},
         "input": {"cross": [{"pfs": {"name": "x", "repo": "a", "branch": "b", "glob": "/"}},
           {"cross": [{"pfs": {"repo": "p", "repo_type": "user", "glob": "/*"}}, {"pfs": {"repo": "c", "glob": "/", "lazy": false}}]}]},
         "parallelism_spec": {"constant": "4"}, "output_branch": "dev",
         "datum_set_spec": {"number": 2}, "chunk_spec": {"number": 3},
         "datum_timeout": "1h30m", "datum_tries": 5, "job_timeout": "600s", "salt": "s", "reprocess_spec": "every_job", "jobs": "latest",
         "previous": true, "metadata": {"labels": {"a": "b"}}, "resource_requests": {"memory": "1G", "cpu": 0.5, "gpu": {"number": 1}},
         "autoscaling": true, "s3_out": false, "egress": null}
        """

    @Test func `Every field is read, and written again under Pachyderm's names`() throws {
        let spec = try #require(SpecLoader.load(text: Self.fullSnake, fileName: "full.json").first?.spec)
        #expect(spec.input.displayText == "(a:/ ⨯ (p:/* ⨯ c:/))")
        #expect(spec.input.pfsInputs.map(\.name) == ["x", "p", "c"])
        #expect(spec.datumTimeout?.duration == .seconds(5400))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(spec), as: UTF8.self)
        #expect(
            text == """
                {"autoscaling":true,"chunk_spec":{"number":3},"datum_set_spec":{"number":2},"datum_timeout":"5400s","datum_tries":5,\
                "description":"all of it","input":{"cross":[{"pfs":{"branch":"b","glob":"/","name":"x","repo":"a"}},{"cross":[{"pfs":\
                {"branch":"master","glob":"/*","name":"p","repo":"p"}},{"pfs":{"branch":"master","glob":"/","name":"c",\
                "repo":"c"}}]}]},"job_timeout":"600s","jobs":"latest","metadata":{"labels":{"a":"b"}},"output_branch":"dev",\
                "parallelism_spec":{"constant":4},"pipeline":{"name":"full"},"previous":true,"reprocess_spec":"every_job",\
                "resource_requests":{"cpu":0.5,"gpu":{"number":1},"memory":"1G"},"salt":"s","transform":{"accept_return_code":[1,3],\
                "build":{"path":"./code"},"cmd":["sh"],"datum_batching":true,"debug":true,"dockerfile":"D","env":{"K":"v"},\
                "err_cmd":["c"],"err_stdin":["d"],"image":"i","image_pull_secrets":["s"],"memory_volume":true,"network":false,\
                "stdin":["a","b"],"user":"1000:1000","working_dir":"/w"}}
                """)
        #expect(try JSONDecoder().decode(PipelineSpec.self, from: Data(text.utf8)) == spec)
        #expect(try SpecLoader.load(text: text, fileName: "again.json").map(\.spec) == [spec])
    }

    @Test func `camelCase names are the same fields`() throws {
        var camel = Self.fullSnake
        let words = try Regex("_([a-z0-9])")
        for line in ["until_success", "every_job"] { camel = camel.replacing(line, with: line.replacing("_", with: "~")) }
        camel = camel.replacing(words) { $0.output[1].substring?.uppercased() ?? "" }.replacing("~", with: "_")
        #expect(camel.contains("\"parallelismSpec\"") && camel.contains("\"s3Out\"") && !camel.contains("accept_return_code"))
        #expect(
            try SpecLoader.load(text: camel, fileName: "").map(\.spec) == SpecLoader.load(text: Self.fullSnake, fileName: "").map(\.spec))
    }

    @Test func `A minimal spec stays minimal when it is written`() throws {
        let spec = try #require(SpecLoader.load(text: Self.train, fileName: "train.json").first?.spec)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(
            String(decoding: try encoder.encode(spec), as: UTF8.self) == """
                {"input":{"pfs":{"branch":"master","glob":"/*","name":"training","repo":"training"}},"pipeline":{"name":"train"},\
                "transform":{"cmd":["python","train.py"],"image":"example/train"}}
                """)
    }

    static func minimal(_ name: String) -> String {
        #"{"pipeline":{"name":"\#(name)"},"transform":{"cmd":["true"]},"input":{"pfs":{"repo":"r","glob":"/"}}}"#
    }

    @Test func `A text may hold several specs`() throws {
        let concatenated = Self.minimal("a") + Self.minimal("b") + "\n\n" + Self.minimal("c") + "\n"
        let loaded = try SpecLoader.load(text: concatenated, fileName: "x")
        #expect(loaded.map(\.spec.name.description) == ["a", "b", "c"])
        #expect(loaded.map(\.text) == ["a", "b", "c"].map(Self.minimal))
        #expect(loaded.map(\.line) == [1, 1, 3])
        let array = "\u{feff} [" + Self.minimal("a") + " ,\n " + Self.minimal("b") + " ] " + Self.minimal("c")
        #expect(try SpecLoader.load(text: array, fileName: "x").map(\.text) == ["a", "b", "c"].map(Self.minimal))
    }

    @Test func `YAML documents are specs`() throws {
        let first = """
            # The first.
            %YAML 1.2
            ---
            pipeline:
              name: train
            transform:
              cmd: [python, train.py]
              stdin:
              - |
                echo "---"
                --- not a marker: indented
              env: {ANSWER: "42", NO: no, EMPTY: ''}
            input:
              pfs: {repo: training, glob: "/*"}
            parallelismSpec: {constant: 0x10}

            """
        let second = """
            ---
            pipeline: &p
              name: predict
            transform: {cmd: [sh]}
            input:
              cross:
              - pfs: &i {repo: streaming, glob: /}
              - pfs: {repo: train, glob: /}
            datum_timeout: 10s
            previous: true
            ...

            """
        let loaded = try SpecLoader.load(text: first + second + "---\n# nothing\n---\n", fileName: "x.yaml")
        #expect(loaded.map(\.text) == [first, second])
        #expect(loaded.map(\.line) == [4, 17])
        let specs = loaded.map(\.spec)
        #expect(specs.map(\.name.description) == ["train", "predict"])
        #expect(specs.first?.transform.env == ["ANSWER": "42", "NO": "no", "EMPTY": ""])
        #expect(specs.first?.transform.stdin == ["echo \"---\"\n--- not a marker: indented\n"])
        #expect(specs.first?.parallelism == 16)
        #expect(specs.last?.input.displayText == "(streaming:/ ⨯ train:/)")
    }

    @Test func `Escapes are decoded`() throws {
        let text = Self.minimal("a").replacing("true", with: #"\u00e9\n\t\"\\\/\ud83d\udc1f"#)
        #expect(try SpecLoader.load(text: text, fileName: "x").first?.spec.transform.cmd == ["é\n\t\"\\/🐟"])
    }
}
