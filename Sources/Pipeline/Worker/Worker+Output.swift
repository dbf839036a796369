import Forecasting
import MetricFormats
import Metrics
import TimeSeries

/// The record headers for each kind of output and each model version.
struct OutputHeaders {
  private var forecasts: [Int: RecordHeaders] = [:]
  private var anomalies: [Int: RecordHeaders] = [:]
  let reports = RecordHeaders([RecordHeader("content-type", "application/json")])

  mutating func of(_ topic: OutputTopic, modelVersion: Int) -> RecordHeaders {
    let known = topic == .forecasts ? forecasts[modelVersion] : anomalies[modelVersion]
    if let known { return known }
    let made = RecordHeaders([
      RecordHeader("content-type", "application/json"), RecordHeader("model", "\(modelVersion)"),
    ])
    if topic == .forecasts {
      forecasts[modelVersion] = made
    } else {
      anomalies[modelVersion] = made
    }
    return made
  }
}

extension Worker {
  /// Sends the encoded records of a partition's segment, in the order of their steps.
  mutating func produce(from slot: Int) throws(TransportError) {
    defer { output.removeAll() }
    // The headers of the last record, kept until the stream or the topic changes.
    var known: (stream: Int32, topic: Int32, headers: RecordHeaders)?
    for record in output.records {
      let stream = Int(record.stream)
      let topic: OutputTopic =
        record.topic == OutputTopic.forecasts.rawValue ? .forecasts : .anomalies
      if known?.stream != record.stream || known?.topic != record.topic { known = nil }
      let headers =
        known?.headers
        ?? headers.of(topic, modelVersion: partitions[slot].streams[stream].model.version)
      known = (record.stream, record.topic, headers)
      if topic == .forecasts {
        counts.forecasts += 1
        counts.forecastBytes += record.end - record.start
      } else {
        counts.anomalies += 1
      }
      try send(
        topic, slot: slot, key: partitions[slot].streams[stream].key(of: record),
        bytes: record.start..<record.end, headers: headers, timestamp: record.timestamp)
    }
  }

  private func send(
    _ topic: OutputTopic, slot: Int, key: [UInt8], bytes range: Range<Int>,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) {
    try withBytes(key) { key throws(TransportError) in
      try withBytes(output.bytes) { bytes throws(TransportError) in
        let value = UnsafeRawBufferPointer(rebasing: bytes[range])
        let outcome = try sink.send(
          topic, key: key, value: value, headers: headers, timestamp: timestamp)
        guard case .refused(let reason) = outcome else { return }
        try deadLetters.bury(
          topic, key: key, value: value, because: reason, after: partitions[slot].id,
          offset: partitions[slot].nextOffset - 1)
      }
    }
  }

  /// Forgets what was counted since the last commit.
  mutating func discardCounts() {
    counts.discard()
    segment.discardCounts()
  }

  /// Publishes the training reports that no worker has published yet.
  mutating func publishReports() throws(TransportError) {
    let now = clock.now()
    for var report in models.takeReports() {
      // A report that is sent again, after an abort, is the same record.
      let time = report.sentAt ?? now
      report.sentAt = time
      sentReports.append(report)
      commits.hasUncommitted = true
      guard settings.sendsReports else { continue }
      let value = TrainingRecord(report, time: time).json
      let key = Array(report.stream.utf8)
      try withBytes(key) { key throws(TransportError) in
        try withBytes(value) { value throws(TransportError) in
          _ = try sink.send(
            .reports, key: key, value: value, headers: headers.reports, timestamp: time)
        }
      }
    }
  }

  /// Counts the reports that a commit has published, and removes them from the store.
  mutating func notePublishedReports() {
    guard !sentReports.isEmpty else { return }
    for report in sentReports { metrics.retraining(report) }
    do throws(ModelStoreError) {
      try models.notePublished(sentReports)
    } catch {
      log.warning(
        "a published report could not be removed, so the next start publishes it again",
        ["error": "\(error)"])
    }
    sentReports.removeAll()
  }

  /// Returns the reports of an aborted transaction to the registry, so that they are published
  /// later.
  mutating func returnReports() {
    models.returnReports(sentReports)
    sentReports.removeAll()
    lookForChampions()
  }
}

extension TrainingRecord {
  /// The published form of a training report.
  init(_ report: TrainingReport, time: Milliseconds) {
    self.init(
      stream: report.stream, time: time, modelVersion: report.challengerVersion,
      championVersion: report.championVersion == 0 ? nil : report.championVersion,
      championLoss: report.championLoss, challengerLoss: report.challengerLoss ?? .nan,
      isAdopted: report.adopted, reason: report.reason.rawValue,
      trainedThrough: report.trainedThrough,
      evaluatedFrom: report.evaluatedFrom, gradientNormMean: report.gradientNormMean,
      gradientNormMax: report.gradientNormMax, clippedShare: report.clippedShare,
      stepCount: report.steps, bestStep: report.validation?.bestStep,
      stoppedEarly: report.validation?.stoppedEarly ?? false, sampleCount: report.samples,
      seconds: report.seconds, digest: report.digest, skipped: report.skipped?.rawValue)
  }
}
