/// What is wrong with a calendar, and what to write instead.
package struct CalendarError: Error, Equatable, CustomStringConvertible {
  package let file: String
  /// Counts from 1; nil for the whole file.
  package let line: Int?
  package let problem: String

  package var description: String {
    line.map { "\(file):\($0): \(problem)" } ?? "\(file): \(problem)"
  }
}
