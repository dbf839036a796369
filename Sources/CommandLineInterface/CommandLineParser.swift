import Notation

extension ProgramDeclaration {
  /// Understands a command line by the GNU conventions.
  ///
  /// Options and arguments mix; `--option=value` and `--option value`, `-c value` and `-cvalue`,
  /// clustered flags `-vq`; `--` ends the options. Long options are never abbreviated: a script
  /// that abbreviates breaks when a second option gets the same beginning.
  ///
  /// - Parameters:
  ///   - arguments: without the program's name.
  ///   - environment: where options that name a variable look when they are not given.
  ///   - width: columns of the terminal, for help.
  /// - Throws: `UsageError`: print it to standard error, exit with `UsageError.exitStatus`.
  package func parse(
    _ arguments: some Sequence<String>, environment: [String: String] = [:], width: Int = 80
  ) throws(UsageError) -> Invocation {
    var parser = CommandLineParser(program: self, arguments: Array(arguments))
    switch try parser.scan() {
    case .help: return .output(HelpText(parser.scope, width: width).text)
    case .version: return .output(versionText)
    case .words: break
    }
    let parsed = try parser.values(environment: environment)
    guard let name = parsed.path.first, builtInCommands.contains(name) else {
      return .command(parsed)
    }
    switch name {
    case "help":
      let topic = try parser.scope(ofCommand: parsed[BuiltIn.helpTopic([])])
      return .output(HelpText(topic, width: width).text)
    case "completions":
      return .output(completionScript(for: parsed[BuiltIn.shell]))
    case "manual": return .output(manualPage)
    default: return .output(versionText)
    }
  }
}

extension ProgramDeclaration {
  private var versionText: String { "\(name) \(version)\n" }
}

/// Reads the words from left to right: commands open a scope, options and arguments are collected.
struct CommandLineParser {
  enum Request {
    case help
    case version
    case words
  }

  private let words: [String]
  private(set) var scope: CommandScope
  private var next = 0
  private var optionTexts: [String: [String]] = [:]
  private var positionals: [String] = []

  init(program: ProgramDeclaration, arguments: [String]) {
    self.words = arguments
    self.scope = CommandScope(program: program, path: [])
  }

  mutating func scan() throws(UsageError) -> Request {
    var optionsEnded = false
    while next < words.count {
      let word = words[next]
      next += 1
      if optionsEnded || word == "-" || !word.hasPrefix("-") {
        try positional(word)
      } else if word == "--" {
        optionsEnded = true
      } else if word.hasPrefix("--") {
        try longOption(word)
      } else {
        try shortOptions(word)
      }
      // Help wins over whatever is wrong or missing after it.
      if optionTexts["help"] != nil { return .help }
      if optionTexts["version"] != nil { return .version }
    }
    if !scope.subcommands.isEmpty { throw .noCommand(origin) }
    return .words
  }

  private mutating func positional(_ word: String) throws(UsageError) {
    guard !scope.subcommands.isEmpty else {
      positionals.append(word)
      return
    }
    scope = try scope(ofCommand: [word], in: scope)
  }

  private mutating func longOption(_ word: String) throws(UsageError) {
    let parts = word.dropFirst(2).split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = scope.options.first(where: { $0.name == name }) else {
      throw unknown("--\(name)", searched: name)
    }
    if parts.count == 2 {
      guard option.takesValue else { throw .unexpectedValue(option: "--\(name)", origin) }
      try add(String(parts[1]), to: option, as: "--\(name)")
    } else if option.takesValue {
      try add(try followingWord(option, as: "--\(name)"), to: option, as: "--\(name)")
    } else {
      try add("", to: option, as: "--\(name)")
    }
  }

  /// `-v`, `-vq`, `-cFILE`, `-c FILE`, `-vqcFILE`.
  private mutating func shortOptions(_ word: String) throws(UsageError) {
    var rest = word.dropFirst()
    while let letter = rest.popFirst() {
      guard let option = scope.options.first(where: { $0.short == letter }) else {
        throw unknown("-\(letter)", searched: String(word.dropFirst()))
      }
      if !option.takesValue {
        try add("", to: option, as: "-\(letter)")
      } else if rest.isEmpty {
        try add(try followingWord(option, as: "-\(letter)"), to: option, as: "-\(letter)")
      } else {
        try add(String(rest), to: option, as: "-\(letter)")
        return
      }
    }
  }

  /// A known option in the place of a value is a forgotten value, not a value; one that is meant
  /// can be written after an equals sign.
  private mutating func followingWord(
    _ option: OptionDeclaration, as spelling: String
  ) throws(UsageError) -> String {
    let missing = UsageError.missingValue(
      option: spelling, placeholder: option.placeholder ?? "", origin)
    guard next < words.count else { throw missing }
    let word = words[next]
    let name = String(word.prefix { $0 != "=" })
    if word == "--" || scope.options.contains(where: { $0.spellings.contains(name) }) {
      throw missing
    }
    next += 1
    return word
  }

  private mutating func add(
    _ text: String, to option: OptionDeclaration, as spelling: String
  ) throws(UsageError) {
    // The last of two contradicting values would win silently; flags can't contradict themselves.
    guard option.isRepeated || optionTexts[option.name] == nil else {
      throw .repeatedOption(spelling, origin)
    }
    optionTexts[option.name, default: []].append(text)
  }

  var origin: UsageError.Origin {
    UsageError.Origin(program: scope.program.name, command: scope.pathText)
  }

  private func unknown(_ spelling: String, searched name: String) -> UsageError {
    let long = nearestNames(to: name, among: scope.options.map(\.name))
    var text = long.isEmpty ? "" : Self.question(long.map { "--\($0)" })
    let owners = scope.program.scopes.filter { other in
      other.path.count > scope.path.count
        && other.ownOptions.contains { $0.spellings.contains(spelling) }
    }
    if !owners.isEmpty, scope.path.isEmpty {
      let names = owners.map { "'\($0.pathText)'" }.joined(separator: ", ")
      text = " before the command; it is an option of \(names)"
    }
    return .unknownOption(Terminal.sanitized(spelling), suggestion: text, origin)
  }

  private static func question(_ names: [String]) -> String {
    "; did you mean \(names.map { "'\($0)'" }.joined(separator: " or "))?"
  }
}

// MARK: - From words to values

extension CommandLineParser {
  func values(environment: [String: String]) throws(UsageError) -> Parsed {
    var parsed = Parsed(path: scope.path.map(\.name))
    for option in scope.options {
      var texts = optionTexts[option.name] ?? []
      var source = "option '--\(option.name)'"
      if texts.isEmpty, let variable = option.environment, let text = environment[variable] {
        texts = [text]
        source = "environment variable \(variable)"
      }
      if texts.isEmpty && option.isRequired {
        throw .missingOption("--\(option.name)", placeholder: option.placeholder ?? "", origin)
      }
      let value = try value(of: source) { () throws(ValueProblem) in try option.parse(texts) }
      parsed.set("--\(option.name)", to: value)
    }
    var rest = positionals[...]
    for argument in scope.arguments {
      let texts = argument.isRepeated ? Array(rest) : Array(rest.prefix(1))
      rest = rest.dropFirst(texts.count)
      if texts.count < argument.minimum { throw .missingArgument(argument.name, origin) }
      let value = try value(of: "argument \(argument.name)") { () throws(ValueProblem) in
        try argument.parse(texts)
      }
      parsed.set(argument.name, to: value)
    }
    if let extra = rest.first { throw .unexpectedArgument(Terminal.sanitized(extra), origin) }
    return parsed
  }

  func scope(ofCommand names: [String]) throws(UsageError) -> CommandScope {
    try scope(ofCommand: names, in: CommandScope(program: scope.program, path: []))
  }

  private func scope(
    ofCommand names: [String], in start: CommandScope
  ) throws(UsageError) -> CommandScope {
    var scope = start
    for name in names {
      guard let command = scope.subcommands.first(where: { $0.name == name }) else {
        throw .unknownCommand(
          Terminal.sanitized(name),
          suggestion: suggestion(for: name, among: scope.subcommands.map(\.name)),
          UsageError.Origin(program: scope.program.name, command: scope.pathText))
      }
      scope = CommandScope(program: scope.program, path: scope.path + [command])
    }
    return scope
  }

  private func value(
    of source: String, _ parse: () throws(ValueProblem) -> any Sendable
  ) throws(UsageError) -> any Sendable {
    do throws(ValueProblem) {
      return try parse()
    } catch {
      throw .invalidValue(of: source, problem: error.message, origin)
    }
  }
}
