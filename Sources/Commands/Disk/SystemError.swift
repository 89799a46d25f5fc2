import Foundation
import Model

/// The failure that `errno` tells of. To be called before anything else that could change it.
/// - Parameter what: what could not be done, to what.
func systemError(_ what: String) -> PachError {
    let code = errno
    return PachError(code == ENOSPC || code == EDQUOT ? .outOfSpace : .io, what, cause: String(cString: strerror(code)))
}
