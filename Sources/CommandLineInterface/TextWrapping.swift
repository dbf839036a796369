/// Paragraphs broken at spaces; lines that begin with a space are kept as they are.
///
/// A word longer than the width stands on a line of its own.
func wrapped(_ text: String, width: Int, indent: Int = 0) -> [String] {
  let margin = String(repeating: " ", count: indent)
  var lines: [String] = []
  var current = ""
  func flush() {
    if !current.isEmpty { lines.append(margin + current) }
    current = ""
  }
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    if line.isEmpty || line.first == " " {
      flush()
      lines.append(line.isEmpty ? "" : margin + line)
      continue
    }
    for word in line.split(separator: " ") {
      let length = Terminal.displayWidth(current) + 1 + Terminal.displayWidth(String(word))
      if !current.isEmpty, length > width - indent { flush() }
      current += (current.isEmpty ? "" : " ") + word
    }
  }
  flush()
  return lines
}
