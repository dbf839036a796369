package import CommandLineInterface
package import KafkaClient
import MetricFormats
package import TimeSeries

/// What `forecastd subscribe` does: hands records through as JSON lines, or shows them as a table.
package struct Subscription {
  package enum Format: Sendable { case table, json }

  package struct Settings: Sendable {
    /// `nil`: not asked for.
    package var forecasts: String?
    package var anomalies: String?
    package var start: OutputReader.Start = .latest
    /// `nil`: every series.
    package var pattern: SeriesPattern?
    /// Ends after this many records; `nil` never.
    package var count: Int?
    package var format: Format = .json

    package init(forecasts: String?, anomalies: String?) {
      self.forecasts = forecasts
      self.anomalies = anomalies
    }
  }

  /// Where the output goes, and when to stop; injected for tests.
  package struct Environment {
    /// Asked at each drawing, since windows change their size.
    package var terminal: () -> Terminal
    /// Returns false when nobody reads any more.
    package var write: ([UInt8]) -> Bool
    package var complain: (String) -> Void
    package var isStopping: () -> Bool
    /// Wall time.
    package var now: () -> Milliseconds

    package init(
      terminal: @escaping () -> Terminal, write: @escaping ([UInt8]) -> Bool,
      complain: @escaping (String) -> Void, isStopping: @escaping () -> Bool,
      now: @escaping () -> Milliseconds
    ) {
      self.terminal = terminal
      self.write = write
      self.complain = complain
      self.isStopping = isStopping
      self.now = now
    }
  }

  private let settings: Settings
  private let environment: Environment
  private var board = SeriesBoard(showsValues: false)
  private var view = LiveView()
  /// Bytes to be written after this poll: JSON lines, or lines of a table that is not live.
  private var pending: [UInt8] = []
  /// Lines to come above the live table.
  private var above: [String] = []
  private var seen = 0
  private var unreadable = 0
  private var lastRecordProblem = ""
  private var lastClientProblem = ""
  private var lastDrawn: ContinuousClock.Instant?
  private static let redrawInterval: Duration = .milliseconds(200)

  package init(_ settings: Settings, environment: Environment) {
    self.settings = settings
    self.environment = environment
  }

  /// Reads until the count is reached, nobody reads the output, or it is told to stop.
  ///
  /// - Throws: where a topic is missing or the brokers refuse.
  package mutating func run(
    _ configuration: KafkaConfiguration, log: @escaping KafkaLogHandler
  ) throws {
    let topics = [settings.forecasts, settings.anomalies].compactMap { $0 }
    let reader = try OutputReader(configuration, topics: topics, from: settings.start, log: log)
    var isRead = true
    while !isComplete, isRead, !environment.isStopping() {
      let problems = try reader.poll(wait: Self.redrawInterval) { take($0) }
      report(problems)
      isRead = flush()
    }
    drawIfDue(isForced: true)
    try reader.close()
    if unreadable > 0 {
      environment.complain(
        "\(unreadable) records could not be read; the last one: \(lastRecordProblem)")
    }
  }

  private var isComplete: Bool { settings.count.map { seen >= $0 } ?? false }

  private mutating func take(_ record: OutputReader.Record) {
    guard !isComplete else { return }
    if let pattern = settings.pattern, !pattern.matches(canonical: record.key) { return }
    switch settings.format {
    case .json:
      pending.append(contentsOf: record.value)
      pending.append(UInt8(ascii: "\n"))
    case .table:
      do throws(RecordError) {
        try show(record)
      } catch {
        unreadable += 1
        lastRecordProblem = "\(error)"
        return
      }
    }
    seen += 1
  }

  private mutating func show(_ record: OutputReader.Record) throws(RecordError) {
    if record.topic == settings.anomalies {
      if let group = try GroupRecord.decode(record.value) {
        above.append(AnomalyLine.text(group))
      } else {
        let (series, anomaly) = try AnomalyRecord.decode(record.value)
        above.append(AnomalyLine.text(board.name(of: series), anomaly))
      }
    } else {
      board.show(try ForecastRecord(decoding: record.value))
    }
  }

  /// Reports a problem of the client once, though the client meets it at each retry.
  private mutating func report(_ problems: [String]) {
    for problem in problems where problem != lastClientProblem {
      lastClientProblem = problem
      environment.complain(problem)
    }
  }

  /// - Returns: whether somebody still reads.
  private mutating func flush() -> Bool {
    drawIfDue(isForced: false)
    guard !pending.isEmpty else { return true }
    defer { pending.removeAll(keepingCapacity: true) }
    return environment.write(pending)
  }

  private mutating func drawIfDue(isForced: Bool) {
    guard settings.format == .table else { return }
    let terminal = environment.terminal()
    let now = ContinuousClock.now
    if terminal.isTerminal {
      if !isForced, let lastDrawn, now - lastDrawn < Self.redrawInterval { return }
      lastDrawn = now
      _ = environment.write(Array(view.draw(block(terminal), above: above, on: terminal).utf8))
      above.removeAll()
      return
    }
    // What is no terminal cannot be redrawn: anomalies as they come, and the table at the end.
    var lines = above
    above.removeAll()
    if isForced { lines += board.lines(width: .max, height: .max, now: environment.now()) }
    if !lines.isEmpty { _ = environment.write(Array((lines.joined(separator: "\n") + "\n").utf8)) }
  }

  private func block(_ terminal: Terminal) -> [String] {
    if board.seriesCount == 0 {
      return [settings.forecasts == nil ? "waiting for anomalies" : "waiting for forecasts"]
    }
    // A line stays free for the cursor.
    return board.lines(
      width: terminal.width - 1, height: terminal.height - 1, now: environment.now())
  }
}
