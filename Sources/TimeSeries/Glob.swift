/// A text pattern, compiled to its alternatives: `*` matches any text, `?` one character, `{a,b}`
/// one of several alternatives (which may be nested), and `\` takes the next character literally.
struct Glob: Sendable, Equatable {
  private enum Token: Equatable, Sendable {
    case character(Unicode.Scalar)
    case one
    case any
  }

  /// More alternatives than a person writes. Twenty groups `{a,b}` in a row would make a million.
  private static let alternativeMaximum = 1024

  private var alternatives: [[Token]]

  init(_ text: Substring, in pattern: String) throws(TimeSeriesError) {
    var scanner = Scanner(scalars: Array(text.unicodeScalars), pattern: pattern)
    alternatives = try scanner.sequence(isNested: false)
    if scanner.position < scanner.scalars.count {
      throw .pattern(text: pattern, problem: "a '}' without its '{'; write '\\}' for the character")
    }
  }

  func matches(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    return alternatives.contains { Self.matches(scalars, $0) }
  }

  /// - Complexity: O(text × pattern): only the last `*` is tried again.
  private static func matches(_ text: [Unicode.Scalar], _ tokens: [Token]) -> Bool {
    var position = 0
    var token = 0
    var retry: (position: Int, token: Int)?
    while position < text.count {
      if token < tokens.count, tokens[token] == .any {
        retry = (position, token + 1)
        token += 1
      } else if token < tokens.count,
        tokens[token] == .one || tokens[token] == .character(text[position])
      {
        position += 1
        token += 1
      } else if let last = retry {
        retry = (last.position + 1, last.token)
        position = last.position + 1
        token = last.token
      } else {
        return false
      }
    }
    return tokens[token...].allSatisfy { $0 == .any }
  }

  private struct Scanner {
    let scalars: [Unicode.Scalar]
    let pattern: String
    var position = 0
    var depth = 0

    /// Reads to the end, or, if nested, to the `,` or `}` that ends the alternative.
    mutating func sequence(isNested: Bool) throws(TimeSeriesError) -> [[Token]] {
      var results: [[Token]] = [[]]
      while position < scalars.count {
        let scalar = scalars[position]
        if scalar == "}" || isNested && scalar == "," { break }
        position += 1
        let next: [[Token]]
        switch scalar {
        case "*": next = [[.any]]
        case "?": next = [[.one]]
        case "{": next = try braces()
        case "\\":
          guard position < scalars.count else {
            throw .pattern(text: pattern, problem: "ends in the middle of an escape '\\'")
          }
          next = [[.character(scalars[position])]]
          position += 1
        default: next = [[.character(scalar)]]
        }
        guard results.count * next.count <= Glob.alternativeMaximum else {
          throw .pattern(
            text: pattern, problem: "stands for more than \(Glob.alternativeMaximum) alternatives")
        }
        results = results.flatMap { prefix in next.map { prefix + $0 } }
      }
      return results
    }

    private mutating func braces() throws(TimeSeriesError) -> [[Token]] {
      depth += 1
      guard depth <= 16 else {
        throw .pattern(text: pattern, problem: "braces within more than 16 braces")
      }
      var results: [[Token]] = []
      while true {
        results += try sequence(isNested: true)
        guard results.count <= Glob.alternativeMaximum else {
          throw .pattern(
            text: pattern, problem: "stands for more than \(Glob.alternativeMaximum) alternatives")
        }
        guard position < scalars.count else {
          throw .pattern(text: pattern, problem: "a '{' without its '}'")
        }
        position += 1
        if scalars[position - 1] == "}" { break }
      }
      depth -= 1
      return results
    }
  }
}
