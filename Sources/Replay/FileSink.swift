package import Pipeline
package import TimeSeries

/// Writes records as JSON lines, one file a topic: `forecasts.jsonl`, `anomalies.jsonl`,
/// `dead-letters.jsonl` and `reports.jsonl`.
///
/// The files get their names when the replay is complete; until then they end in `.part`. They hold
/// neither wall time nor traces of the batches, so that equal replays write equal bytes.
package final class FileSink: RecordSink {
  /// A class, because an array cannot hold a file, which cannot be copied.
  private final class Output {
    let file: PartFile
    /// Lines since the last commit.
    var pending: [UInt8] = []

    init(path: String) throws(ReplayError) { file = try PartFile(path: path) }

    func flush() throws(ReplayError) {
      try file.write(pending)
      pending.removeAll(keepingCapacity: true)
    }
  }

  private let forecasts: Output
  private let anomalies: Output
  private let deadLetters: Output
  private let reports: Output
  private let origin: (Int64) -> MessageOrigin?

  /// - Parameters:
  ///   - directory: made where it is missing; files of an earlier replay in it are replaced.
  ///   - origin: gives the origin of the message at an offset, while it is being processed.
  package init(
    directory: String, origin: @escaping (Int64) -> MessageOrigin?
  ) throws(ReplayError) {
    try OutputDirectory.make(directory)
    forecasts = try Output(path: directory + "/forecasts.jsonl")
    anomalies = try Output(path: directory + "/anomalies.jsonl")
    deadLetters = try Output(path: directory + "/dead-letters.jsonl")
    reports = try Output(path: directory + "/reports.jsonl")
    self.origin = origin
  }

  package func send(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) -> SendOutcome {
    let output: Output
    switch topic {
    case .forecasts: output = forecasts
    case .anomalies: output = anomalies
    case .reports: output = reports
    case .deadLetters:
      let line = try DeadLetterLine(key: key, value: value, headers: headers, origin: origin).json()
      deadLetters.pending.append(contentsOf: line)
      deadLetters.pending.append(UInt8(ascii: "\n"))
      return .sent
    case .points: throw .fatal("a replay has no points topic: its input needs no router")
    }
    output.pending.append(contentsOf: value)
    output.pending.append(UInt8(ascii: "\n"))
    return .sent
  }

  package func commit(_ offsets: [OffsetCommit]) throws(TransportError) {
    do {
      for output in [forecasts, anomalies, deadLetters, reports] { try output.flush() }
    } catch {
      throw .fatal("\(error)")
    }
  }

  package func abort() throws(TransportError) {
    for output in [forecasts, anomalies, deadLetters, reports] { output.pending.removeAll() }
  }

  /// Gives the files their names; what was not committed is not in them.
  package func finish() throws(ReplayError) {
    for output in [forecasts, anomalies, deadLetters, reports] { try output.file.finish() }
  }
}
