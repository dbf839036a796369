/// One positional argument of a command: listed in the declaration, and the key that reads it.
package struct Argument<Value: Sendable>: DeclaredArgument {
  package let declaration: ArgumentDeclaration
}

/// An `Argument` of any type of value.
package protocol DeclaredArgument: Sendable {
  var declaration: ArgumentDeclaration { get }
}

extension Argument {
  package init(_ name: String, _ type: ValueType<Value>, help: String) {
    self.init(
      name, type, help, minimum: 1, isRepeated: false,
      parse: { (texts) throws(ValueProblem) in
        // The parser reports a missing argument before it asks for its value.
        guard let text = texts.first else { throw ValueProblem("it is missing") }
        return try type.parse(text)
      })
  }

  package init<T>(_ name: String, optional type: ValueType<T>, help: String) where Value == T? {
    self.init(
      name, type, help, minimum: 0, isRepeated: false,
      parse: { (texts) throws(ValueProblem) -> T? in
        guard let text = texts.first else { return nil }
        return try type.parse(text)
      })
  }

  /// Takes all the arguments that are left.
  package init<T>(
    _ name: String, repeated type: ValueType<T>, atLeast minimum: Int, help: String
  ) where Value == [T] {
    self.init(
      name, type, help, minimum: minimum, isRepeated: true,
      parse: { (texts) throws(ValueProblem) in
        var values: [T] = []
        for text in texts { values.append(try type.parse(text)) }
        return values
      })
  }

  private init<T: Sendable>(
    _ name: String, _ type: ValueType<T>, _ help: String, minimum: Int, isRepeated: Bool,
    parse: @escaping @Sendable ([String]) throws(ValueProblem) -> Value
  ) {
    self.declaration = ArgumentDeclaration(
      name: name, help: help, hint: type.hint, minimum: minimum, isRepeated: isRepeated,
      parse: { (texts) throws(ValueProblem) -> any Sendable in try parse(texts) })
  }
}

/// A positional argument as parsing, help, completions and the manual use it.
package struct ArgumentDeclaration: Sendable {
  let name: String
  let help: String
  let hint: CompletionHint
  let minimum: Int
  let isRepeated: Bool
  let parse: @Sendable ([String]) throws(ValueProblem) -> any Sendable

  /// `FILE...`, `[FILE]`.
  var synopsis: String {
    let text = name + (isRepeated ? "..." : "")
    return minimum == 0 ? "[\(text)]" : text
  }
}
