import Files
import Foundation
import Model

/// A folder that is being written, with all below it.
///
/// Where nothing has its name yet it is written under another one, beside it, and named at the end: the name never shows a part of what
/// was asked for, and no file needs a temporary name of its own. A folder that is there already keeps what is in it, and each file that
/// is replaced is replaced as a whole.
struct NewFolder: Sendable {
    private let path: String
    private let place: String
    /// Where files are to be written before `finish`.
    let root: OpenFolder
    /// Whether nobody else writes there, so that files can have their own names from the beginning.
    private let isPrivate: Bool

    init(_ path: String) throws {
        var path = path[...]
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = String(path)
        if try Folder.status(of: self.path, followingLinks: false) != nil {
            try makeFolders(self.path)
            place = self.path
            isPrivate = false
        } else {
            let parent = folder(of: self.path)
            if !parent.isEmpty { try makeFolders(String(parent)) }
            place = parent + temporaryName()
            try makeFolders(place)
            isPrivate = true
        }
        root = try OpenFolder(following: place)
    }

    /// A file in a folder below `root`.
    func newFile(_ name: FileName, in folder: OpenFolder) throws -> NewFile {
        isPrivate ? try NewFile(creating: name, in: folder) : try NewFile(replacing: name, in: folder)
    }

    /// Gives the folder its name.
    func finish() throws {
        // Over an empty folder that appeared meanwhile this succeeds, over anything else it fails (rename(2)).
        guard isPrivate, rename(place, path) != 0 else { return }
        let error = SystemError.error(errno, "name the folder \(quoted(path))")
        abandon()
        throw error
    }

    /// Removes what nobody has seen, as far as that goes: whoever abandons has a failure of their own to tell.
    func abandon() {
        if isPrivate { try? FileManager.default.removeItem(atPath: place) }
    }
}
