/// One option of a command: listed in the declaration, and the key that reads its value.
///
/// ```swift
/// let config = Option("config", short: "c", .file, help: "Read the configuration from FILE.")
/// …
/// let path: String? = parsed[config]
/// ```
package struct Option<Value: Sendable>: DeclaredOption {
  package let declaration: OptionDeclaration
}

/// An `Option` of any type of value.
package protocol DeclaredOption: Sendable {
  var declaration: OptionDeclaration { get }
}

extension Option {
  /// Nil where it is not given.
  package init<T>(
    _ name: String, short: Character? = nil, _ type: ValueType<T>, environment: String? = nil,
    help: String
  ) where Value == T? {
    self.init(
      name, short, type, help, environment: environment,
      parse: { (texts) throws(ValueProblem) -> T? in
        guard let text = texts.last else { return nil }
        return try type.parse(text)
      })
  }

  package init(
    _ name: String, short: Character? = nil, _ type: ValueType<Value>, default value: Value,
    environment: String? = nil, help: String
  ) {
    self.init(
      name, short, type, help, environment: environment, defaultText: type.describe(value),
      parse: { (texts) throws(ValueProblem) in
        guard let text = texts.last else { return value }
        return try type.parse(text)
      })
  }

  /// A command line without it is refused.
  package init(
    _ name: String, short: Character? = nil, required type: ValueType<Value>,
    environment: String? = nil, help: String
  ) {
    self.init(
      name, short, type, help, environment: environment, isRequired: true,
      parse: { (texts) throws(ValueProblem) in
        // The parser reports a required option that is missing before it asks for its value.
        guard let text = texts.last else { throw ValueProblem("it is missing") }
        return try type.parse(text)
      })
  }

  /// May be given several times; the values keep their order.
  package init<T>(
    _ name: String, short: Character? = nil, repeated type: ValueType<T>,
    environment: String? = nil, help: String
  ) where Value == [T] {
    self.init(
      name, short, type, help, environment: environment, isRepeated: true,
      parse: { (texts) throws(ValueProblem) in
        var values: [T] = []
        for text in texts { values.append(try type.parse(text)) }
        return values
      })
  }

  private init<T: Sendable>(
    _ name: String, _ short: Character?, _ type: ValueType<T>, _ help: String,
    environment: String?, defaultText: String? = nil, isRequired: Bool = false,
    isRepeated: Bool = false, parse: @escaping @Sendable ([String]) throws(ValueProblem) -> Value
  ) {
    self.declaration = OptionDeclaration(
      name: name, short: short, help: help, placeholder: type.placeholder, hint: type.hint,
      defaultText: defaultText, environment: environment, isRequired: isRequired,
      isRepeated: isRepeated,
      parse: { (texts) throws(ValueProblem) -> any Sendable in try parse(texts) })
  }
}

extension Option where Value == Bool {
  /// True where it is given.
  package init(flag name: String, short: Character? = nil, help: String) {
    self.declaration = OptionDeclaration(
      name: name, short: short, help: help, placeholder: nil, hint: .nothing, defaultText: nil,
      environment: nil, isRequired: false, isRepeated: true, parse: { !$0.isEmpty })
  }
}

/// An option as parsing, help, completions and the manual use it.
package struct OptionDeclaration: Sendable {
  let name: String
  let short: Character?
  let help: String
  /// Nil for a flag.
  let placeholder: String?
  let hint: CompletionHint
  let defaultText: String?
  let environment: String?
  let isRequired: Bool
  let isRepeated: Bool
  let parse: @Sendable ([String]) throws(ValueProblem) -> any Sendable

  var takesValue: Bool { placeholder != nil }

  /// `--config`, and `-c` where there is one.
  var spellings: [String] { (short.map { ["-\($0)"] } ?? []) + ["--\(name)"] }
}
