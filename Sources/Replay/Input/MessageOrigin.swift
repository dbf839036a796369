/// The file and line that a message of a replay comes from.
package struct MessageOrigin: Sendable, Equatable {
  package var path: String
  /// From 1.
  package var line: Int
  /// The row or line in the file, without its line end.
  package var text: [UInt8]

  package init(path: String, line: Int, text: [UInt8]) {
    self.path = path
    self.line = line
    self.text = text
  }
}
