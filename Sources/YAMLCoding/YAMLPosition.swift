/// The place of a value in its file, and its key.
package struct YAMLPosition: Hashable, Sendable, CustomStringConvertible {
  package let file: String
  /// Counts from 1.
  package let line: Int
  /// Counts characters from 1.
  package let column: Int
  /// For example `streams[0].interval`; empty for the whole file.
  package let keyPath: String

  package init(file: String, line: Int, column: Int, keyPath: String) {
    self.file = file
    self.line = line
    self.column = column
    self.keyPath = keyPath
  }

  package var description: String {
    keyPath.isEmpty ? "\(file):\(line):\(column)" : "\(file):\(line):\(column): \(keyPath)"
  }
}

/// Line and column, both from 1.
struct YAMLMark: Hashable, Comparable, Sendable {
  var line: Int
  var column: Int

  static let start = YAMLMark(line: 1, column: 1)

  static func < (a: YAMLMark, b: YAMLMark) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// The keys and indices that lead to a node; unlike its text, it can be compared safely.
struct YAMLPath: Hashable, Sendable, CustomStringConvertible {
  enum Component: Hashable, Sendable {
    case key(String)
    case index(Int)
  }

  var components: [Component] = []

  func appending(_ component: Component) -> YAMLPath {
    YAMLPath(components: components + [component])
  }

  func isRelated(to other: YAMLPath) -> Bool {
    components.starts(with: other.components) || other.components.starts(with: components)
  }

  /// Keys that hold a dot or other punctuation are quoted: `kafka."bootstrap.servers"`.
  var description: String {
    var text = ""
    for component in components {
      switch component {
      case .index(let index): text += "[\(index)]"
      case .key(let key):
        let isPlain =
          !key.isEmpty
          && key.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_" || $0 == "-"
          }
        text += (text.isEmpty ? "" : ".") + (isPlain ? key : "\"\(printable(key, limit: 60))\"")
      }
    }
    return text
  }
}

/// Control characters escaped and long texts cut, so that an error message stays one line.
func printable(_ text: String, limit: Int = 40) -> String {
  var result = ""
  for (count, scalar) in text.unicodeScalars.enumerated() {
    if count == limit { return result + "…" }
    switch scalar {
    case "\n": result += "\\n"
    case "\t": result += "\\t"
    case "\"": result += "\\\""
    case _ where scalar.properties.generalCategory == .control:
      result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
