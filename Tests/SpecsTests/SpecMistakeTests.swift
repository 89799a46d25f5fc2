import Model
import Specs
import Testing

/// Each text with all that is said of it: `line:column pointer message`.
@Suite struct SpecMistakeTests {
    static func mistakes(_ text: String) -> [String] {
        mistakes(bytes: Array(text.utf8))
    }

    static func mistakes(bytes: [UInt8]) -> [String] {
        do throws(PachError) {
            _ = try SpecLoader.load(bytes: bytes, fileName: "x")
            return []
        } catch {
            return error.details.map { detail in
                let place = "\(detail.line ?? 0):\(detail.column ?? 0)"
                return [place, detail.pointer, detail.message].compactMap(\.self).joined(separator: " ")
            }
        }
    }

    /// A spec with a part of it replaced.
    static func spec(
        pipeline: String = #""pipeline":{"name":"a"}"#, transform: String = #""transform":{"cmd":["x"]}"#,
        input: String = #""input":{"pfs":{"repo":"r","glob":"/"}}"#, more: String = ""
    ) -> String {
        "{" + [more, pipeline, transform, input].filter { !$0.isEmpty }.joined(separator: ",\n") + "}"
    }

    @Test(
        "Mistakes of syntax",
        arguments: [
            ("", "1:1 the text holds no pipeline spec"),
            ("  \n", "1:1 the text holds no pipeline spec"),
            ("# only a comment\n", "1:1 the text holds no pipeline spec"),
            ("[]", "1:1 the text holds no pipeline spec"),
            ("{\n  \"a\" 1}", "2:7 expected ':' after the key \"a\", found '1'"),
            ("{\"a\": 1,}", "1:9 nothing follows ','; JSON has no comma after the last value"),
            ("{\"a\": 1 \"b\"}", "1:9 expected ',' or '}', found '\"'"),
            ("{\"é\": tru}", "1:7 expected a value, found 't'"),
            ("{a: 1}", "1:2 expected a key in double quotes, found 'a'"),
            ("{\n", "2:1 the text ends within an object that begins at line 1, column 1"),
            ("{\"a\": [1,\n 2", "2:3 the text ends within an array that begins at line 1, column 7"),
            ("{\"a\": \"b", "1:9 the text ends within a string that begins at line 1, column 7"),
            ("{\"a\":", "1:6 the text ends where a value should be"),
            ("{\"a\": 01}", "1:9 a number does not begin with 0"),
            ("{\"a\": 1.}", "1:9 expected a digit, found '}'"),
            ("{\"a\": \"\\ud83d\"}", "1:8 half of a surrogate pair is not a character"),
            ("{\"a\": \"\\x\"}", "1:9 there is no escape '\\' with 'x'"),
            ("{\"a\": \"\t\"}", "1:8 a string cannot hold the control character \\t; write an escape such as \\n"),
            ("{ // why\n}", "1:3 expected a key in double quotes, found '/'"),
            ("{\"a\": /* why */ 1}", "1:7 JSON has no comments"),
            ("a: [", "2:1 not YAML: did not find expected node content while parsing a flow node"),
            ("a: 1\n b: 2", "2:3 not YAML: mapping values are not allowed in this context"),
            ("a: *b", "1:4 not YAML: found undefined alias"),
            ("a: 1\nb: 2\na: 3", "1:1 duplicate key 'a'"),
            ("? [a]\n: 1", "1:3 a key must be a string"),
            ("a: &x {b: 1}\n<<: *x", "2:1 merge keys ('<<') are not supported"),
            ("a: !!binary b", "1:4 the tag 'tag:yaml.org,2002:binary' is not supported"),
        ])
    func syntax(text: String, expected: String) {
        #expect(Self.mistakes(text) == [expected])
    }

    @Test(
        "Mistakes of meaning",
        arguments: [
            (spec(pipeline: ""), ["1:1  invalid pipeline spec: Pipeline.Name cannot be empty"]),
            (spec(pipeline: #""pipeline":{}"#), ["1:13 /pipeline invalid pipeline spec: Pipeline.Name cannot be empty"]),
            (spec(pipeline: #""pipeline":{"name":""}"#), ["1:13 /pipeline invalid pipeline spec: Pipeline.Name cannot be empty"]),
            (spec(pipeline: #""pipeline":"a""#), ["1:13 /pipeline expected an object, found the string 'a'"]),
            (
                spec(pipeline: #""pipeline":{"name":"-a"}"#),
                ["1:21 /pipeline/name pipeline names must start with an alphanumeric character: found '-a'"]
            ),
            (
                spec(pipeline: "\"pipeline\":{\"name\":\"\(String(repeating: "a", count: 54))\"}"),
                [
                    "1:21 /pipeline/name pipeline name '\(String(repeating: "a", count: 54))' is 3 characters longer than the 51 max"
                ]
            ),
            (
                spec(pipeline: #""pipeline":{"name":"a b"}"#),
                ["1:21 /pipeline/name pipeline name 'a b' is not allowed. Use letters, digits, '_' and '-'."]
            ),
            (
                spec(pipeline: #""pipeline":{"name":"a","project":{"name":"p"}}"#),
                ["1:43 /pipeline/project/name the project 'p' is not supported: there is only 'default'"]
            ),
            (spec(transform: ""), ["1:1  pipeline must specify a transform"]),
            (spec(transform: #""transform":{}"#), ["2:13 /transform pipeline transform must contain a cmd"]),
            (
                spec(transform: #""transform":{"image":"i"}"#),
                ["2:13 /transform pipeline transform must contain a cmd; name in 'cmd' what the image's entry point runs"]
            ),
            (spec(transform: #""transform":{"cmd":[]}"#), ["2:20 /transform/cmd pipeline transform must contain a cmd"]),
            (
                spec(transform: #""transform":{"cmd":"sh"}"#),
                ["2:20 /transform/cmd expected an array of strings, found the string 'sh'"]
            ),
            (
                spec(transform: #""transform":{"cmd":["sh",3]}"#),
                ["2:26 /transform/cmd/1 expected a string, found the number 3; put it in quotes"]
            ),
            (
                spec(transform: #""transform":{"cmd":["a\u0000"]}"#), ["2:21 /transform/cmd/0 a text cannot hold a NUL character"]
            ),
            (
                spec(transform: #""transform":{"cmd":["x"],"env":{"A=B":"c","a/b~":1}}"#),
                [
                    "2:39 /transform/env/A=B 'A=B' cannot be the name of an environment variable",
                    "2:50 /transform/env/a~1b~0 expected a string, found the number 1; put it in quotes",
                ]
            ),
            (
                spec(transform: #""transform":{"cmd":["x"],"accept_return_code":[256]}"#),
                ["2:48 /transform/accept_return_code/0 256 is out of range: at least 0, at most 255"]
            ),
            (
                spec(transform: #""transform":{"cmd":["x"],"build":{"path":"/abs","language":"python"}}"#),
                [
                    "2:42 /transform/build/path 'path' must be relative to the spec, found '/abs'",
                    "2:49 /transform/build/language 'language' is not supported: the command runs with what the machine has installed",
                ]
            ),
            (
                spec(transform: #""transform":{"cmd":["x"],"secrets":[{"name":"s"}]}"#),
                [
                    "2:26 /transform/secrets 'secrets' is not supported: the engine keeps none; "
                        + "code sees the files below /etc and /opt of this machine"
                ]
            ),
            (spec(input: ""), ["1:1  no input set"]),
            (spec(input: #""input":{}"#), ["3:9 /input no input set"]),
            (spec(input: #""input":{"cross":[]}"#), ["3:9 /input no input set"]),
            (
                spec(input: #""input":{"pfs":{"repo":"r","glob":"/"},"cross":[{"pfs":{"repo":"r","glob":"/"}}]}"#),
                ["3:9 /input multiple input types set"]
            ),
            (
                spec(input: #""input":{"cron":{"name":"t","spec":"@daily"}}"#),
                ["3:10 /input/cron 'cron' is not supported: let cron put a file into a repo that the pipeline reads"]
            ),
            (spec(input: #""input":{"join":[]}"#), ["3:9 /input no input set"]),
            (
                spec(input: #""input":{"pfs":{"glob":"/"}}"#), ["3:16 /input/pfs input must specify a repo"]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"r"}}"#), ["3:16 /input/pfs input must specify a glob"]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"r","glob":""}}"#), ["3:16 /input/pfs input must specify a glob"]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"r","glob":"/","branch":"a b"}}"#),
                ["3:48 /input/pfs/branch branch name 'a b' is not allowed. Use 1 to 63 letters, digits, '_' and '-'."]
            ),
            (spec(input: #""input":{"pfs":{"repo":"r","name":"","glob":"/","branch":"","commit":null,"s3":false}}"#), []),
            (
                spec(input: #""input":{"pfs":{"repo":"r","glob":"/a{b"}}"#),
                [
                    "3:35 /input/pfs/glob glob '/a{b': '{' has no '}' after it; write '\\{' for the character itself, at character 3"
                ]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"r","glob":"/(*)","joinOn":"$1"}}"#),
                [
                    "3:35 /input/pfs/glob glob '/(*)': groups such as '(…)' are not supported, at character 2",
                    "3:42 /input/pfs/joinOn 'joinOn' is not supported: it has a meaning only in a join",
                ]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"r","glob":"/","commit":"c","lazy":true,"s3":false}}"#),
                [
                    "3:48 /input/pfs/commit input cannot come from a commit; use a branch with head pointing to the commit",
                    "3:52 /input/pfs/lazy 'lazy' is not supported: a datum's files are there before its code runs; "
                        + "a finer glob makes smaller datums",
                ]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"out","glob":"/"}}"#),
                [
                    "3:24 /input/pfs/repo inputs based on repos named \"out\" must have 'name' set, "
                        + "as pachyderm already creates /pfs/out to collect job output"
                ]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"r","name":"out","glob":"/"}}"#),
                ["3:35 /input/pfs/name input cannot be named \"out\", as pachyderm already creates /pfs/out to collect job output"]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"HOME","glob":"/"}}"#),
                [
                    "3:24 /input/pfs/repo an input named 'HOME' would take the variable 'HOME' away from the program; "
                        + "give it another 'name'"
                ]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"r","name":"PACH_JOB_ID","glob":"/"}}"#),
                [
                    "3:35 /input/pfs/name an input named 'PACH_JOB_ID' would take the variable 'PACH_JOB_ID' away from the program; "
                        + "give it another 'name'"
                ]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"PPS_SPEC","glob":"/"}}"#),
                [
                    "3:24 /input/pfs/repo an input named 'PPS_SPEC' would take the variable 'PPS_SPEC_COMMIT' away from the program; "
                        + "give it another 'name'"
                ]
            ),
            (
                spec(
                    input: #""input":{"cross":[{"pfs":{"repo":"r","glob":"/"}},{"pfs":{"repo":"r_COMMIT","glob":"/"}},"#
                        + "\n" + #"{"cross":[{"pfs":{"repo":"s_COMMIT","glob":"/"}}]},{"pfs":{"repo":"t","name":"s","glob":"/"}}]}"#),
                [
                    "3:66 /input/cross/1/pfs/repo two inputs would give the program the variable 'r_COMMIT'; "
                        + "give one of them another 'name'",
                    "4:78 /input/cross/3/pfs/name two inputs would give the program the variable 's_COMMIT'; "
                        + "give one of them another 'name'",
                ]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"r","name":".env","glob":"/"}}"#),
                ["3:35 /input/pfs/name the input name '.env' is not allowed: it names a folder and an environment variable"]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"a","glob":"/"}}"#),
                ["3:24 /input/pfs/repo pipeline 'a' cannot read its own output; set 'previous' to true to see the last one"]
            ),
            (
                spec(
                    input: "\"input\":{\"cross\":[{\"pfs\":{\"repo\":\"r\",\"name\":\"\u{e9}\",\"glob\":\"/\"}},"
                        + "\n{\"pfs\":{\"repo\":\"s\",\"name\":\"e\u{301}\",\"glob\":\"/\"}}]}"),
                ["4:27 /input/cross/1/pfs/name name 'e\u{301}' was used more than once; give one of the inputs another 'name'"]
            ),
            (
                spec(
                    input:
                        #""input":{"cross":[{"pfs":{"repo":"r","glob":"/"}},{"pfs":{"repo":"r","glob":"/x"}},"#
                        + #"{"pfs":{"name":"r","repo":"s","glob":"/"}}]}"#
                ),
                [
                    "3:66 /input/cross/1/pfs/repo name 'r' was used more than once; give one of the inputs another 'name'",
                    "3:99 /input/cross/2/pfs/name name 'r' was used more than once; give one of the inputs another 'name'",
                ]
            ),
            (
                spec(more: #""parallelism_spec":{"constant":0}, "datum_tries":"x", "job_timeout":"0s", "datum_timeout":"10""#),
                [
                    "1:33 /parallelism_spec/constant 0 is out of range: at least 1, at most 10000",
                    "1:51 /datum_tries expected an integer, found the string 'x'",
                    "1:70 /job_timeout a timeout must be longer than 0s",
                    "1:92 /datum_timeout '10' is not a duration. Write numbers with the units h, m, s, ms, us or ns: 10s, 1h30m.",
                ]
            ),
            (
                spec(more: #""parallelism_spec":{"constant":1.5,"coefficient":2}, "datum_tries":1e30"#),
                [
                    "1:33 /parallelism_spec/constant expected an integer, found the number 1.5",
                    "1:37 /parallelism_spec/coefficient 'coefficient' is not supported: there are no nodes to count; use 'constant'",
                    "1:69 /datum_tries 1e30 is out of range: at least 1, at most 1000000",
                ]
            ),
            (
                spec(more: #""reprocess_spec":"never","jobs":"newest","previous":"yes""#),
                [
                    "1:19 /reprocess_spec invalid pipeline spec: ReprocessSpec must be one of 'until_success' or 'every_job'",
                    "1:34 /jobs expected one of 'all', 'latest', found 'newest'",
                    "1:54 /previous expected true or false, found the string 'yes'",
                ]
            ),
            (
                spec(more: #""imput":1,"datumTrys":2,"glob":"/","xyzzy":3,"name":"a""#),
                [
                    "1:2 /imput unknown field 'imput' in the pipeline spec; did you mean 'input'?",
                    "1:12 /datumTrys unknown field 'datumTrys' in the pipeline spec; did you mean 'datumTries'?",
                    "1:26 /glob unknown field 'glob' in the pipeline spec; it belongs in 'pfs'",
                    "1:37 /xyzzy unknown field 'xyzzy' in the pipeline spec",
                    "1:47 /name unknown field 'name' in the pipeline spec; it belongs in 'pipeline'",
                ]
            ),
            (
                spec(more: #""salt":"a","salt":"b","datum_tries":1,"datumTries":1"#),
                [
                    "1:13 /salt duplicate key 'salt'",
                    "1:40 /datumTries duplicate field 'datumTries': 'datum_tries' is the same",
                ]
            ),
            (
                spec(more: #""metadata":{"labels":{"a":1,"a":2}},"cache_size":1e999"#),
                ["1:30 /metadata/labels/a duplicate key 'a'", "1:51 /cache_size the number 1e999 is out of range"]
            ),
            (
                spec(more: #""spout":{},"podPatch":"[]","egress":{"URL":"s3://x"},"update":true,"spec_commit":{}"#),
                [
                    "1:2 /spout 'spout' is not supported: pipelines run as commits come; let what receives the data call 'pach put file'",
                    "1:13 /podPatch 'podPatch' is not supported: it would change what the code sees, and there is no pod",
                    "1:29 /egress 'egress' is not supported: copy an output with 'pach wait commit' and 'pach get file -r'",
                    "1:55 /update 'update' is not supported: use the command 'pach update pipeline'",
                    "1:69 /spec_commit 'spec_commit' is not supported: the engine sets it",
                ]
            ),
            (spec() + "\n" + spec(), ["4:21 /pipeline/name a second pipeline is named 'a'"]),
            ("[\(spec()),\n 3]", ["4:2 /1 expected an object, found the number 3"]),
            (
                spec(more: #""jobs":"x""#) + "{",
                [
                    "1:9 /jobs expected one of 'all', 'latest', found 'x'",
                    "4:42 the text ends within an object that begins at line 4, column 41",
                ]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"r","repo_type":"meta","glob":"/"}}"#),
                [
                    "3:40 /input/pfs/repo_type inputs from repos of the type 'meta' are not supported: "
                        + "put what 'pach list datum PIPELINE@JOB -o json' prints into a repo"
                ]
            ),
            (
                spec(input: #""input":{"pfs":{"repo":"a","repo_type":"spec","glob":"/"}}"#),
                [
                    "3:24 /input/pfs/repo pipeline 'a' cannot read its own output; set 'previous' to true to see the last one",
                    "3:40 /input/pfs/repo_type inputs from repos of the type 'spec' are not supported: "
                        + "put what 'pach list pipeline NAME --spec' prints into a repo",
                ]
            ),
            ("- pipeline: {name: a}", ["1:1  expected an object, found an array"]),
            ("just words", ["1:1  expected an object, found the string 'just words'"]),
            (
                "pipeline: {name: a}\n---\npipeline:\n  name: 3\ntransform: {cmd: [x]}\ninput: {pfs: {repo: r, glob: /}}\n",
                [
                    "1:1  pipeline must specify a transform", "1:1  no input set",
                    "4:9 /pipeline/name expected a string, found the number 3; put it in quotes",
                ]
            ),
        ])
    func meaning(text: String, expected: [String]) {
        #expect(Self.mistakes(text) == expected)
    }

    @Test func `The error says what it is about`() throws {
        let error = #expect(throws: PachError.self) { try SpecLoader.load(text: "{}", fileName: "train.json") }
        #expect(error?.code == .invalidSpec)
        #expect(error?.message == "pipeline spec train.json has 3 mistakes")
        #expect(error?.details.allSatisfy { $0.file == "train.json" } == true)
    }

    @Test func `Bytes that are not UTF-8 are located`() {
        #expect(Self.mistakes(bytes: Array("{\n \"é\": \"".utf8) + [0xff]) == ["2:8 the text is not UTF-8"])
    }

    @Test func `Depth is bounded`() {
        for bracket in ["[", "{\"a\":", "- ", "{a: ", "? "] {
            let prefix = bracket.hasPrefix("{\"") || bracket == "[" ? "{\"a\": " : "a:\n  "
            let mistakes = Self.mistakes(prefix + String(repeating: bracket, count: 5000))
            #expect(mistakes.count == 1, "\(bracket)")
            #expect(mistakes.first?.contains("nest") == true, "\(bracket): \(mistakes)")
        }
        let deep = "a: " + String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        #expect(Self.mistakes(deep) == ["1:68 values nest deeper than 64"])
    }

    @Test func `Aliases do not multiply without bound`() {
        var bomb = "a0: &a0 [\(Array(repeating: "x", count: 40_000).joined(separator: ","))]\n"
        bomb += "a1: &a1 [*a0, *a0, *a0, *a0]\n"
        // An alias has the place of what it stands for: here an element within the third repetition.
        #expect(Self.mistakes(bomb) == ["1:40000 the document has more than 100000 values, those of aliases included"])
        bomb += "a2: &a2 [*a1, *a1, *a1, *a1, *a1, *a1]\n"
        #expect(Self.mistakes(bomb) == ["3:31 the document has more than 8 aliases"])
        let script = "stdin: |\n" + String(repeating: "  rm *log && ls *x & wait\n", count: 20)
        #expect(!Self.mistakes(script).contains { $0.contains("alias") })
    }

    /// Tens of gigabytes where each element below a long key holds that key, if all of them are kept.
    @Test func `What is told of a text is not much longer than the text`() {
        let key = String(repeating: "k", count: 100_000)
        let elements = Array(repeating: "1e999", count: 1000).joined(separator: ",")
        let mistakes = Self.mistakes(Self.spec(more: "\"metadata\":{\"\(key)\":[\(elements)]}"))
        #expect(mistakes.count == 101)
        #expect(mistakes.first?.hasSuffix("k… the number 1e999 is out of range") == true)
        #expect(mistakes.reduce(0) { $0 + $1.utf8.count } < 200_000)
    }

    @Test func `Texts and lists of mistakes are bounded`() {
        let unknown = (0..<150).map { "\"field-\($0)-\($0)\":1" }.joined(separator: ",")
        let mistakes = Self.mistakes(Self.spec(more: unknown))
        #expect(mistakes.count == 101)
        #expect(mistakes.last == "0:0 and 50 more mistakes")
        let error = #expect(throws: PachError.self) {
            try SpecLoader.load(text: String(repeating: " ", count: SpecLoader.byteCountMax + 1), fileName: "x")
        }
        #expect(error?.code == .tooLarge)
    }
}
