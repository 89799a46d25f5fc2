import Model
import Operations

extension Operations {
    /// Stores files in a commit that is finished on return.
    /// - Throws: `unavailable` where they may be stored all the same.
    func commit(_ files: [(path: FilePath, content: [UInt8])], to branch: Branch) async throws -> CommitID {
        let result = try await putFiles(FileUploads(files), in: CommitReference(branch), mode: .overwrite)
        let commit = result.commit.commit
        if result.commit.finished == nil {
            // A commit that an earlier front left open when it was cut off: the files are in it, and now it ends.
            do {
                _ = try await finishCommit(CommitReference(commit.commit), description: nil)
            } catch let error as PachError {
                throw PachError(.unavailable, "the files are in the commit \(commit), which could not be finished", cause: "\(error)")
            }
        }
        return commit.id
    }
}
