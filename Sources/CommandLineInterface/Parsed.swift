/// The values of one command line, read by the options and arguments that declared them.
package struct Parsed: Sendable {
  /// The command's name, and the nested command's: `["fixture", "generate"]`.
  package let path: [String]
  private var values: [String: any Sendable] = [:]

  init(path: [String]) { self.path = path }

  /// - Precondition: the option belongs to the command or to the program.
  package subscript<Value>(_ option: Option<Value>) -> Value {
    value("--\(option.declaration.name)")
  }

  /// - Precondition: the argument belongs to the command.
  package subscript<Value>(_ argument: Argument<Value>) -> Value {
    value(argument.declaration.name)
  }

  mutating func set(_ name: String, to value: any Sendable) { values[name] = value }

  private func value<Value>(_ name: String) -> Value {
    guard let value = values[name] as? Value else {
      preconditionFailure(
        "'\(name)' is not declared by the command '\(path.joined(separator: " "))'")
    }
    return value
  }
}

/// The request of a command line.
package enum Invocation: Sendable {
  case command(Parsed)
  /// Help, version, completions or manual: the text to write to standard output before exit 0.
  case output(String)
}
