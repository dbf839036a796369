/// Why the demonstration failed; the text says what to do.
package enum DemoError: Error, CustomStringConvertible {
  case noFixture(beside: String)
  case unusableFixture(String, String)
  case noDirectory(String)
  case stalled(String)
  case failed(String)

  package var description: String {
    switch self {
    case .noFixture(let place):
      """
      the bundled recording was found neither beside \(place) (../share/forecastd/fixtures) nor in \
      a checkout above it: name one with --fixture FILE, or record one with 'forecastd record'
      """
    case .unusableFixture(let file, let reason): "\(file) \(reason)"
    case .noDirectory(let reason): "no temporary directory could be made: \(reason); set TMPDIR"
    case .stalled(let what): "no progress for a minute: \(what)"
    case .failed(let reason): reason
    }
  }
}
