/// A command: parsing, help, completions and the manual are all derived from this one value.
package struct CommandDeclaration: Sendable {
  package let name: String
  let summary: String
  let discussion: String
  let group: String
  let options: [OptionDeclaration]
  let arguments: [ArgumentDeclaration]
  let examples: [Example]
  let subcommands: [CommandDeclaration]

  /// - Parameters:
  ///   - summary: one line that begins with a verb and ends without a full stop.
  ///   - discussion: paragraphs parted by empty lines; indented lines are shown as they are.
  ///   - group: the heading under which the program's help lists the command.
  package init(
    name: String, summary: String, discussion: String = "", group: String = "Commands",
    options: [any DeclaredOption] = [], arguments: [any DeclaredArgument] = [],
    examples: [Example] = [], subcommands: [CommandDeclaration] = []
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.group = group
    self.options = options.map(\.declaration)
    self.arguments = arguments.map(\.declaration)
    self.examples = examples
    self.subcommands = subcommands
  }
}

/// A command line worth copying.
package struct Example: Sendable {
  let commandLine: String
  let explanation: String

  package init(_ commandLine: String, _ explanation: String) {
    self.commandLine = commandLine
    self.explanation = explanation
  }
}

/// A name with its meaning: an environment variable, a file, an exit status.
package struct Described: Sendable {
  let name: String
  let meaning: String

  package init(_ name: String, _ meaning: String) {
    self.name = name
    self.meaning = meaning
  }
}
