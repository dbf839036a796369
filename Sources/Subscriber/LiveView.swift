package import CommandLineInterface

/// A block of lines at the bottom of a terminal that is redrawn in place, with lines that stay
/// above it.
///
/// It writes nothing itself: what `draw` returns goes to the terminal in one piece.
package struct LiveView: Sendable {
  private var lineCount = 0
  /// Width of the terminal when the block was drawn: a narrower one has wrapped its lines.
  private var drawnWidth = 0

  package init() {}

  /// - Parameters:
  ///   - lines: the block, cut to the terminal's size.
  ///   - above: lines that come before it and stay.
  package mutating func draw(
    _ lines: [String], above: [String] = [], on terminal: Terminal
  ) -> String {
    let width = terminal.width - 1
    var text = "\r"
    if lineCount > 0 {
      let wrapped = drawnWidth > terminal.width ? lineCount * 2 : lineCount
      text += "\u{1B}[\(min(wrapped, terminal.height - 1))A"
    }
    for line in above { text += clipped(line, to: width) + "\u{1B}[K\n" }
    let block = lines.prefix(terminal.height - 1)
    for line in block { text += clipped(line, to: width) + "\u{1B}[K\n" }
    lineCount = block.count
    drawnWidth = terminal.width
    return text + "\u{1B}[J"
  }

  private func clipped(_ line: String, to width: Int) -> String {
    Terminal.truncated(Terminal.sanitized(line), to: width)
  }
}
