import FoundationEssentials
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

  private static func withScript(_ shell: String, _ body: (_ directory: String) throws -> Void)
    throws
  {
    guard try ExternalTool.find(shell) != nil else {
      print("skipped: \(shell) completions are not tested, \(shell) is not installed")
      return
    }
    try ExternalTool.withDirectory { directory in
      let script = try TestProgram.output(["completions", shell])
      try Data(script.utf8).write(to: URL(filePath: directory + "/script"))
      try Data().write(to: URL(filePath: directory + "/file.yaml"))
      try FileManager.default.createDirectory(
        atPath: directory + "/data", withIntermediateDirectories: false)
      let check = try ExternalTool.run(shell, ["-n", "script"], in: directory)
      #expect(check.status == 0 && check.standardError == "", "\(check.standardError)")
      try body(directory)
    }
  }

  private static func bash(_ words: [String], in directory: String) throws -> [String] {
    let quoted = (["rain"] + words).map { "'\($0)'" }.joined(separator: " ")
    let command = """
      set -u; source ./script; COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count)
      _rain; printf '%s\\n' "${COMPREPLY[@]-}"
      """
    let result = try ExternalTool.run("bash", ["--norc", "-c", command], in: directory)
    #expect(result.standardError == "", "\(words)")
    return result.standardOutput.split(separator: "\n").map(String.init).sorted()
  }

  @Test("bash completes commands, options, choices, files and directories")
  func bash() throws {
    try Self.withScript("bash") { directory in
      for (words, expected) in Self.cases {
        let found = try Self.bash(words, in: directory)
        #expect(found == expected, "\(words)")
      }
      // bash makes three words of --format=j
      #expect(try Self.bash(["run", "--format", "=", "j"], in: directory) == ["json"])
      #expect(try Self.bash(["run", "--format", "="], in: directory) == ["json", "table"])
      #expect(try Self.bash(["run", "--config", "=", "x", "--fo"], in: directory) == ["--format="])
      #expect(try Self.bash(["run", "--ver"], in: directory) == ["--verbose", "--version"])
      #expect(try Self.bash(["replay", "--", "fi"], in: directory) == ["file.yaml"])
      #expect(
        try Self.bash(["fixture", "list", "-"], in: directory)
          == ["--help", "--log-level=", "--version", "-V", "-h"])
    }
  }

  @Test("fish completes commands, options, choices, files and directories")
  func fish() throws {
    try Self.withScript("fish") { directory in
      for (words, expected) in Self.cases {
        let line = (["rain"] + words).joined(separator: " ")
        let found = try fish(line, in: directory)
        #expect(found.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 } == expected, "\(line)")
      }
      #expect(try fish("rain run --format=j", in: directory) == ["--format=json"])
      #expect(try fish("rain run --ver", in: directory) == ["--verbose", "--version"])
    }
  }

  private func fish(_ line: String, in directory: String) throws -> [String] {
    let command = "source ./script; complete -C '\(line)'"
    let result = try ExternalTool.run("fish", ["--no-config", "-c", command], in: directory)
    #expect(result.standardError == "", "\(line)")
    return result.standardOutput.split(separator: "\n")
      .map { String($0.prefix { $0 != "\t" }) }.sorted()
  }

  @Test("zsh completes commands, options, choices, files and directories")
  func zsh() throws {
    try Self.withScript("zsh") { (directory) throws in
      try Data(Self.zshDriver.utf8).write(to: URL(filePath: directory + "/driver"))
      for (words, expected) in Self.cases {
        let line = (["rain"] + words).joined(separator: " ")
        let found = try zsh(line, in: directory)
        #expect(found == expected, "\(line)")
      }
      #expect(try zsh("rain run --format=j", in: directory) == ["json"])
      #expect(try zsh("rain run --ver", in: directory) == ["--verbose", "--version"])
    }
  }

  private func zsh(_ line: String, in directory: String) throws -> [String] {
    let result = try ExternalTool.run("zsh", ["-f", "driver", line], in: directory)
    #expect(result.status == 0 && result.standardError == "", "\(line): \(result.standardError)")
    let found = result.standardOutput.split { $0.isNewline }.compactMap { text -> String? in
      text.hasPrefix("MATCH:") ? String(text.dropFirst(6)) : nil
    }
    return Set(found.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }).sorted()
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
