extension ProgramDeclaration {
  /// The manual page of section 1, in roff with the man macros.
  package var manualPage: String { ManualPage(program: self).text }
}

private struct ManualPage {
  let program: ProgramDeclaration

  var text: String {
    let root = CommandScope(program: program, path: [])
    var lines = [
      ".TH \(quoted(program.name.uppercased())) 1 \"\" \(quoted("\(program.name) \(program.version)"))"
    ]
    // No hyphenation, no stretching of lines: command lines are to be copied.
    lines += [".nh", ".ad l"]
    lines += [".SH NAME", "\(roff(program.name)) \\- \(roff(lowercasedFirst(program.summary)))"]
    lines += [
      ".SH SYNOPSIS", ".B \(roff(program.name))", roff("[OPTION]... COMMAND [ARGUMENT]..."),
    ]
    lines += [".SH DESCRIPTION"] + prose(program.summary + ".")
    if !program.discussion.isEmpty { lines += [".PP"] + prose(program.discussion) }
    lines += [".SH OPTIONS"] + program.options.flatMap(option)
    lines += [".SH COMMANDS"] + program.scopes.filter { !$0.path.isEmpty }.flatMap(command)
    lines += section("ENVIRONMENT", environment(root))
    lines += section("FILES", program.files)
    lines += section("EXIT STATUS", program.exitStatuses)
    if !program.examples.isEmpty { lines += [".SH EXAMPLES"] + examples(program.examples) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func environment(_ root: CommandScope) -> [Described] {
    var seen: Set<String> = []
    return (program.scopes.filter { !$0.path.isEmpty }.flatMap(\.environment) + root.environment)
      .filter { seen.insert($0.name).inserted }
  }

  private func command(_ scope: CommandScope) -> [String] {
    guard let command = scope.command else { return [] }
    var lines = [".SS \(quoted(scope.synopsis))"] + prose(command.summary + ".")
    if !command.discussion.isEmpty { lines += [".PP"] + prose(command.discussion) }
    for argument in command.arguments {
      lines += tagged(argument.synopsis, argument.help + choices(argument.hint, argument.name))
    }
    lines += command.options.flatMap(option)
    if !command.examples.isEmpty { lines += [".PP", "Examples:"] + examples(command.examples) }
    return lines
  }

  private func option(_ option: OptionDeclaration) -> [String] {
    let value = option.placeholder.map { "=\($0)" } ?? ""
    let names = (option.short.map { "-\($0), " } ?? "") + "--\(option.name)\(value)"
    return tagged(names, option.explanation + choices(option.hint, option.placeholder ?? ""))
  }

  private func choices(_ hint: CompletionHint, _ placeholder: String) -> String {
    guard case .choices(let choices) = hint, placeholder != choices.joined(separator: "|") else {
      return ""
    }
    return " [choices: \(choices.joined(separator: ", "))]"
  }

  private func section(_ title: String, _ items: [Described]) -> [String] {
    items.isEmpty ? [] : [".SH \(title)"] + items.flatMap { tagged($0.name, $0.meaning) }
  }

  private func examples(_ examples: [Example]) -> [String] {
    examples.flatMap { example in
      [".PP"] + prose(example.explanation)
        + [".PP", ".RS 4", ".nf", roff(example.commandLine), ".fi", ".RE"]
    }
  }

  private func tagged(_ tag: String, _ text: String) -> [String] {
    [".TP", "\\fB\(roff(tag))\\fR"] + prose(text)
  }

  /// Paragraphs as in help: indented lines stay as they are.
  private func prose(_ text: String) -> [String] {
    var lines: [String] = []
    var isVerbatim = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if (line.first == " ") != isVerbatim {
        isVerbatim.toggle()
        lines.append(isVerbatim ? ".nf" : ".fi")
      }
      // An empty line in a source is a mistake to some formatters; .sp keeps a list's indent.
      lines.append(line.isEmpty ? ".sp" : roff(String(line)))
    }
    if isVerbatim { lines.append(".fi") }
    return lines
  }

  /// Escapes what roff would interpret: backslashes, leading dots and quotes, and hyphens, which
  /// would otherwise come out as typographic ones that can't be copied into a shell.
  private func roff(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      case "`": result += "\\(ga"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      case _ where character.isASCII: result.append(character)
      default:
        for scalar in character.unicodeScalars {
          let hexadecimal = String(scalar.value, radix: 16, uppercase: true)
          let padding = String(repeating: "0", count: max(0, 4 - hexadecimal.count))
          result += scalar.isASCII ? String(scalar) : "\\[u\(padding)\(hexadecimal)]"
        }
      }
    }
    return result.hasPrefix(".") ? "\\&" + result : result
  }

  /// A macro's argument; `\(dq` stands for a quote in it.
  private func quoted(_ text: String) -> String {
    "\""
      + roff(text).split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\\(dq") + "\""
  }

  private func lowercasedFirst(_ text: String) -> String {
    text.prefix(1).lowercased() + text.dropFirst()
  }
}
