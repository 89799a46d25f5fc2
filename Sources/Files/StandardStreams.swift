import Glibc

/// Puts `/dev/null` in the place of each of standard input, output and error that is closed, opened so that whoever uses the stream fails as
/// before (`EBADF`): the next file that the process opens would take its number, be read as input and be written to as output.
///
/// To be called before anything is opened.
package func occupyClosedStreams() {
    for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)] {
        guard fcntl(descriptor, F_GETFD) < 0, errno == EBADF else { continue }
        // The lowest number that is free (open(2)) is this one.
        guard open("/dev/null", mode) == descriptor else { _exit(EX_OSERR) }
    }
}
