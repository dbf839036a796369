import Glibc
import KafkaClient
import KafkaTestBroker
import TestSupport
import Testing

/// A daemon, its input, and what has been fed to it.
final class Scene {
  let broker: KafkaTestBroker
  let workload: Workload
  let kcat: Kcat
  let daemon: DaemonProcess
  private(set) var producedSteps = 0
  private let directory: TemporaryDirectory

  init(
    _ version: KafkaTestBroker.Version, stream: String, stepCount: Int,
    spikes: Set<Workload.Place>, top: String = "", inputSettings: [String: String] = [:]
  ) throws {
    broker = try KafkaTestBroker.shared(version)
    directory = try TemporaryDirectory()
    workload = Workload(stepCount: stepCount, spikes: spikes)
    kcat = try Kcat(broker)
    daemon = try DaemonProcess(
      "scene", broker: broker, in: directory, stream: stream, top: top)
    let admin = try KafkaAdmin(broker.configuration) { _, _, _ in }
    try admin.create(NewTopic(daemon.topics.input, partitionCount: 4, configuration: inputSettings))
  }

  /// Everything at once, while nobody reads.
  func produceBacklog(upTo stepCount: Int) throws {
    try kcat.produce(
      (producedSteps..<stepCount).flatMap(workload.messages), to: daemon.topics.input)
    producedSteps = stepCount
  }

  /// Step by step, each acknowledged before the next one, as agents do at a slower pace.
  func produceLive(steps: Int) throws {
    for _ in 0..<steps {
      try kcat.produce(workload.messages(ofStep: producedSteps), to: daemon.topics.input)
      producedSteps += 1
    }
  }

  /// One step by another producer.
  func produceStep(_ send: (_ message: String, _ number: Int) throws -> Void) throws {
    for (number, message) in workload.messages(ofStep: producedSteps).enumerated() {
      try send(message, number)
    }
    producedSteps += 1
  }

  private var expected: Set<Origin> { workload.origins(stepCount: producedSteps) }

  func committedForecastCount() throws -> Int {
    try kcat.consume(daemon.topics.forecasts, format: ".").count
  }

  /// Waits until the daemon has forecast all that was fed.
  func waitForForecasts() throws {
    let expectedCount = expected.count
    var found = 0
    _ = try eventually(
      "\(found) of \(expectedCount) forecasts\n\(daemon.log)", within: .seconds(90),
      every: .milliseconds(200)
    ) {
      found = try committedForecastCount()
      return found >= expectedCount ? true : nil
    }
  }

  /// The reports once there are more than those known; those known where no more come.
  func waitForReports(moreThan count: Int) throws -> [ReportRecord] {
    let deadline = ContinuousClock.now + .seconds(15)
    while true {
      let reports = try kcat.consume(ReportRecord.self, from: daemon.topics.reports)
      if reports.count > count || ContinuousClock.now > deadline { return reports }
      usleep(200_000)
    }
  }

  func expectExactForecasts(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let forecasts = try kcat.consume(ForecastRecord.self, from: daemon.topics.forecasts)
    let comparison = Comparison(expected: expected, found: forecasts.map(\.origin))
    #expect(comparison.isExact, "\(comparison)", sourceLocation: sourceLocation)
    let isWellFormed = forecasts.allSatisfy { forecast in
      forecast.step == 10_000 && forecast.horizon == 6 && forecast.quantiles == [0.1, 0.5, 0.9]
        && forecast.values.count == 6
        && forecast.values.allSatisfy { row in
          row.count == 3 && row.allSatisfy { $0?.isFinite ?? false }
            && row.compactMap(\.self) == row.compactMap(\.self).sorted()
        }
    }
    #expect(isWellFormed, sourceLocation: sourceLocation)
  }

  /// All spikes, and hardly anything else.
  func expectAnomalies(at spikes: Set<Workload.Place>) throws {
    let records = try kcat.consume(AnomalyRecord.self, from: daemon.topics.anomalies)
    let anomalies = records.filter { $0.event == "open" }
    let expected = Set(spikes.map(workload.origin))
    let found = Set(anomalies.map(\.origin))
    let missed = expected.subtracting(found).sorted()
    #expect(missed.isEmpty)
    for anomaly in anomalies where expected.contains(anomaly.origin) {
      #expect((anomaly.observed ?? 0) > (anomaly.expected ?? .infinity))
    }
    let others = anomalies.filter { !expected.contains($0.origin) }
    #expect(others.count <= 10, "\(others.prefix(20))")
    #expect(anomalies.count == found.count, "none twice")
    for (incident, of) in Dictionary(grouping: records, by: \.incident) {
      #expect(of.filter { $0.event == "open" }.count == 1, "\(incident) opens once")
      #expect(of.filter { $0.event == "close" }.count <= 1, "\(incident) closes once")
    }
  }
}
