import TimeSeries

extension KeyedDecodingContainer {
  /// The value of a key, or its default if the file leaves it out.
  func value<T: Decodable>(_ key: Key, default value: T) throws -> T {
    try decodeIfPresent(T.self, forKey: key) ?? value
  }

  /// A duration in milliseconds.
  func duration(_ key: Key, default value: Int64) throws -> Int64 {
    try decodeIfPresent(ConfiguredDuration.self, forKey: key)?.milliseconds ?? value
  }

  /// A number within bounds.
  func number<T: Decodable & Comparable>(
    _ key: Key, default value: T, in range: ClosedRange<T>
  ) throws -> T {
    guard let number = try decodeIfPresent(T.self, forKey: key) else { return value }
    guard range.contains(number) else {
      throw impossible(key, "\(number) is not from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The value that the key's word stands for. The word is one of `words`.
  func word<T>(_ key: Key, default value: T, among words: KeyValuePairs<String, T>) throws -> T {
    guard let text = try decodeIfPresent(String.self, forKey: key) else { return value }
    guard let match = words.first(where: { $0.key == text }) else {
      throw impossible(key, "'\(text)' is not one of \(words.map(\.key).joined(separator: ", "))")
    }
    return match.value
  }

  /// The case of an enumeration whose raw value is the key's word.
  func word<T: RawRepresentable<String> & CaseIterable>(_ key: Key, default value: T) throws -> T {
    guard let text = try decodeIfPresent(String.self, forKey: key) else { return value }
    guard let match = T(rawValue: text) else {
      let words = T.allCases.map(\.rawValue).joined(separator: ", ")
      throw impossible(key, "'\(text)' is not one of \(words)")
    }
    return match
  }

  /// An error about the value of a key, which the YAML decoder reports with its line.
  func impossible(_ key: Key, _ problem: String) -> DecodingError {
    DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: problem)
  }

  /// Validates settings that were read from this section. The error names the key of the invalid
  /// setting.
  ///
  /// - Parameter keys: the keys, by the setting names in the errors of `validate`.
  func validate(
    keys: [String: Key], _ validate: () throws(TimeSeriesError) -> Void
  ) throws {
    do throws(TimeSeriesError) {
      try validate()
    } catch {
      guard case .setting(let name, let problem) = error, let key = keys[name] else {
        throw DecodingError.dataCorrupted(
          DecodingError.Context(codingPath: codingPath, debugDescription: "\(error)"))
      }
      throw impossible(key, problem)
    }
  }
}
