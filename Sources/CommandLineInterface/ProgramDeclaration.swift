/// A program: its commands, and what they have in common.
///
/// The commands `help`, `version`, `completions` and `manual` are added where the program does not
/// declare its own.
package struct ProgramDeclaration: Sendable {
  package let name: String
  package let version: String
  let summary: String
  let discussion: String
  let options: [OptionDeclaration]
  let commands: [CommandDeclaration]
  let builtInCommands: Set<String>
  let examples: [Example]
  let environment: [Described]
  let files: [Described]
  let exitStatuses: [Described]

  /// - Parameters:
  ///   - options: understood by every command, before and after its name.
  ///   - environment: variables that are not the source of an option; those are added.
  /// - Precondition: names are unique, and commands are nested one level at most.
  package init(
    name: String, version: String, summary: String, discussion: String = "",
    options: [any DeclaredOption] = [], commands: [CommandDeclaration],
    examples: [Example] = [], environment: [Described] = [], files: [Described] = [],
    exitStatuses: [Described] = []
  ) {
    self.name = name
    self.version = version
    self.summary = summary
    self.discussion = discussion
    self.options =
      options.map(\.declaration) + [BuiltIn.help.declaration, BuiltIn.version.declaration]
    let names = Set(commands.map(\.name))
    let builtIn = BuiltIn.commands(of: commands).filter { !names.contains($0.name) }
    self.commands = commands + builtIn
    self.builtInCommands = Set(builtIn.map(\.name))
    self.examples = examples
    self.environment = environment
    self.files = files
    let usage = Described(
      "\(UsageError.exitStatus)",
      "The command line is wrong: an unknown command or option, a missing or impossible value "
        + "(EX_USAGE of sysexits.h).")
    let declared = Set(exitStatuses.map(\.name))
    let common = [Described("0", "Success."), usage].filter { !declared.contains($0.name) }
    self.exitStatuses = (exitStatuses + common).sorted { Int($0.name) ?? 0 < Int($1.name) ?? 0 }
    checkDeclarations()
  }

  /// The program itself, every command and every nested command, each with its path.
  var scopes: [CommandScope] {
    var scopes = [CommandScope(program: self, path: [])]
    for command in commands {
      scopes.append(CommandScope(program: self, path: [command]))
      scopes += command.subcommands.map { CommandScope(program: self, path: [command, $0]) }
    }
    return scopes
  }

  private func checkDeclarations() {
    for scope in scopes {
      let spellings = scope.options.flatMap(\.spellings)
      precondition(
        Set(spellings).count == spellings.count, "'\(scope.name)' has two options of one name")
      let names = scope.subcommands.map(\.name)
      precondition(Set(names).count == names.count, "'\(scope.name)' has two commands of one name")
      precondition(
        scope.subcommands.isEmpty || scope.arguments.isEmpty,
        "'\(scope.name)' can't have both commands and arguments")
      precondition(
        scope.path.count < 2 || scope.subcommands.isEmpty, "'\(scope.name)' is nested too deeply")
      precondition(
        scope.arguments.dropLast().allSatisfy { !$0.isRepeated },
        "only the last argument of '\(scope.name)' can be repeated")
      precondition(
        !zip(scope.arguments, scope.arguments.dropFirst()).contains {
          $0.minimum == 0 && $1.minimum > 0
        }, "'\(scope.name)' has a required argument after an optional one")
    }
  }
}

/// A place where words are understood: the program before its command, or a command.
struct CommandScope {
  let program: ProgramDeclaration
  /// Empty for the program itself.
  let path: [CommandDeclaration]

  var command: CommandDeclaration? { path.last }
  var subcommands: [CommandDeclaration] {
    path.isEmpty ? program.commands : path[path.count - 1].subcommands
  }
  var arguments: [ArgumentDeclaration] { command?.arguments ?? [] }

  /// The options declared here, not those of the program.
  var ownOptions: [OptionDeclaration] { command?.options ?? [] }
  /// Everything that is understood here: an option of the program is understood everywhere.
  var options: [OptionDeclaration] { ownOptions + program.options }

  /// `fixture generate`; empty for the program.
  var pathText: String { path.map(\.name).joined(separator: " ") }
  /// `forecastd fixture generate`.
  var name: String { path.isEmpty ? program.name : "\(program.name) \(pathText)" }

  var synopsis: String {
    var words = [name]
    words += ownOptions.filter(\.isRequired).map { "--\($0.name)=\($0.placeholder ?? "")" }
    words.append("[OPTION]...")
    words += subcommands.isEmpty ? arguments.map(\.synopsis) : ["COMMAND", "[ARGUMENT]..."]
    return words.joined(separator: " ")
  }
}
