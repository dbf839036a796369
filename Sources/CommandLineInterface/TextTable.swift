/// Rows in aligned columns.
package struct TextTable: Sendable {
  package enum Alignment: Sendable {
    case left
    /// For numbers, which are never cut: a cut number is a wrong number.
    case right
  }

  package struct Column: Sendable {
    let title: String
    let alignment: Alignment
    let minimumWidth: Int

    /// - Parameter minimumWidth: keeps a live table from jumping when its rows change.
    package init(_ title: String, _ alignment: Alignment = .left, minimumWidth: Int = 0) {
      self.title = title
      self.alignment = alignment
      self.minimumWidth = minimumWidth
    }
  }

  private static let gap = "  "
  /// Texts are not cut below this many columns.
  private static let textWidthMin = 6

  private let columns: [Column]
  private var rows: [[String]] = []

  package init(_ columns: [Column]) { self.columns = columns }

  /// - Precondition: as many cells as columns.
  package mutating func append(_ cells: [String]) {
    precondition(cells.count == columns.count, "\(cells.count) cells in \(columns.count) columns")
    rows.append(cells.map(Terminal.sanitized))
  }

  /// The header and the rows, none wider than `width`; nil is without bound.
  package func lines(width: Int? = nil) -> [String] {
    let widths = columnWidths(fitting: width)
    return ([columns.map(\.title)] + rows).map { cells in
      var line = ""
      for (index, cell) in cells.enumerated() {
        let text = Terminal.truncated(cell, to: widths[index])
        let padding = String(repeating: " ", count: widths[index] - Terminal.displayWidth(text))
        line += index == 0 ? "" : Self.gap
        line += columns[index].alignment == .left ? text + padding : padding + text
      }
      while line.last == " " { line.removeLast() }
      return width.map { Terminal.truncated(line, to: $0) } ?? line
    }
  }

  /// Takes what is missing from the widest column of texts, again and again.
  private func columnWidths(fitting width: Int?) -> [Int] {
    var widths = columns.indices.map { index in
      rows.reduce(max(columns[index].minimumWidth, Terminal.displayWidth(columns[index].title))) {
        max($0, Terminal.displayWidth($1[index]))
      }
    }
    guard let width else { return widths }
    var excess = widths.reduce(0, +) + Self.gap.count * max(0, columns.count - 1) - width
    while excess > 0 {
      let shrinkable = columns.indices.filter {
        columns[$0].alignment == .left && widths[$0] > Self.textWidthMin
      }
      guard let widest = shrinkable.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }
}
