/// HTML and SVG text that is put together piece by piece; text from outside is escaped.
struct Markup {
  private(set) var text = ""

  /// Appends as it stands.
  mutating func raw(_ text: String) { self.text += text }

  mutating func line(_ text: String) { self.text += text + "\n" }

  /// `<name attributes>text</name>`, the text escaped.
  mutating func element(_ name: String, _ attributes: String = "", _ content: String) {
    line("<\(name)\(attributes.isEmpty ? "" : " " + attributes)>\(Self.escaped(content))</\(name)>")
  }

  static func escaped(_ text: String) -> String {
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
  /// A table; numbers stand to the right.
  mutating func table(columns: [Column], rows: [[String]]) {
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

  struct Column {
    var title: String
    var isNumber: Bool

    static func text(_ title: String) -> Self { Column(title: title, isNumber: false) }
    static func number(_ title: String) -> Self { Column(title: title, isNumber: true) }
  }
}
