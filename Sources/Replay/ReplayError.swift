import MetricFormats

/// Why files cannot be replayed; each description says what to do.
package enum ReplayError: Error, Sendable, CustomStringConvertible {
  case noFiles(path: String)
  case unreadable(path: String, reason: String)
  case notACSV(path: String, CSVError)
  case severalFormats([String])
  case noSeries
  case mixedTimes
  case settings(String)
  case output(path: String, reason: String)
  /// What the worker loop stopped for.
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
    case .severalFormats(let names):
      """
      the configuration has inputs of several formats (\(names.joined(separator: ", "))), and \
      files do not say which is theirs: name one
      """
    case .noSeries:
      "no series in the files: check their format, for example with 'head', or name it"
    case .mixedTimes:
      """
      some files have times and others only number their rows, so nothing says which row was when: \
      replay them apart
      """
    case .settings(let reason): reason
    case .output(let path, let reason): "\(path): cannot be written: \(reason)"
    case .worker(let reason): reason
    }
  }
}
