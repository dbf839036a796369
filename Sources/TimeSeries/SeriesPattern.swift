/// The pattern that selects the series of a stream: globs for the name and for labels. All of them
/// must match.
///
///     cpu.*                          name
///     cpu.{user,system},host=web-?   name, and label host
///     host=web-*,env!=test           any name, label host, and label env not test (or absent)
///
/// The parts are separated by `,` outside of braces, as in a canonical series key; `\` takes the
/// next character literally. A part with `=` is for a label, a part without it for the name.
package struct SeriesPattern: Sendable, Equatable {
  private struct LabelRule: Sendable, Equatable {
    var name: String
    var isNegated: Bool
    var glob: Glob
  }

  /// The text that the pattern was read from.
  package let text: String
  private let nameGlob: Glob?
  private let labelRules: [LabelRule]

  /// - Throws: `TimeSeriesError.pattern` with what cannot be read.
  package init(_ text: String) throws(TimeSeriesError) {
    self.text = text
    var nameGlob: Glob?
    var rules: [LabelRule] = []
    for (index, part) in Self.parts(of: text).enumerated() {
      guard !part.isEmpty else {
        throw .pattern(text: text, problem: "has an empty part; write '*' for every series")
      }
      if let equals = Self.position(of: "=", in: part) {
        rules.append(try Self.labelRule(part, equals: equals, in: text))
      } else if index == 0 {
        nameGlob = try Glob(part, in: text)
      } else {
        throw .pattern(
          text: text,
          problem: "'\(part)' has no '=': after the name come labels as in 'host=web-*'")
      }
    }
    self.nameGlob = nameGlob
    labelRules = rules
  }

  /// - Complexity: O(key × pattern); meant to be called once for each series.
  package func matches(_ key: SeriesKey) -> Bool {
    if let nameGlob, !nameGlob.matches(key.name) { return false }
    return labelRules.allSatisfy { rule in
      let isMatch = key[label: rule.name].map(rule.glob.matches) ?? false
      return isMatch != rule.isNegated
    }
  }

  package func matches(canonical bytes: some Sequence<UInt8>) -> Bool {
    matches(SeriesKey(canonical: bytes))
  }

  /// The pattern that matches exactly these characters.
  package static func escaped(_ text: String) -> String {
    text.reduce(into: "") { escaped, character in
      if "\\*?{},=".contains(character) { escaped.append("\\") }
      escaped.append(character)
    }
  }

  private static func labelRule(
    _ part: Substring, equals: Substring.Index, in text: String
  ) throws(TimeSeriesError) -> LabelRule {
    var name = part[..<equals]
    let isNegated = name.last == "!"
    if isNegated { name = name.dropLast() }
    guard !name.isEmpty else {
      throw .pattern(text: text, problem: "'\(part)' names no label")
    }
    return LabelRule(
      name: unescaped(name), isNegated: isNegated,
      glob: try Glob(part[part.index(after: equals)...], in: text))
  }

  private static func parts(of text: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = Substring(text)
    while let comma = position(of: ",", in: rest) {
      parts.append(rest[..<comma])
      rest = rest[rest.index(after: comma)...]
    }
    return parts + [rest]
  }

  /// The first position of the character where it is neither escaped nor within braces.
  private static func position(of character: Character, in text: Substring) -> Substring.Index? {
    var depth = 0
    var isEscaped = false
    for index in text.indices {
      let here = text[index]
      if isEscaped {
        isEscaped = false
      } else if here == "\\" {
        isEscaped = true
      } else if here == "{" {
        depth += 1
      } else if here == "}" {
        depth -= 1
      } else if here == character, depth <= 0 {
        return index
      }
    }
    return nil
  }

  private static func unescaped(_ text: Substring) -> String {
    var result = ""
    var isEscaped = false
    for character in text {
      if character == "\\", !isEscaped {
        isEscaped = true
      } else {
        result.append(character)
        isEscaped = false
      }
    }
    return result
  }
}
