/// A value together with its place, so that a later check can say where an impossible value stands.
///
/// ```swift
/// let interval: Located<Duration>
/// …
/// if interval.value > longest { throw YAMLError([interval.diagnostic("must be at most 1h")]) }
/// ```
package struct Located<Value> {
  package var value: Value
  package var position: YAMLPosition

  package init(_ value: Value, at position: YAMLPosition) {
    self.value = value
    self.position = position
  }

  package func diagnostic(_ message: String) -> YAMLDiagnostic {
    YAMLDiagnostic(position: position, message: message)
  }

  package func map<T, E: Error>(_ transform: (Value) throws(E) -> T) throws(E) -> Located<T> {
    Located<T>(try transform(value), at: position)
  }
}

extension Located: Sendable where Value: Sendable {}

extension Located: Decodable where Value: Decodable {
  package init(from decoder: any Decoder) throws {
    guard let position = decoder.yamlPosition else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "Located values can be decoded by YAMLDecoder only"))
    }
    self.init(try decoder.singleValueContainer().decode(Value.self), at: position)
  }
}
