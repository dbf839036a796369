/// An error in a text or setting that a person wrote. Each description says what to write instead.
package enum TimeSeriesError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A value that a setting cannot take.
  case setting(name: String, problem: String)
  /// A schedule that cannot be read or is never due; `field` is the part that is wrong.
  case schedule(field: String, problem: String)
  /// A series pattern that cannot be read.
  case pattern(text: String, problem: String)
  /// A time zone that the database does not have, or whose file cannot be read.
  case timeZone(name: String, problem: String)
  /// A rule by which a window recurs that cannot be read.
  case recurrence(text: String, problem: String)
  /// A planned window that cannot be; `text` is its id or what it was read from.
  case window(text: String, problem: String)

  package var description: String {
    switch self {
    case .setting(let name, let problem): "\(name): \(problem)"
    case .schedule(let field, let problem): "schedule, \(field): \(problem)"
    case .pattern(let text, let problem): "series pattern '\(text)': \(problem)"
    case .timeZone(let name, let problem): "time zone '\(name)': \(problem)"
    case .recurrence(let text, let problem): "recurrence rule '\(text)': \(problem)"
    case .window(let text, let problem): "window '\(text)': \(problem)"
    }
  }
}
