import MetricFormats

/// Why files cannot be replayed; each description says what to do.
package enum ReplayError: Error, Sendable, CustomStringConvertible {
  case noFiles(path: String)
  case unreadable(path: String, reason: String)
  case notACSV(path: String, CSVError)
  case noSeries
  case mixedTimes
  case settings(String)
  case output(path: String, reason: String)
  /// The reason why the worker loop stopped.
  case worker(String)

  package var description: String {
    switch self {
    case .noFiles(let path):
      """
      \(path): no file to replay: give CSV, Influx line protocol, JSON lines or Graphite files, or \
      a directory that holds .csv, .influx, .lp, .json, .jsonl, .ndjson or .graphite files
      """
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .notACSV(let path, let error): "\(path):1: \(error)"
    case .noSeries:
      "no series in the files: check their format, for example with 'head', or name it"
    case .mixedTimes:
      """
      some files have times, and others only number their rows, so they cannot be merged in the \
      order of time: replay them separately
      """
    case .settings(let reason): reason
    case .output(let path, let reason): "\(path): cannot be written: \(reason)"
    case .worker(let reason): reason
    }
  }
}
