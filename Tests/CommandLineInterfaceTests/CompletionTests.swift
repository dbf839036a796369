import TestSupport
import Testing

@Suite("Completions, completed by the shells themselves")
struct CompletionTests {
  /// The words before the cursor, and what completes the last of them.
  static let cases: [(words: [String], expected: [String])] = [
    (["ru"], ["run"]),
    (["--log-level", "in"], ["info"]),
    (["fixture", ""], ["generate", "list"]),
    (["help", "fix"], ["fixture"]),
    (["completions", "z"], ["zsh"]),
    (["run", "--format", "j"], ["json"]),
    (["fixture", "generate", "--format", ""], ["json", "table"]),
    (["record", ""], ["host", "topic"]),
    // a value that is named like a command is a value
    (["--log-level", "error", "fixture", ""], ["generate", "list"]),
    (["run", "--config", "fixture", "--format", "t"], ["table"]),
    // files and directories
    (["run", "--config", "fi"], ["file.yaml"]),
    (["run", "-c", "fi"], ["file.yaml"]),
    (["replay", "fi"], ["file.yaml"]),
    (["replay", "file.yaml", "fi"], ["file.yaml"]),
    (["replay", "--output", "d"], ["data"]),
    // nothing to offer
    (["run", "-n", ""], []),
  ]

  /// A shell in a directory with the completions' script, a file and a directory to complete.
  private struct Shell {
    private let program: String
    let directory: TemporaryDirectory

    /// Cancels the test where the shell is not installed.
    init(_ name: String) throws {
      guard let program = installedProgram(name) else {
        try Test.cancel("\(name) is not installed")
      }
      self.program = program
      directory = try TemporaryDirectory()
      try directory.write("script", try TestProgram.output(["completions", name]))
      try directory.write("file.yaml", "")
      try directory.makeDirectory("data")
      _ = try run(["-n", "script"])
    }

    /// - Returns: the standard output.
    func run(_ arguments: [String]) throws -> String {
      let outcome = try ChildProcess.run(
        [program] + arguments, directory: directory.path, separatesErrors: true)
      #expect(outcome.end == .exited(0) && outcome.errors == "", "\(arguments): \(outcome.errors)")
      return outcome.output
    }
  }

  private func bash(_ words: [String], in shell: Shell) throws -> [String] {
    let quoted = (["rain"] + words).map { "'\($0)'" }.joined(separator: " ")
    let command = """
      set -u; source ./script; COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count)
      _rain; printf '%s\\n' "${COMPREPLY[@]-}"
      """
    return try shell.run(["--norc", "-c", command]).split(separator: "\n").map(String.init).sorted()
  }

  @Test("bash completes commands, options, choices, files and directories")
  func bash() throws {
    let shell = try Shell("bash")
    for (words, expected) in Self.cases {
      let found = try bash(words, in: shell)
      #expect(found == expected, "\(words)")
    }
    // bash makes three words of --format=j
    #expect(try bash(["run", "--format", "=", "j"], in: shell) == ["json"])
    #expect(try bash(["run", "--format", "="], in: shell) == ["json", "table"])
    #expect(try bash(["run", "--config", "=", "x", "--fo"], in: shell) == ["--format="])
    #expect(try bash(["run", "--ver"], in: shell) == ["--verbose", "--version"])
    #expect(try bash(["replay", "--", "fi"], in: shell) == ["file.yaml"])
    #expect(
      try bash(["fixture", "list", "-"], in: shell)
        == ["--help", "--log-level=", "--version", "-V", "-h"])
  }

  @Test("fish completes commands, options, choices, files and directories")
  func fish() throws {
    let shell = try Shell("fish")
    for (words, expected) in Self.cases {
      let line = (["rain"] + words).joined(separator: " ")
      let found = try fish(line, in: shell)
      #expect(found.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 } == expected, "\(line)")
    }
    #expect(try fish("rain run --format=j", in: shell) == ["--format=json"])
    #expect(try fish("rain run --ver", in: shell) == ["--verbose", "--version"])
  }

  private func fish(_ line: String, in shell: Shell) throws -> [String] {
    let command = "source ./script; complete -C '\(line)'"
    return try shell.run(["--no-config", "-c", command]).split(separator: "\n")
      .map { String($0.prefix { $0 != "\t" }) }.sorted()
  }

  @Test("zsh completes commands, options, choices, files and directories")
  func zsh() throws {
    let shell = try Shell("zsh")
    try shell.directory.write("driver", Self.zshDriver)
    for (words, expected) in Self.cases {
      let line = (["rain"] + words).joined(separator: " ")
      let found = try zsh(line, in: shell)
      #expect(found == expected, "\(line)")
    }
    #expect(try zsh("rain run --format=j", in: shell) == ["json"])
    #expect(try zsh("rain run --ver", in: shell) == ["--verbose", "--version"])
  }

  private func zsh(_ line: String, in shell: Shell) throws -> [String] {
    let lines = try shell.run(["-f", "driver", line]).split { $0.isNewline }
    let found = lines.filter { $0.hasPrefix("MATCH:") }.map { $0.dropFirst(6) }
    return Set(found.map { String($0.hasSuffix("/") ? $0.dropLast() : $0) }).sorted()
  }

  /// Completion works only in an interactive shell: this starts one on a pseudo-terminal, and has
  /// `compadd` print the matches it is given.
  private static let zshDriver = #"""
    zmodload zsh/zpty
    zpty inner zsh -f -i
    zpty -w inner "PS1= PROMPT2= RPROMPT=; stty -echo; cd ${(q)PWD}"
    zpty -w inner 'autoload -Uz compinit && compinit -D -u && source ./script'
    zpty -w inner 'compadd () {
      if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
      local -a __hits; builtin compadd -A __hits "$@"; local hit
      for hit in $__hits; do print; print -r -- "MATCH:${hit}"; done
      builtin compadd "$@"
    }'
    zpty -w inner 'finish () { zle complete-word; print -r -- "END""ED"; }; zle -N finish; bindkey "^I" finish'
    zpty -w inner 'print -r -- "REA""DY"'
    zpty -r -m inner ready '*READY*' || exit 3
    zpty -n -w inner "$1"$'\t'
    zpty -r -m inner reply '*ENDED*' || exit 4
    print -r -- "${reply//$'\r'/}"
    zpty -d inner
    """#
}
