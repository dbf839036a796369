/// The types that are read from one scalar without an `init(from:)`.
protocol YAMLScalarDecodable: YAMLStandIn {
  /// - Throws: what was expected and found, as the text of an error message.
  init(_ scalar: YAMLScalar) throws(YAMLMismatch)
  static var expectation: String { get }
}

struct YAMLMismatch: Error {
  var message: String

  init(_ message: String) { self.message = message }

  init(expected: String, found: String, hint: String = "") {
    self.message = "expected \(expected), found \(found)" + (hint.isEmpty ? "" : "; \(hint)")
  }
}

extension YAMLScalarDecodable {
  static func mismatch(_ scalar: YAMLScalar) -> YAMLMismatch {
    var hint = ""
    let unquoted = YAMLScalar(text: scalar.text, isPlain: true, tag: nil)?.kind
    if scalar.kind == .text, !scalar.isPlain, let unquoted, unquoted != .text {
      hint = "remove the quotes"
    }
    let withoutUnderscores = scalar.text.filter { $0 != "_" }
    if scalar.kind == .text, scalar.isPlain, withoutUnderscores != scalar.text,
      Int(withoutUnderscores) != nil
    {
      hint = "write \(withoutUnderscores) without underscores"
    }
    return YAMLMismatch(expected: expectation, found: scalar.description, hint: hint)
  }
}

extension Bool: YAMLScalarDecodable {
  static var standIn: Any { false }
  static var expectation: String { "true or false" }

  init(_ scalar: YAMLScalar) throws(YAMLMismatch) {
    if case .boolean(let value) = scalar.kind {
      self = value
      return
    }
    // YAML 1.1 took these for booleans, so they are the likely mistake.
    let wordsOfYAML11 = ["yes": "true", "on": "true", "no": "false", "off": "false"]
    if scalar.isPlain, let word = wordsOfYAML11[scalar.text.lowercased()] {
      throw YAMLMismatch(
        expected: Self.expectation, found: scalar.description, hint: "write \(word)")
    }
    throw Self.mismatch(scalar)
  }
}

extension String: YAMLScalarDecodable {
  static var standIn: Any { "" }
  static var expectation: String { "a text" }

  /// Numbers and booleans count as the text they are written as: properties of libraries are
  /// texts, and `port: 8080` needs no quotes.
  init(_ scalar: YAMLScalar) throws(YAMLMismatch) {
    if scalar.kind == .null {
      throw YAMLMismatch(
        expected: Self.expectation, found: scalar.description,
        hint: scalar.text.isEmpty ? "write \"\" for an empty text" : "quote it if it is a text")
    }
    self = scalar.text
  }
}

protocol YAMLInteger: YAMLScalarDecodable, FixedWidthInteger {}

extension YAMLInteger {
  static var standIn: Any { Self.zero }
  static var expectation: String { "a whole number" }

  init(_ scalar: YAMLScalar) throws(YAMLMismatch) {
    guard case .integer(let negative, let magnitude) = scalar.kind else {
      throw Self.mismatch(scalar)
    }
    let value = magnitude.flatMap { magnitude -> Self? in
      guard negative else { return Self(exactly: magnitude) }
      return Int128(exactly: magnitude).flatMap { Self(exactly: -$0) }
    }
    guard let value else {
      throw YAMLMismatch(
        expected: "a whole number from \(Self.min) to \(Self.max)", found: scalar.description)
    }
    self = value
  }
}

extension Int: YAMLInteger {}
extension Int8: YAMLInteger {}
extension Int16: YAMLInteger {}
extension Int32: YAMLInteger {}
extension Int64: YAMLInteger {}
extension UInt: YAMLInteger {}
extension UInt8: YAMLInteger {}
extension UInt16: YAMLInteger {}
extension UInt32: YAMLInteger {}
extension UInt64: YAMLInteger {}

protocol YAMLFloatingPoint: YAMLScalarDecodable, BinaryFloatingPoint, LosslessStringConvertible {}

extension YAMLFloatingPoint {
  static var standIn: Any { Self.zero }
  static var expectation: String { "a number" }

  init(_ scalar: YAMLScalar) throws(YAMLMismatch) {
    let value: Self?
    switch scalar.kind {
    case .integer(let negative, let magnitude):
      // Hexadecimal and octal notations are not what a floating-point type reads.
      value = Self(scalar.text) ?? magnitude.map { negative ? -Self($0) : Self($0) }
    case .floating(let number?) where !number.isFinite:
      self = Self(number)
      return
    case .floating: value = Self(scalar.text)
    default: throw Self.mismatch(scalar)
    }
    guard let value, value.isFinite else {
      throw YAMLMismatch("\(scalar.description) is too large to be represented")
    }
    self = value
  }
}

extension Double: YAMLFloatingPoint {}
extension Float: YAMLFloatingPoint {}
