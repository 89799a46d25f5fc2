import Model
import Operations
import Synchronization

extension FileUploads {
    /// Small files that are at hand, one after the other.
    init(_ files: [(path: FilePath, content: [UInt8])]) {
        let rest = Rest(files[...])
        self.init {
            rest.popFirst().map { FileUpload(path: $0.path, sizeBytes: Int64($0.content.count), content: ByteStream($0.content)) }
        }
    }
}

private final class Rest: Sendable {
    private let files: Mutex<ArraySlice<(path: FilePath, content: [UInt8])>>

    init(_ files: ArraySlice<(path: FilePath, content: [UInt8])>) {
        self.files = Mutex(files)
    }

    func popFirst() -> (path: FilePath, content: [UInt8])? {
        files.withLock { $0.popFirst() }
    }
}
