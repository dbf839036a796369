import Forecasting
package import Pipeline

/// The seasons of a stream as `--season` gives them.
package enum SeasonChoice: Sendable, Equatable {
  /// Lengths in steps, ascending.
  case steps([Int])
  /// There are none at first; the trainer finds them.
  case found

  package func apply(to stream: inout StreamSettings) {
    switch self {
    case .steps(let steps):
      stream.model.seasons = steps
      stream.findsSeasons = false
    case .found:
      stream.model.seasons = []
      stream.findsSeasons = true
    }
  }
}
