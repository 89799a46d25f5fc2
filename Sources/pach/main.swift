import CSandbox
import Commands
import Files
import Glibc
import Threads

// First of all: inside a sandbox this program is the supervisor, and never comes back from here.
pach_supervisor_main_if_requested(CommandLine.argc, CommandLine.unsafeArgv)

occupyClosedStreams()
installTaskThreads()

exit(await Pach.run(backend: HouseBackend()))
