// What stands in for `pach` as the supervisor of sandboxes under test.

import CSandbox
import Foundation

pach_supervisor_main_if_requested(CommandLine.argc, CommandLine.unsafeArgv)
FileHandle.standardError.write(Data("This program is a supervisor of sandboxes, for tests.\n".utf8))
exit(64)
