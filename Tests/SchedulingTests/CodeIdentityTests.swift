import Testing

@testable import Scheduling

@Suite("Which programs count as code")
struct CodeIdentityTests {
    @Test("what people install themselves, wherever that is", arguments: ["/usr/local/bin/embed", "/opt/embed/bin/embed", "/srv/embed"])
    func own(_ path: String) {
        #expect(!CodeIdentity.isOfTheSystem(path))
    }

    @Test("not what comes with the system", arguments: ["/usr/bin/python3", "/bin/sh", "/usr/lib/git-core/git", "/nix/store/x/bin/sh"])
    func system(_ path: String) {
        #expect(CodeIdentity.isOfTheSystem(path))
    }
}
