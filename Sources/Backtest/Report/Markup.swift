/// HTML and SVG text that is put together piece by piece; text from outside is escaped.
package struct Markup {
  package private(set) var text = ""

  package init() {}

  /// Appends as it stands.
  package mutating func raw(_ text: String) { self.text += text }

  package mutating func line(_ text: String) { self.text += text + "\n" }

  /// `<name attributes>text</name>`, the text escaped.
  package mutating func element(_ name: String, _ attributes: String = "", _ content: String) {
    line("<\(name)\(attributes.isEmpty ? "" : " " + attributes)>\(Self.escaped(content))</\(name)>")
  }

  package static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}

extension Markup {
  /// A single number with its name, for a section of cards.
  package mutating func card(_ title: String, _ value: String, _ note: String) {
    line("<div class=\"card\">")
    element("p", "class=\"name\"", title)
    element("p", "class=\"value\"", value)
    element("p", "class=\"note\"", note)
    line("</div>")
  }

  /// A table; numbers stand to the right.
  package mutating func table(columns: [Column], rows: [[String]]) {
    line("<div class=\"scroll\"><table>")
    line("<thead><tr>")
    for column in columns {
      element("th", column.isNumber ? "class=\"number\"" : "", column.title)
    }
    line("</tr></thead><tbody>")
    for row in rows {
      raw("<tr>")
      for (column, cell) in zip(columns, row) {
        raw(column.isNumber ? "<td class=\"number\">" : "<td>")
        raw(Self.escaped(cell) + "</td>")
      }
      line("</tr>")
    }
    line("</tbody></table></div>")
  }

  package struct Column {
    package var title: String
    package var isNumber: Bool

    package static func text(_ title: String) -> Self { Column(title: title, isNumber: false) }
    package static func number(_ title: String) -> Self { Column(title: title, isNumber: true) }
  }
}
