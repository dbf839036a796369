/// Why a recording could not start or go on.
package enum HostMetricsError: Error, Equatable, CustomStringConvertible {
  /// None of the kernel's files could be read below the given root.
  case nothingReadable(root: String)
  /// A field selection that names no known measurement or field.
  case invalidSelection(String)
  /// An interval or duration no schedule can be built from.
  case invalidSchedule(String)
  /// The sink refused the encoded samples.
  case outputFailed(String)

  package var description: String {
    switch self {
    case .nothingReadable(let root):
      "No kernel statistics can be read below \(root): is /proc mounted, and readable for this user?"
    case .invalidSelection(let text):
      Self.explain(selection: text)
    case .invalidSchedule(let text):
      "The recording cannot be scheduled: \(text)."
    case .outputFailed(let text):
      "The recorded samples could not be written: \(text)"
    }
  }

  private static func explain(selection: String) -> String {
    let name = String(selection.prefix { $0 != "." })
    guard let measurement = HostMeasurement(rawValue: name) else {
      return "Nothing is selected by '\(selection)': write MEASUREMENT or MEASUREMENT.FIELD, "
        + "with a measurement out of \(HostMeasurement.allNames)."
    }
    return "Nothing is selected by '\(selection)': the fields of \(name) are "
      + measurement.fieldNames.joined(separator: ", ") + "."
  }
}
