import Glibc

/// Properties of the terminal, file or pipe behind one of the standard streams.
package struct Terminal: Sendable {
  package let isTerminal: Bool
  /// Columns.
  package let width: Int
  /// Rows.
  package let height: Int

  package init(isTerminal: Bool, width: Int = 80, height: Int = 24) {
    self.isTerminal = isTerminal
    self.width = width
    self.height = height
  }

  /// Asks the environment first, then the terminal's driver.
  package init(fileDescriptor: Int32, environment: [String: String]) {
    isTerminal = isatty(fileDescriptor) == 1
    let size = Self.size(of: fileDescriptor)
    let columns = environment["COLUMNS"].flatMap { Int($0) } ?? size.map { Int($0.ws_col) }
    width = columns.flatMap { $0 > 0 ? min($0, 1000) : nil } ?? 80
    let rows = environment["LINES"].flatMap { Int($0) } ?? size.map { Int($0.ws_row) }
    height = rows.flatMap { $0 > 0 ? min($0, 1000) : nil } ?? 24
  }

  private static func size(of fileDescriptor: Int32) -> winsize? {
    var size = winsize()
    return ioctl(fileDescriptor, UInt(TIOCGWINSZ), &size) == 0 ? size : nil
  }

  /// Text from outside — labels, file names — without the control characters that would let it
  /// steer the terminal.
  package static func sanitized(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      result.append(isControl(scalar) ? "\u{FFFD}" : scalar)
    }
    return String(result)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    // Format characters include those that reverse the direction of the text after them.
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  /// Columns the text takes: wide characters of East Asian scripts and emoji take two.
  package static func displayWidth(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.reduce(0) { $0 + displayWidth($1) }
  }

  static func displayWidth(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default:
      return scalar.properties.generalCategory == .nonspacingMark ? 0 : 1
    }
  }

  /// The text cut to the width, its last column an ellipsis where something is missing.
  package static func truncated(_ text: String, to width: Int) -> String {
    guard displayWidth(text) > width else { return text }
    guard width > 0 else { return "" }
    var result = ""
    var used = 0
    for character in text {
      used += displayWidth(character)
      if used > width - 1 { break }
      result.append(character)
    }
    return result + "…"
  }
}
