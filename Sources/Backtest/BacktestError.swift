/// Why a backtest cannot be made; each description says what to do.
package enum BacktestError: Error, Sendable, CustomStringConvertible {
  /// A file of the history, or of the output.
  case file(String)
  case settings(String)
  case noSeries
  /// `--from` and `--to` leave nothing to forecast.
  case nothingToForecast(reason: String)
  /// The reason why the worker loop stopped.
  case worker(String)

  package var description: String {
    switch self {
    case .file(let reason), .settings(let reason), .worker(let reason): reason
    case .noSeries:
      "no series in the files: check their format, for example with 'head'"
    case .nothingToForecast(let reason):
      "no forecast falls between --from and --to: \(reason)"
    }
  }
}
