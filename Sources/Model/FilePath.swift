internal import Glibc

/// The path of a file or folder in a commit: components of valid UTF-8, kept as given; the root has none.
///
/// Two paths are equal when their bytes are: Unicode forms that look alike stay different files, as they do in Git.
/// Written with a leading `/`; duplicated and trailing slashes are dropped when parsed.
public struct FilePath: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// A path is at most this long when written, as Linux has it (`PATH_MAX`, limits.h).
    public static let byteCountMax = 4095
    /// A component is at most this long, as on every Linux file system (`NAME_MAX`).
    public static let componentByteCountMax = 255

    public static let root = FilePath(components: [])

    public let components: [FileName]

    private init(components: [FileName]) {
        self.components = components
    }

    public init(_ names: some Sequence<FileName>) {
        components = Array(names)
    }

    /// Parses `a/b`, `/a/b` or `/`.
    /// - Throws: `invalidArgument` for `.`, `..`, a NUL, a component over 255 bytes, a path over 4095.
    public init(_ text: some StringProtocol) throws(PachError) {
        var names: [FileName] = []
        for part in text.utf8.split(separator: UInt8(ascii: "/")) {
            do {
                names.append(try FileName(String(decoding: part, as: UTF8.self)))
            } catch {
                throw PachError(.invalidArgument, "path \(quoted(String(text))) is not allowed", cause: error.message, hint: error.hint)
            }
        }
        components = names
        try requireLength()
    }

    /// Bytes of the written form.
    public var byteCount: Int { isRoot ? 1 : components.reduce(0) { $0 + 1 + $1.description.utf8.count } }

    /// To be called where paths were put together: each may be short enough, and both too long.
    /// - Throws: `invalidArgument` where the written form is too long.
    public func requireLength() throws(PachError) {
        guard byteCount <= Self.byteCountMax else {
            throw PachError(
                .invalidArgument, "path \(quoted(description)) is \(byteCount) bytes long; at most \(Self.byteCountMax) are allowed")
        }
    }

    public var isRoot: Bool { components.isEmpty }

    public var name: FileName? { components.last }

    /// The folder that holds it; the root's is the root.
    public var parent: FilePath { FilePath(components.dropLast()) }

    public func appending(_ name: FileName) -> FilePath {
        FilePath(components: components + [name])
    }

    public func appending(_ path: FilePath) -> FilePath {
        FilePath(components: components + path.components)
    }

    /// What remains below `folder`; nil where it is not below it.
    public func relative(to folder: FilePath) -> FilePath? {
        components.starts(with: folder.components) ? FilePath(components.dropFirst(folder.components.count)) : nil
    }

    /// With a leading slash: `/a/b`, `/`.
    public var description: String { "/" + relativeDescription }

    /// Without one: `a/b`, empty for the root.
    public var relativeDescription: String {
        components.lazy.map(\.description).joined(separator: "/")
    }

    /// By bytes of the written form, component by component.
    public static func < (left: FilePath, right: FilePath) -> Bool {
        left.components.lexicographicallyPrecedes(right.components)
    }
}

/// One component of a path.
public struct FileName: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let description: String

    public init(_ text: String) throws(PachError) {
        guard !text.utf8.isEmpty else {
            throw PachError(.invalidArgument, "a file name cannot be empty")
        }
        guard text.utf8.count <= FilePath.componentByteCountMax else {
            throw PachError(
                .invalidArgument,
                "the component \(quoted(text)) has \(text.utf8.count) bytes; at most \(FilePath.componentByteCountMax) are allowed")
        }
        if text.utf8.elementsEqual(".".utf8) || text.utf8.elementsEqual("..".utf8) {
            throw PachError(.invalidArgument, "'.' and '..' are not allowed as components", hint: "Write the path from the repo's root.")
        }
        guard !text.utf8.contains(0) else {
            throw PachError(.invalidArgument, "a file name cannot contain a NUL byte")
        }
        guard !text.utf8.contains(UInt8(ascii: "/")) else {
            throw PachError(.invalidArgument, "a file name cannot contain '/'")
        }
        description = text
    }

    /// Parses the bytes of a name that comes from a disk or a wire.
    /// - Throws: `invalidArgument` where they are not UTF-8.
    public init(bytes: some Sequence<UInt8>) throws(PachError) {
        let bytes = Array(bytes)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PachError(
                .invalidArgument, "file name \(quoted(String(decoding: bytes, as: UTF8.self))) is not valid UTF-8",
                hint: "Rename the file; names are kept as UTF-8.")
        }
        try self.init(text)
    }

    public static func == (left: FileName, right: FileName) -> Bool {
        compare(left, right) == 0
    }

    public func hash(into hasher: inout Hasher) {
        var text = description
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    public static func < (left: FileName, right: FileName) -> Bool {
        compare(left, right) < 0
    }

    /// By bytes, as Git orders names; strings compare by canonical equivalence.
    private static func compare(_ left: FileName, _ right: FileName) -> Int {
        var (left, right) = (left.description, right.description)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                guard let leftBase = left.baseAddress, let rightBase = right.baseAddress else { return left.count - right.count }
                let order = memcmp(leftBase, rightBase, min(left.count, right.count))
                return order == 0 ? left.count - right.count : Int(order)
            }
        }
    }
}
