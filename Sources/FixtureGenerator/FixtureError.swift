/// Why a fixture could not be generated.
package enum FixtureError: Error, Equatable, CustomStringConvertible {
  case invalid(String)
  case notWritable(path: String, reason: String)

  package var description: String {
    switch self {
    case .invalid(let reason): "The fixture cannot be generated: \(reason)."
    case .notWritable(let path, let reason): "\(path) cannot be written: \(reason)."
    }
  }
}
