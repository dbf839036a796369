/// Why a written quantity could not be understood; the description says how to write it.
package enum NotationError: Error, Equatable, Sendable, CustomStringConvertible {
  case notADuration(String)
  case durationWithoutUnit(String)
  case unknownDurationUnit(String, in: String)
  case durationUnitsOutOfOrder(String)
  case finerThanMilliseconds(String)
  case tooLarge(String)

  package var description: String {
    switch self {
    case .notADuration(let text):
      "'\(text)' is not a duration; write for example 250ms, 10s, 5m, 1h or 7d"
    case .durationWithoutUnit(let text):
      "'\(text)' has no unit; write for example \(text)s or \(text)ms (units: \(durationUnits))"
    case .unknownDurationUnit(let unit, let text):
      "unknown unit '\(unit)' in '\(text)'; the units are \(durationUnits)"
    case .durationUnitsOutOfOrder(let text):
      "the units in '\(text)' must go from long to short, each once, as in 1h30m"
    case .finerThanMilliseconds(let text):
      "'\(text)' is not a whole number of milliseconds; write for example 1ms or 250ms"
    case .tooLarge(let text):
      "'\(text)' is too large to be represented"
    }
  }

  private var durationUnits: String { DurationNotation.units.map(\.name).joined(separator: ", ") }
}
