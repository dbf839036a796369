import Forecasting
package import Pipeline

/// What `--season` says of a stream's seasons.
package enum SeasonChoice: Sendable, Equatable {
  /// In steps, ascending.
  case steps([Int])
  /// Those that the trainer finds, from none on.
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
