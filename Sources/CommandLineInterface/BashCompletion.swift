/// The completion script of bash; it needs bash 4 and nothing else.
struct BashCompletion {
  let program: ProgramDeclaration

  var script: String {
    let name = program.shellIdentifier
    return """
      # bash completion of \(program.name), written by '\(program.name) completions bash'

      # Sets kind to what the option $2 of the command $1 takes: nothing for a flag.
      _\(name)_option_kind() {
        kind=''
        case "$1 $2" in
      \(optionKinds)
        esac
      }

      # Sets kind to what the argument number $2 of the command $1 takes.
      _\(name)_argument_kind() {
        kind=''
        case "$1 $2" in
      \(argumentKinds)
        esac
      }

      # Sets options and commands to those of the command $1.
      _\(name)_names() {
        options='' commands=''
        case "$1" in
      \(names)
        esac
      }

      \(Self.function(name))

      complete -F _\(name) \(program.name)

      """
  }

  private var optionKinds: String {
    let cases = program.scopes.flatMap { scope in
      scope.options.filter(\.takesValue).map { option in
        let patterns = option.spellings.map { shellQuoted("\(scope.pathText) \($0)") }
        return
          "    \(patterns.joined(separator: "|"))) kind=\(shellQuoted(Self.kind(option.hint))) ;;"
      }
    }
    return (cases + ["    *) ;;"]).joined(separator: "\n")
  }

  private var argumentKinds: String {
    let cases = program.scopes.flatMap { scope in
      scope.arguments.enumerated().map { index, argument in
        let number = argument.isRepeated ? "*" : "\(index + 1)"
        let pattern = "\(shellQuoted("\(scope.pathText) "))\(number)"
        return "    \(pattern)) kind=\(shellQuoted(Self.kind(argument.hint))) ;;"
      }
    }
    return (cases + ["    *) ;;"]).joined(separator: "\n")
  }

  private var names: String {
    program.scopes.map { scope in
      let options = scope.options.flatMap { option in
        option.spellings.map { $0.hasPrefix("--") && option.takesValue ? $0 + "=" : $0 }
      }
      let commands = scope.subcommands.map(\.name)
      return
        "    \(shellQuoted(scope.pathText))) options=\(shellQuoted(options.joined(separator: " ")))"
        + " commands=\(shellQuoted(commands.joined(separator: " "))) ;;"
    }.joined(separator: "\n")
  }

  private static func kind(_ hint: CompletionHint) -> String {
    switch hint {
    case .nothing: "nothing"
    case .files: "files"
    case .directories: "directories"
    case .choices(let choices): "choices " + choices.joined(separator: " ")
    }
  }

  /// Bash splits `--option=value` at the equals sign into three words.
  private static func function(_ name: String) -> String {
    """
    _\(name)() {
      local current="${COMP_WORDS[COMP_CWORD]}" command='' pending='' ended='' count=0
      local word kind options commands i
      COMPREPLY=()
      for ((i = 1; i < COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        if [[ -n $pending ]]; then
          [[ $word == '=' ]] || pending=''
          continue
        fi
        if [[ -z $ended && $word == '--' ]]; then
          ended=1
        elif [[ -z $ended && $word == -?* ]]; then
          _\(name)_option_kind "$command" "$word"
          [[ -n $kind ]] && pending="$word"
        else
          _\(name)_names "$command"
          if [[ " $commands " == *" $word "* ]]; then
            command="${command:+$command }$word"
          else
            count=$((count + 1))
          fi
        fi
      done

      [[ -n $pending && $current == '=' ]] && current=''
      if [[ -n $pending ]]; then
        _\(name)_option_kind "$command" "$pending"
      else
        _\(name)_names "$command"
        if [[ -z $ended && $current == -* ]]; then
          COMPREPLY=($(compgen -W "$options" -- "$current"))
          [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
          return
        elif [[ -n $commands ]]; then
          COMPREPLY=($(compgen -W "$commands" -- "$current"))
          return
        fi
        _\(name)_argument_kind "$command" "$((count + 1))"
      fi

      local IFS=$'\\n'
      case "$kind" in
        files) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")) ;;
        directories) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current")) ;;
        'choices '*) COMPREPLY=($(IFS=' '; compgen -W "${kind#choices }" -- "$current")) ;;
      esac
    }
    """
  }
}
