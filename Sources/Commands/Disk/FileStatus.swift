import Files
import Model

extension FileStatus {
    /// What the disk says of a name, links followed.
    /// - Throws: `notFound` where nothing is there, or a link that leads nowhere.
    init(following path: String) throws {
        guard let status = try Folder.status(of: path) else {
            let isLink = try Folder.status(of: path, followingLinks: false) != nil
            throw PachError(
                .notFound, isLink ? "\(quoted(path)) is a link that leads nowhere" : "there is no file or folder \(quoted(path))")
        }
        self = status
    }
}
