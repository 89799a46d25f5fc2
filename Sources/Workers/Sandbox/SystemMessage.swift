import Glibc

/// What the system calls an `errno` value, such as "No such file or directory".
func systemMessage(_ error: Int32) -> String {
    String(cString: strerror(error))
}
