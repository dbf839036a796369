/// The help of a program or a command, wrapped to the terminal.
struct HelpText {
  /// Where the explanations begin; longer names stand on a line of their own.
  private static let column = 28

  private let scope: CommandScope
  private let width: Int

  init(_ scope: CommandScope, width: Int) {
    self.scope = scope
    // Very long lines are hard to read, very short ones impossible.
    self.width = min(max(width, 50), 100)
  }

  var text: String {
    var lines = ["Usage: \(scope.synopsis)", ""]
    let summary = scope.command?.summary ?? scope.program.summary
    lines += wrapped(summary + ".", width: width)
    let discussion = scope.command?.discussion ?? scope.program.discussion
    if !discussion.isEmpty { lines += [""] + wrapped(discussion, width: width) }
    lines += commands + arguments
    lines += section("Options", scope.ownOptions.map(item))
    lines += section(
      scope.path.isEmpty ? "Options" : "Common options", scope.program.options.map(item))
    lines += section("Environment", scope.environment.map { ($0.name, $0.meaning) })
    if scope.path.isEmpty {
      lines += section("Files", scope.program.files.map { ($0.name, $0.meaning) })
    }
    lines += examples
    lines += section("Exit status", scope.program.exitStatuses.map { ($0.name, $0.meaning) })
    if !scope.subcommands.isEmpty {
      lines += ["", "'\(scope.name) COMMAND --help' explains a command."]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var commands: [String] {
    var groups: [String] = []
    for command in scope.subcommands where !groups.contains(command.group) {
      groups.append(command.group)
    }
    return groups.flatMap { group in
      section(
        group,
        scope.subcommands.filter { $0.group == group }.map { command in
          let arguments = command.arguments.map { " " + $0.synopsis }.joined()
          return (command.name + arguments, command.summary)
        })
    }
  }

  private var arguments: [String] {
    section("Arguments", scope.arguments.map { ($0.synopsis, $0.help + choices($0.hint, $0.name)) })
  }

  private var examples: [String] {
    let examples = scope.command?.examples ?? scope.program.examples
    guard !examples.isEmpty else { return [] }
    var lines = ["", "Examples:"]
    for example in examples {
      lines.append("  \(example.commandLine)")
      lines += wrapped(example.explanation, width: width, indent: 6)
    }
    return lines
  }

  private func item(_ option: OptionDeclaration) -> (String, String) {
    let value = option.placeholder.map { "=\($0)" } ?? ""
    let short = option.short.map { "-\($0), " } ?? "    "
    return (
      "\(short)--\(option.name)\(value)",
      option.explanation + choices(option.hint, option.placeholder ?? "")
    )
  }

  /// Where the name of the value doesn't already list them.
  private func choices(_ hint: CompletionHint, _ placeholder: String) -> String {
    guard case .choices(let choices) = hint, placeholder != choices.joined(separator: "|") else {
      return ""
    }
    return " [choices: \(choices.joined(separator: ", "))]"
  }

  private func section(_ title: String, _ items: [(name: String, text: String)]) -> [String] {
    guard !items.isEmpty else { return [] }
    let longest = items.map { Terminal.displayWidth($0.name) }.filter { $0 <= Self.column - 4 }
      .max()
    let column = (longest ?? 4) + 4
    var lines = ["", "\(title):"]
    for item in items {
      let explanation = wrapped(item.text, width: width, indent: column)
      let nameWidth = Terminal.displayWidth(item.name) + 2
      if nameWidth + 2 <= column, let first = explanation.first {
        let padding = String(repeating: " ", count: column - nameWidth)
        lines.append("  \(item.name)\(padding)\(first.dropFirst(column))")
        lines += explanation.dropFirst()
      } else {
        lines.append("  \(item.name)")
        lines += explanation
      }
    }
    return lines
  }
}

extension OptionDeclaration {
  /// The help with what is true of the value: required, repeatable, its default, its variable.
  var explanation: String {
    var notes: [String] = []
    if isRequired { notes.append("required") }
    if isRepeated && takesValue { notes.append("may be repeated") }
    if let defaultText { notes.append("default: \(defaultText)") }
    if let environment { notes.append("environment: \(environment)") }
    return help + notes.map { " [\($0)]" }.joined()
  }
}

extension CommandScope {
  /// Variables that stand for options here, and for the program those it declares.
  var environment: [Described] {
    let variables = (path.isEmpty ? program.options : ownOptions).compactMap { option in
      option.environment.map {
        Described($0, "The value of --\(option.name) where it is not given.")
      }
    }
    return variables + (path.isEmpty ? program.environment : [])
  }
}
