/// The completion script of fish; it needs fish 3.
struct FishCompletion {
  let program: ProgramDeclaration

  var script: String {
    """
    # fish completion of \(program.name), written by '\(program.name) completions fish'

    \(atFunction)

    complete -c \(program.name) -f
    \(program.scopes.flatMap(completions).joined(separator: "\n"))

    """
  }

  /// Follows the words before the cursor, so that a file named like a command isn't taken for one.
  private var atFunction: String {
    let valued = program.scopes.flatMap { scope in
      scope.options.filter(\.takesValue).flatMap { option in
        option.spellings.map { quoted("\(scope.pathText):\($0)") }
      }
    }
    let commands = program.scopes.dropFirst().map { quoted($0.pathText) }
    return """
      function __\(program.shellIdentifier)_at
        set -l valued \(valued.joined(separator: " "))
        set -l commands \(commands.joined(separator: " "))
        set -l path ''
        set -l pending 0
        set -l words (commandline -opc)
        for word in $words[2..-1]
          if test $pending = 1
            set pending 0
          else if contains -- "$path:$word" $valued
            set pending 1
          else if not string match -q -- '-*' $word
            set -l inner (string trim "$path $word")
            contains -- "$inner" $commands; and set path "$inner"
          end
        end
        test "$path" = "$argv"
      end
      """
  }

  private func completions(_ scope: CommandScope) -> [String] {
    let condition =
      "complete -c \(program.name) -n \(quoted("__\(program.shellIdentifier)_at \(scope.pathText)"))"
    let commands = scope.subcommands.map {
      "\(condition) -a \($0.name) -d \(quoted($0.summary))"
    }
    let options = scope.options.map { option in
      let short = option.short.map { " -s \($0)" } ?? ""
      let value = option.takesValue ? " -r" + action(option.hint) : ""
      return "\(condition)\(short) -l \(option.name)\(value) -d \(quoted(option.help))"
    }
    let arguments = scope.arguments.compactMap { argument in
      argument.hint == .nothing ? nil : condition + action(argument.hint)
    }
    return commands + options + arguments
  }

  private func action(_ hint: CompletionHint) -> String {
    switch hint {
    case .nothing: " -f"
    case .files: " -F"
    case .directories: " -f -a '(__fish_complete_directories)'"
    case .choices(let choices): " -f -a \(quoted(choices.joined(separator: " ")))"
    }
  }

  private func quoted(_ text: String) -> String {
    "'"
      + text.reduce(into: "") { result, character in
        if "\\'".contains(character) { result += "\\" }
        result.append(character)
      } + "'"
  }
}
