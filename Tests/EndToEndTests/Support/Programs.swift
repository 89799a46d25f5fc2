import Foundation

/// Where the built programs are, and the world they run in.
enum Programs {
    /// `PACH_BIN_DIR`, or else the folder of the build that the tests belong to.
    static let folder: String = {
        if let folder = ProcessInfo.processInfo.environment["PACH_BIN_DIR"] { return folder }
        // Beside the bundle of the tests, or what runs it.
        let places = [Bundle.main.bundlePath, CommandLine.arguments.first ?? "", Bundle(for: Marker.self).bundlePath]
        for place in places.map({ URL(fileURLWithPath: $0).standardizedFileURL }) {
            for folder in [place, place.deletingLastPathComponent()]
            where FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent("pach").path) {
                return folder.path
            }
        }
        return "/nowhere: build pach, or set PACH_BIN_DIR"
    }()

    private final class Marker {}

    static let isRoot = geteuid() == 0

    /// Nothing of whoever runs the tests: no configuration, no data root, no server.
    static func environment(home: String) -> [String: String] {
        [
            "PATH": "\(folder):/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, "LC_ALL": "C.UTF-8",
            "SWIFT_BACKTRACE": "enable=no", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
        ]
    }
}
