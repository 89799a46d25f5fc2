import API
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Operations
import Web

extension Route {
    private static let commit = "/v1/repos/{repo}/commits/{commit}"

    /// Files in commits.
    static let files: [Route] = [
        Route(.put, "\(commit)/files/{path…}", query: ["mode"], knowsIfMatch: true, isBrief: true) { exchange in
            let file = try exchange.file
            let size = exchange.headers[.contentLength].flatMap { Int64($0) }
            // What comes with its head anyway is taken in at once, so that the engine has all in hand.
            let body = exchange.body
            let content = body.isShort ? ByteStream(try await body.collect(upTo: IncomingBody.shortByteCountMax)) : body.stream
            let upload = FileUpload(path: file.path, sizeBytes: size, content: content)
            return try await put(FileUploads([upload]), into: file.commit, exchange)
        },
        Route(.post, "\(commit)/files", query: ["mode", "prefix", "present-tree", "present-count"], knowsIfMatch: true) { exchange in
            guard exchange.isTar else {
                throw HTTPProblem(
                    PachError(
                        .notSupported, "several files are sent as a tar archive",
                        hint: "Send 'Content-Type: \(FilePath.tarMediaType)', or PUT one file to …/files/PATH."),
                    status: 415)
            }
            let prefix = try exchange.query["prefix"].map { text throws(PachError) in try FilePath(text) } ?? .root
            let files = FileUploads(tar: exchange.body.stream, below: prefix)
            return try await put(files, into: try exchange.commit, exchange, present: try presentFiles(exchange.query))
        },
        Route(.get, "\(commit)/files/{path…}") { exchange in try await download(exchange) },
        Route(.delete, "\(commit)/files/{path…}", query: ["recursive"]) { exchange in
            let recursive = try exchange.query.flag("recursive")
            return try Answer.json(try await exchange.operations.deleteFile(try exchange.file, recursive: recursive))
        },
        Route(.get, "\(commit)/entries", query: ["glob", "walk", "info"]) { exchange in try await entries(exchange) },
        Route(.get, "\(commit)/entries/{path…}", query: ["walk", "info"]) { exchange in try await entries(exchange) },
        Route(.get, "\(commit)/listing") { exchange in try await listing(exchange) },
        Route(.get, "\(commit)/listing/{path…}") { exchange in try await listing(exchange) },
        Route(.post, "\(commit)/copy") { exchange in
            let body = try await exchange.json(CopyFileBody.self)
            guard let mode = PutMode(rawValue: body.mode ?? PutMode.overwrite.rawValue) else {
                throw Query.mistake("mode", body.mode ?? "", "Choose overwrite or append.")
            }
            let destination = FileReference(commit: try exchange.commit, path: try FilePath(body.path))
            return try Answer.json(
                try await exchange.operations.copyFile(from: try FileReference(body.source), to: destination, mode: mode))
        },
        Route(.get, "\(commit)/diff", query: ["path", "old", "shallow"]) { exchange in
            let path = try exchange.query["path"].map { text throws(PachError) in try FilePath(text) } ?? .root
            let old = try exchange.query["old"].map { text throws(PachError) in try FileReference(text) }
            let (new, shallow) = (FileReference(commit: try exchange.commit, path: path), try exchange.query.flag("shallow"))
            let differences = try await exchange.whileClientStays {
                try await exchange.operations.diffFiles(new: new, old: old, shallow: shallow)
            }
            return try Answer.list(differences, for: exchange)
        },
    ]

    private static func presentFiles(_ query: Query) throws -> PresentFiles? {
        guard let text = query["present-tree"] else { return nil }
        guard let tree = ObjectID(hex: text) else { throw Query.mistake("present-tree", text, "Write the id of the commit's tree.") }
        return PresentFiles(tree: tree, count: try query.count("present-count") ?? 0)
    }

    private static func put(
        _ files: FileUploads, into commit: CommitReference, _ exchange: Exchange, present: PresentFiles? = nil
    ) async throws -> Response {
        let mode = try exchange.putMode()
        let ifHead = HeadCondition(exchange.headers)
        if ifHead != nil { try HeadCondition.requireBranch(commit) }
        return try Answer.json(
            try await exchange.operations.putFiles(files, in: commit, mode: mode, present: present, ifHead: ifHead))
    }

    private static func entries(_ exchange: Exchange) async throws -> Response {
        let file = try exchange.file
        let walk = try exchange.query.flag("walk")
        let info = try exchange.query.flag("info")
        guard [walk, info, exchange.query["glob"] != nil].count(where: { $0 }) <= 1 else {
            throw PachError(.invalidArgument, "'glob', 'walk' and 'info' exclude each other")
        }
        if let pattern = exchange.query["glob"] {
            let files = try await exchange.whileClientStays { try await exchange.operations.globFiles(pattern, in: file.commit) }
            return try Answer.list(files, for: exchange)
        }
        if walk { return Answer.stream(exchange.operations.walkFiles(file), for: exchange, isLive: false, name: "file") }
        if info { return try Answer.json(try await exchange.operations.inspectFile(file)) }
        return try Answer.list(try await exchange.operations.listFiles(file), for: exchange)
    }

    /// One value, or for clients that accept that one entry per line, the ids in the head: there is no limit to how many there are.
    private static func listing(_ exchange: Exchange) async throws -> Response {
        let listing = try await exchange.operations.listFolder(try exchange.file)
        guard exchange.accepts(JSONLines.mediaType) else { return try Answer.json(listing) }
        var response = try Answer.list(listing.entries, for: exchange)
        response.headers[.eTag] = "\"\(listing.hash)\""
        response.headers[.constant(FileHeaders.tree)] = listing.tree.description
        return response
    }

    // MARK: Downloads

    private static func download(_ exchange: Exchange) async throws -> Response {
        let file = try exchange.file
        guard exchange.request.method != .head, exchange.headers[.range] == nil else {
            return try await inspectedDownload(file, exchange)
        }
        return try await wholeDownload(file, exchange)
    }

    private static func wholeDownload(_ file: FileReference, _ exchange: Exchange) async throws -> Response {
        let download = try await exchange.operations.getFile(file, range: nil)
        let info = try requireFile(download.info)
        if isKnown(info, exchange) { return Response(status: .notModified, headers: headers(info)) }
        return Response(status: .ok, headers: headers(info), body: body(download, exchange))
    }

    /// Where more must be known of the file before a part of it is asked for, or nothing.
    private static func inspectedDownload(_ file: FileReference, _ exchange: Exchange) async throws -> Response {
        let info = try requireFile(try await exchange.operations.inspectFile(file))
        var headers = headers(info)
        if isKnown(info, exchange) { return Response(status: .notModified, headers: headers) }
        // A range of another version than the client has is of no use to it (RFC 9110, section 13.1.5).
        let isSameVersion = exchange.headers[.ifRange].map { $0 == tag(info) } ?? true
        guard isSameVersion, let asked = exchange.headers[.range].flatMap(ByteRange.init) else {
            guard exchange.request.method == .head else { return try await wholeDownload(file, exchange) }
            headers[.contentLength] = String(info.sizeBytes)
            return Response(status: .ok, headers: headers)
        }
        guard let range = asked.bytes(of: info.sizeBytes) else {
            throw HTTPProblem(
                PachError(.invalidArgument, "the file \(quoted(file.description)) has only \(info.sizeBytes) bytes"), status: 416,
                headers: [.contentRange: "bytes */\(info.sizeBytes)"])
        }
        headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(info.sizeBytes)"
        guard exchange.request.method != .head else {
            headers[.contentLength] = String(range.count)
            return Response(status: .partialContent, headers: headers)
        }
        // By the commit that was looked at: the branch may have moved since.
        let same = FileReference(commit: CommitReference(info.file.commit.commit), path: file.path)
        let download = try await exchange.operations.getFile(same, range: range)
        // A commit that is open may have another file there since.
        guard download.info.hash == info.hash else { return try await inspectedDownload(file, exchange) }
        return Response(status: .partialContent, headers: headers, body: body(download, exchange))
    }

    private static func requireFile(_ info: FileInfo) throws(PachError) -> FileInfo {
        guard info.fileType == .file else {
            throw PachError(
                .invalidArgument, "\(quoted(info.file.path.description)) is a folder, not a file",
                hint: "GET …/entries/PATH lists it, with ?walk all files below it.")
        }
        return info
    }

    private static func tag(_ info: FileInfo) -> String { "\"\(info.hash)\"" }

    /// Whether the client has this very content already.
    private static func isKnown(_ info: FileInfo, _ exchange: Exchange) -> Bool {
        EntityTags(exchange.headers[values: .ifNoneMatch])?.contains(info.hash.description) ?? false
    }

    private static func headers(_ info: FileInfo) -> HTTPFields {
        var headers: HTTPFields = [
            .contentType: "application/octet-stream", .eTag: tag(info), .acceptRanges: "bytes",
            .constant(FileHeaders.commit): FileHeaders.text(for: info.file.commit),
            .constant(FileHeaders.size): String(info.sizeBytes),
        ]
        if let committed = info.committed { headers[.constant(FileHeaders.committed)] = committed.description }
        return headers
    }

    private static func body(_ download: FileDownload, _ exchange: Exchange) -> ResponseBody {
        let length = download.range.count
        return ResponseBody(contentLength: length) { writer in
            var left = length
            for try await piece in download.content {
                left -= piece.count
                guard left >= 0 else { break }
                try await writer.write(ByteBuffer(bytes: piece))
                // A write returns before the loop has taken it, and only the loop notices that the client is slow.
                try await exchange.loop.submit {}.get()
            }
            guard left == 0 else { throw PachError(.corrupt, "the file does not have the length that its commit tells") }
            try await writer.finish(nil)
        }
    }
}

extension Exchange {
    var isTar: Bool {
        [FilePath.tarMediaType, "application/tar"].contains { headers[.contentType]?.lowercased().hasPrefix($0) ?? false }
    }
}

extension FileUploads {
    fileprivate init(_ files: [FileUpload]) {
        let stream = AsyncThrowingStream<FileUpload, any Error> { continuation in
            for file in files { continuation.yield(file) }
            continuation.finish()
        }
        let source = Pulled(stream)
        self.init { try await source.next() }
    }
}
