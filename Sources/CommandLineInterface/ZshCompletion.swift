/// The completion script of zsh: one function a scope, each a call of `_arguments`.
struct ZshCompletion {
  let program: ProgramDeclaration

  var script: String {
    let functions = program.scopes.map { scope in
      scope.subcommands.isEmpty ? leaf(scope) : branch(scope)
    }
    return """
      #compdef \(program.name)
      # zsh completion of \(program.name), written by '\(program.name) completions zsh'

      \(functions.joined(separator: "\n\n"))

      # Loaded by compinit from a directory of fpath, or sourced.
      if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
        \(function(CommandScope(program: program, path: []))) "$@"
      else
        compdef \(function(CommandScope(program: program, path: []))) \(program.name)
      fi

      """
  }

  private func function(_ scope: CommandScope) -> String {
    (["_" + program.shellIdentifier] + scope.path.map(\.name)).joined(separator: "_")
  }

  private func leaf(_ scope: CommandScope) -> String {
    let arguments = scope.arguments.enumerated().map { index, argument in
      let position = argument.isRepeated ? "*" : "\(index + 1)"
      let optional = argument.minimum == 0 && !argument.isRepeated ? ":" : ""
      return shellQuoted(
        "\(position):\(optional)\(escaped(argument.name)):\(action(argument.hint))")
    }
    let specifications = scope.options.flatMap(option) + arguments
    return """
      \(function(scope))() {
        _arguments -s -S \\
          \(specifications.joined(separator: " \\\n    "))
      }
      """
  }

  private func branch(_ scope: CommandScope) -> String {
    let commands = scope.subcommands.map { shellQuoted("\($0.name):\($0.summary)") }
    let cases = scope.subcommands.map { command in
      let inner = CommandScope(program: program, path: scope.path + [command])
      return "        \(command.name)) \(function(inner)) ;;"
    }
    return """
      \(function(scope))() {
        local curcontext="$curcontext" state line
        local -a commands
        commands=(
          \(commands.joined(separator: "\n    "))
        )
        _arguments -s -S -C \\
          \(scope.options.flatMap(option).joined(separator: " \\\n    ")) \\
          '1: :->command' '*:: :->arguments' && return 0
        case $state in
          command) _describe -t commands command commands ;;
          arguments)
            case $words[1] in
      \(cases.joined(separator: "\n"))
            esac ;;
        esac
      }
      """
  }

  /// `'(-c --config)'{-c+,--config=}'[help]:FILE:_files'`, as one word a spelling.
  private func option(_ option: OptionDeclaration) -> [String] {
    let exclusion =
      option.isRepeated && option.takesValue
      ? "*" : "(\(option.spellings.joined(separator: " ")))"
    let value = option.placeholder.map { ":\(escaped($0)):\(action(option.hint))" } ?? ""
    return option.spellings.map { spelling in
      let attached = option.takesValue ? (spelling.hasPrefix("--") ? "=" : "+") : ""
      return shellQuoted("\(exclusion)\(spelling)\(attached)[\(escaped(option.help))]\(value)")
    }
  }

  private func action(_ hint: CompletionHint) -> String {
    switch hint {
    case .nothing: " "
    case .files: "_files"
    case .directories: "_files -/"
    case .choices(let choices): "(\(choices.joined(separator: " ")))"
    }
  }

  /// Colons and brackets delimit the parts of a specification.
  private func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "\\:[]".contains(character) { result += "\\" }
      result.append(character)
    }
  }
}
