/// What is wrong with something a person wrote; each description says what to write instead.
package enum TimeSeriesError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A value that a setting cannot take.
  case setting(name: String, problem: String)
  /// A schedule that cannot be read or never comes due; `field` is the part of it that is wrong.
  case schedule(field: String, problem: String)
  /// A series pattern that cannot be read.
  case pattern(text: String, problem: String)
  /// A time zone that the database does not have, or not in a form that can be read.
  case timeZone(name: String, problem: String)

  package var description: String {
    switch self {
    case .setting(let name, let problem): "\(name): \(problem)"
    case .schedule(let field, let problem): "schedule, \(field): \(problem)"
    case .pattern(let text, let problem): "series pattern '\(text)': \(problem)"
    case .timeZone(let name, let problem): "time zone '\(name)': \(problem)"
    }
  }
}
