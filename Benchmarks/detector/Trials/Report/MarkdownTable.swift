/// A table as documents have it.
struct MarkdownTable {
  private(set) var text: String

  init(_ titles: [String]) {
    text = ""
    append(titles)
    append(titles.map { _ in "---" }, isRule: true)
  }

  mutating func append(_ cells: [String], isRule: Bool = false) {
    text +=
      isRule
      ? "|" + cells.joined(separator: "|") + "|\n"
      : "| " + cells.joined(separator: " | ") + " |\n"
  }
}
