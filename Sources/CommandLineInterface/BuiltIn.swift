/// Options and commands that every program has without declaring them.
enum BuiltIn {
  static let help = Option(flag: "help", short: "h", help: "Show this help and exit.")
  static let version = Option(flag: "version", short: "V", help: "Show the version and exit.")

  static let shell = Argument("SHELL", .choice(of: Shell.self), help: "The shell to write for.")

  enum Shell: String, CaseIterable, Sendable { case bash, zsh, fish }

  private static let group = "Help and integration"

  static func commands(of commands: [CommandDeclaration]) -> [CommandDeclaration] {
    [
      CommandDeclaration(
        name: "help", summary: "Show the help of a command", group: group,
        arguments: [helpTopic(commands)]),
      CommandDeclaration(name: "version", summary: "Show the version", group: group),
      CommandDeclaration(
        name: "completions", summary: "Write the completion script of a shell", group: group,
        arguments: [shell]),
      CommandDeclaration(
        name: "manual", summary: "Write the manual page, in roff for man", group: group),
    ]
  }

  /// Any text is accepted, so that an unknown command is answered like one that was to be run.
  static func helpTopic(_ commands: [CommandDeclaration]) -> Argument<[String]> {
    let names = commands.map(\.name) + ["completions", "manual", "version"]
    let type = ValueType<String>(
      placeholder: "COMMAND", completions: .choices(names), parse: { $0 }, describe: { $0 })
    return Argument("COMMAND", repeated: type, atLeast: 0, help: "The command to explain.")
  }
}
