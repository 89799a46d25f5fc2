import ArgumentParser

/// How user code is kept apart, as an option of the commands that run it.
struct SandboxOptions: ParsableArguments {
    enum Value: String, CaseIterable, ExpressibleByArgument {
        case bubblewrap, none
    }

    @Option(help: "How user code is kept apart; 'bubblewrap' runs none where it does not work. (default: bubblewrap where it works)")
    var sandbox: Value?

    var kind: SandboxKind? {
        switch sandbox {
        case .bubblewrap?: SandboxKind.bubblewrap
        case Value.none?: SandboxKind.none
        case nil: nil
        }
    }
}
