import Notation

/// What a shell offers where a value is expected.
package enum CompletionHint: Sendable, Equatable {
  case nothing
  case files
  case directories
  case choices([String])
}

/// Why a text is not a value; the message completes "invalid value of option '--x': …".
package struct ValueProblem: Error, Equatable, Sendable {
  package var message: String

  package init(_ message: String) { self.message = message }
}

/// How a text of the command line becomes a typed value, and what help and completions say of it.
package struct ValueType<Value: Sendable>: Sendable {
  var placeholder: String
  let hint: CompletionHint
  let parse: @Sendable (String) throws(ValueProblem) -> Value
  let describe: @Sendable (Value) -> String

  package init(
    placeholder: String, completions: CompletionHint = .nothing,
    parse: @escaping @Sendable (String) throws(ValueProblem) -> Value,
    describe: @escaping @Sendable (Value) -> String
  ) {
    self.placeholder = placeholder
    self.hint = completions
    self.parse = parse
    self.describe = describe
  }

  /// The same values under a name that says more than the type's: `.text.named("TOPIC")`.
  package func named(_ placeholder: String) -> Self {
    var copy = self
    copy.placeholder = placeholder
    return copy
  }
}

extension ValueType where Value == String {
  package static var text: Self { plain("TEXT", .nothing) }

  /// A path; completed by the shell, not opened here.
  package static var file: Self { plain("FILE", .files) }
  package static var directory: Self { plain("DIR", .directories) }

  package static func choice(_ choices: [String]) -> Self {
    Self(
      placeholder: choices.joined(separator: "|"), completions: .choices(choices),
      parse: { (text) throws(ValueProblem) in
        guard choices.contains(text) else { throw .notAChoice(text, among: choices) }
        return text
      },
      describe: { $0 })
  }

  private static func plain(_ placeholder: String, _ hint: CompletionHint) -> Self {
    Self(
      placeholder: placeholder, completions: hint,
      parse: { (text) throws(ValueProblem) in
        if text.isEmpty { throw ValueProblem("the text is empty") }
        return text
      },
      describe: { $0 })
  }
}

extension ValueType where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
  package static func choice(of type: Value.Type) -> Self {
    let choices = Value.allCases.map(\.rawValue)
    return Self(
      placeholder: choices.joined(separator: "|"), completions: .choices(choices),
      parse: { (text) throws(ValueProblem) in
        guard let value = Value(rawValue: text) else {
          throw .notAChoice(text, among: choices)
        }
        return value
      },
      describe: { $0.rawValue })
  }
}

extension ValueType where Value == Int {
  package static func integer(in range: ClosedRange<Int> = .min ... .max) -> Self {
    Self(
      placeholder: "N",
      parse: { (text) throws(ValueProblem) in
        guard let value = Int(text) else {
          throw ValueProblem("expected a whole number, found '\(Terminal.sanitized(text))'")
        }
        guard range.contains(value) else {
          throw ValueProblem("\(value) is not \(bounds(range))")
        }
        return value
      },
      describe: { "\($0)" })
  }
}

extension ValueType where Value == Duration {
  package static var duration: Self { duration(in: .zero ... .seconds(Int64.max / 1_000_000_000)) }

  package static func duration(in range: ClosedRange<Duration>) -> Self {
    Self(
      placeholder: "DURATION",
      parse: { (text) throws(ValueProblem) in
        let value: Duration
        do throws(NotationError) {
          value = try DurationNotation.parse(text)
        } catch { throw ValueProblem(error.description) }
        guard range.contains(value) else {
          let low = DurationNotation.text(range.lowerBound)
          let high = DurationNotation.text(range.upperBound)
          throw ValueProblem("\(text) is not between \(low) and \(high)")
        }
        return value
      },
      describe: { DurationNotation.text($0) })
  }
}

extension ValueProblem {
  fileprivate static func notAChoice(_ text: String, among choices: [String]) -> ValueProblem {
    ValueProblem(
      "expected one of \(choices.joined(separator: ", ")), found '\(Terminal.sanitized(text))'"
        + suggestion(for: text, among: choices))
  }
}

private func bounds(_ range: ClosedRange<Int>) -> String {
  if range.upperBound == .max { return "at least \(range.lowerBound)" }
  if range.lowerBound == .min { return "at most \(range.upperBound)" }
  return "between \(range.lowerBound) and \(range.upperBound)"
}
