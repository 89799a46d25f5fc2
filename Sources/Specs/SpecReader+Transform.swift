internal import Model

extension SpecReader {
    private static let exitCodes: ClosedRange<Int64> = 0...255

    mutating func transform(_ spec: Fields) -> Transform? {
        guard let place = spec["transform"] else {
            report("pipeline must specify a transform", at: spec.object)
            return nil
        }
        guard let fields = fields(of: place, .transform) else { return nil }
        return Transform(
            cmd: command(fields), stdin: strings(fields["stdin"]) ?? [], image: string(fields["image"]),
            errCmd: strings(fields["err_cmd"]) ?? [], errStdin: strings(fields["err_stdin"]) ?? [], env: environment(fields["env"]),
            acceptReturnCode: Set(integers(fields["accept_return_code"], in: Self.exitCodes) ?? []).map { Int($0) }.sorted(),
            workingDir: string(fields["working_dir"]), user: string(fields["user"]), build: build(fields["build"]),
            debug: boolean(fields["debug"]) ?? false, datumBatching: boolean(fields["datum_batching"]) ?? false,
            network: boolean(fields["network"]) ?? true, recorded: fields.recorded)
    }

    /// Pachyderm runs an image's own entry point where there is no command; a command is all that we can run.
    private mutating func command(_ fields: Fields) -> [String] {
        guard let place = fields["cmd"], place.elements?.isEmpty != true else {
            let hint = fields["image"] == nil ? "" : "; name in 'cmd' what the image's entry point runs"
            report("pipeline transform must contain a cmd" + hint, at: fields["cmd"] ?? fields.object)
            return []
        }
        let words = strings(place) ?? []
        if words.first?.isEmpty == true { report("the program's name, which comes first in 'cmd', is empty", at: place) }
        return words
    }

    private mutating func environment(_ place: Located?) -> [String: String] {
        var result: [String: String] = [:]
        for (name, value, place) in stringMap(place) ?? [] {
            if name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) || name.utf8.contains(0) {
                report("\(quoted(name)) cannot be the name of an environment variable", at: place)
            }
            result[name] = value
        }
        return result
    }

    private mutating func build(_ place: Located?) -> Transform.Build? {
        guard let place, let fields = fields(of: place, .build) else { return nil }
        guard let pathPlace = fields["path"] else {
            report("'build' must have a 'path', the folder of the code relative to the spec", at: place)
            return nil
        }
        guard let path = string(pathPlace) else { return nil }
        guard !path.isEmpty, !path.hasPrefix("/") else {
            report("'path' must be relative to the spec, found \(quoted(path))", at: pathPlace)
            return nil
        }
        return Transform.Build(path: path)
    }
}
