import ArgumentParser

struct Completion: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a script that completes commands in a shell.",
        discussion: """
            Examples:
              pach completion bash > /etc/bash_completion.d/pach
              pach completion zsh > ~/.zfunc/_pach
              pach completion fish > ~/.config/fish/completions/pach.fish
            """)

    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish

        var completionShell: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "The shell.")
    var shell: Shell

    func run(in session: Session) async throws {
        try session.console.write(PachCommand.completionScript(for: shell.completionShell) + "\n")
    }
}
