// What stands in for `pach` in sandboxes under test: as their supervisor, and as `pach next datum`, well-behaved or not.

import CSandbox
import Foundation

pach_supervisor_main_if_requested(CommandLine.argc, CommandLine.unsafeArgv)
let words = CommandLine.arguments.dropFirst()
switch words.first {
case "next": exit(askForDatum(words.joined(separator: " ") + "\n", .reads))
case "ignore": exit(askForDatum("next\n", .ignores))
case "leave": exit(askForDatum("next\n", .leaves))
case "flood":
    while askForDatum("", .leaves) == 0 {}
    exit(1)
default:
    FileHandle.standardError.write(Data("This program is a supervisor of sandboxes, for tests.\n".utf8))
    exit(64)
}
