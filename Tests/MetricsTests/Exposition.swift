/// A strict reader of the text exposition format 0.0.4, written from its specification and not from
/// the writer: whatever it can't explain is an error.
struct Exposition {
  struct Sample: Equatable {
    let name: String
    let labels: [String: String]
    let value: Double
  }

  struct Malformed: Error, CustomStringConvertible {
    let description: String
  }

  private(set) var kinds: [String: String] = [:]
  private(set) var helps: [String: String] = [:]
  private(set) var samples: [Sample] = []

  init(_ text: String) throws {
    guard text.isEmpty || text.utf8.last == UInt8(ascii: "\n") else {
      throw Malformed(description: "the last line must end in a newline")
    }
    var family: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      if line.hasPrefix("# HELP ") {
        let (name, help) = try Self.splitComment(line.dropFirst(7))
        guard helps.updateValue(try Self.unescaped(help, quotes: false), forKey: name) == nil else {
          throw Malformed(description: "second HELP of \(name)")
        }
      } else if line.hasPrefix("# TYPE ") {
        let (name, kind) = try Self.splitComment(line.dropFirst(7))
        guard kinds.updateValue(String(kind), forKey: name) == nil else {
          throw Malformed(description: "second TYPE of \(name)")
        }
        family = name
      } else {
        let sample = try Self.sample(line)
        guard let family, Self.belongs(sample.name, to: family, kind: kinds[family]) else {
          throw Malformed(description: "\(sample.name) is outside of its family")
        }
        guard !samples.contains(where: { $0.name == sample.name && $0.labels == sample.labels })
        else { throw Malformed(description: "twice: \(line)") }
        samples.append(sample)
      }
    }
  }

  func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    samples.first { $0.name == name && $0.labels == labels }?.value
  }

  private static func splitComment(_ text: Substring) throws -> (String, Substring) {
    guard let space = text.firstIndex(of: " ") else {
      throw Malformed(description: "a comment without text: \(text)")
    }
    return (String(text[..<space]), text[text.index(after: space)...])
  }

  private static func belongs(_ name: String, to family: String, kind: String?) -> Bool {
    kind == "histogram"
      ? ["_bucket", "_sum", "_count"].contains { name == family + $0 } : name == family
  }

  private static func sample(_ line: Substring) throws -> Sample {
    var rest = line
    let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" })
    rest = rest.dropFirst(name.count)
    var labels: [String: String] = [:]
    if rest.first == "{" {
      rest = rest.dropFirst()
      while rest.first != "}" {
        let label = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
        rest = rest.dropFirst(label.count)
        guard !label.isEmpty, rest.hasPrefix("=\"") else {
          throw Malformed(description: "a label's name: \(line)")
        }
        rest = rest.dropFirst(2)
        var raw = ""
        while let character = rest.first, character != "\"" {
          raw.append(character)
          rest = rest.dropFirst()
          if character == "\\", let next = rest.first {
            raw.append(next)
            rest = rest.dropFirst()
          }
        }
        guard rest.first == "\"" else { throw Malformed(description: "an open quote: \(line)") }
        rest = rest.dropFirst()
        guard labels.updateValue(try unescaped(raw[...], quotes: true), forKey: label) == nil
        else { throw Malformed(description: "a label twice: \(line)") }
        if rest.first == "," { rest = rest.dropFirst() }
      }
      rest = rest.dropFirst()
    }
    guard !name.isEmpty, rest.first == " " else { throw Malformed(description: "\(line)") }
    return Sample(name: name, labels: labels, value: try number(rest.dropFirst()))
  }

  private static func number(_ text: Substring) throws -> Double {
    switch text {
    case "+Inf": return .infinity
    case "-Inf": return -.infinity
    case "NaN": return .nan
    default:
      guard let value = Double(text), value.isFinite else {
        throw Malformed(description: "not a number: \(text)")
      }
      return value
    }
  }

  private static func unescaped(_ text: Substring, quotes: Bool) throws -> String {
    var result = ""
    var rest = text
    while let character = rest.popFirst() {
      guard character == "\\" else {
        result.append(character)
        continue
      }
      switch rest.popFirst() {
      case "\\": result.append("\\")
      case "n": result.append("\n")
      case "\"" where quotes: result.append("\"")
      default: throw Malformed(description: "an unknown escape in \(text)")
      }
    }
    return result
  }
}
