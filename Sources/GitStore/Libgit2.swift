import CLibgit2
import Model
import Synchronization

/// libgit2 as a whole: started once, with the options that the engine needs.
enum Libgit2 {
    /// - Throws: the failure of the start, at each call.
    static func start() throws(PachError) {
        try started.get()
    }

    private static let started: Result<Void, PachError> = {
        do throws(PachError) {
            try GitError.check(git_libgit2_init(), "start libgit2")
            // Refs are written durably (invariant 3).
            try GitError.check(pach_git_enable_fsync(1), "set up libgit2")
            // We look for the targets of refs ourselves: libgit2 keeps every index that it ever opened, also of packs that were
            // merged away (invariant 8).
            try GitError.check(pach_git_enable_strict_object_creation(0), "set up libgit2")
            // It refuses extensions that it does not know. This one asks it to destroy nothing, and it never does.
            var extensions: [UnsafePointer<CChar>?] = []
            let name: StaticString = "preciousobjects"
            name.withUTF8Buffer { extensions = [UnsafeRawPointer($0.baseAddress)?.assumingMemoryBound(to: CChar.self)] }
            try GitError.check(pach_git_set_extensions(&extensions, extensions.count), "set up libgit2")
            // Who may open a data root is settled by its permissions and its lock; libgit2 runs nothing that a repo names.
            try GitError.check(pach_git_set_owner_validation(0), "set up libgit2")
            // How refs are written must not depend on the settings of whoever starts the engine.
            for level in [GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_PROGRAMDATA] {
                try GitError.check(pach_git_set_search_path(level.rawValue, ""), "set up libgit2")
            }
            return .success(())
        } catch {
            return .failure(error)
        }
    }()
}
