import CommandLineInterface
import KafkaClient
import KafkaTestBroker
import Subscriber
import Testing
import TimeSeries

/// `subscribe` against the built-in broker with records produced as the daemon does.
@Suite(.serialized) struct SubscriptionTests {
  private final class Output {
    var bytes: [UInt8] = []
    var complaints: [String] = []
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  private static func forecast(_ series: String, time: Int64, warming: Bool = false) -> String {
    let name = series.prefix { $0 != "," }
    let host = series.split(separator: "=").last ?? ""
    return #"{"series":"\#(series)","name":"\#(name)","labels":{"host":"\#(host)"},"#
      + #""stream":"all","step":60000,"horizon":2,"quantiles":[0.1,0.5,0.9],"time":\#(time),"#
      + #""model":7,"forecaster":"network","warming":\#(warming),"values":[[81.25,90,95.5],[1200,2500000,3000000]]}"#
  }

  private static let anomaly =
    #"{"series":"cpu,host=a","name":"cpu","labels":{"host":"a"},"stream":"all","#
    + #""time":1700000100000,"incident":"5f0c","event":"open","ending":null,"#
    + #""opened":1700000100000,"kind":"error","severity":"critical","direction":"below","#
    + #""observed":12.25,"expected":90,"interval":[81.2,95.3],"deviation":-9,"season":89,"#
    + #""score":0.91,"per_week":0.0001,"evidence":{"error":1},"text":"","model":7}"#

  private static let first = 1_700_000_040_000 as Int64

  private let cluster: MockCluster

  init() throws {
    cluster = try MockCluster { _, _, _ in }
    try cluster.createTopic("forecasts", partitionCount: 3)
    try cluster.createTopic("anomalies", partitionCount: 2)
    try Self.fill("forecasts", "anomalies", configuration)
  }

  private static func fill(
    _ forecasts: String, _ anomalies: String, _ configuration: KafkaConfiguration
  ) throws {
    let producer = try KafkaProducer(configuration) { _, _, _ in }
    defer { producer.close(timeout: .seconds(5)) }
    let forecasts = try producer.topic(forecasts)
    let anomalies = try producer.topic(anomalies)
    for step in 0..<2 {
      for (number, series) in ["cpu,host=a", "cpu,host=b", "mem,host=a"].enumerated() {
        let time = Self.first + Int64(step) * 60_000
        let value = Self.forecast(series, time: time, warming: number == 2)
        try Self.produce(series, value, to: forecasts, time: time, producer)
      }
    }
    try Self.produce("cpu,host=a", Self.anomaly, to: anomalies, time: Self.first, producer)
    try producer.flush(timeout: .seconds(20))
  }

  private static func produce(
    _ key: String, _ value: String, to topic: ProducerTopic, time: Int64, _ producer: KafkaProducer
  ) throws {
    let key = Array(key.utf8)
    let value = Array(value.utf8)
    try key.withUnsafeBytes { key in
      try value.withUnsafeBytes { value in
        try producer.produce(to: topic, key: key, value: value, timestampMilliseconds: time)
      }
    }
  }

  private var configuration: KafkaConfiguration {
    KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
  }

  /// Ends by its count, or after half a minute.
  private func run(
    _ settings: Subscription.Settings, isTerminal: Bool = false,
    on configuration: KafkaConfiguration? = nil
  ) throws -> Output {
    let output = Output()
    let deadline = ContinuousClock.now + .seconds(30)
    var subscription = Subscription(
      settings,
      environment: Subscription.Environment(
        terminal: { Terminal(isTerminal: isTerminal, width: 120, height: 30) },
        write: {
          output.bytes += $0
          return true
        },
        complain: { output.complaints.append($0) },
        isStopping: { ContinuousClock.now > deadline }, now: { Self.first + 120_000 }))
    try subscription.run(configuration ?? self.configuration) { _, _, _ in }
    #expect(ContinuousClock.now <= deadline, "all that was asked for came")
    return output
  }

  private func settings(
    _ format: Subscription.Format, count: Int, pattern: String? = nil
  ) throws -> Subscription.Settings {
    var settings = Subscription.Settings(forecasts: "forecasts", anomalies: "anomalies")
    settings.start = .earliest
    settings.format = format
    settings.count = count
    settings.pattern = try pattern.map { try SeriesPattern($0) }
    return settings
  }

  @Test("JSON lines are the records' bytes as they were published")
  func json() throws {
    let output = try run(try settings(.json, count: 7))
    var expected = [Self.anomaly]
    for (series, warming) in [("cpu,host=a", false), ("cpu,host=b", false), ("mem,host=a", true)] {
      for step in 0..<2 {
        expected.append(
          Self.forecast(series, time: Self.first + Int64(step) * 60_000, warming: warming))
      }
    }
    let lines = output.text.split(separator: "\n").map(String.init)
    #expect(lines.sorted() == expected.sorted())
    #expect(output.text.hasSuffix("}\n"))
    // A series is in one partition, so its records keep their order.
    let ofSeries = lines.filter { $0.hasPrefix(#"{"series":"cpu,host=b""#) }
    #expect(ofSeries == ofSeries.sorted())
    #expect(output.complaints == [])
  }

  @Test("a pattern selects series, and the count bounds what is handed out")
  func selection() throws {
    let output = try run(try settings(.json, count: 2, pattern: "cpu,host=b"))
    let lines = output.text.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.hasPrefix(#"{"series":"cpu,host=b""#) })
  }

  // The built-in broker does not look offsets up by time.
  @Test(
    "a time to begin at leaves older records out",
    .enabled(if: KafkaTestBroker.isAvailable, Comment(rawValue: KafkaTestBroker.unavailableReason)))
  func since() throws {
    let broker = try KafkaTestBroker.shared()
    let topics = try ["forecasts", "anomalies"].map {
      try broker.createTopic($0, partitionCount: 3, configuration: ["retention.ms": "-1"])
    }
    try Self.fill(topics[0], topics[1], broker.configuration)
    var settings = try settings(.json, count: 3)
    settings.forecasts = topics[0]
    settings.anomalies = nil
    settings.start = .since(milliseconds: Self.first + 60_000)
    let lines = try run(settings, on: broker.configuration).text.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { $0.contains(#""time":\#(Self.first + 60_000),"#) })
  }

  @Test("the table has a row a series, with the newest forecast, and anomalies before it")
  func table() throws {
    let lines = try run(try settings(.table, count: 7)).text.split(separator: "\n")
    #expect(lines.count == 5)
    #expect(
      lines.first
        == "22:15:00 UTC  critical  cpu host=a 12.3, expected 81.2 … 95.3 (error, score 0.91)")
    func cells(_ line: Substring) -> [Substring] { line.split(separator: "  ") }
    let trimmed = lines.dropFirst().map { cells($0).map { $0.drop { $0 == " " } } }
    #expect(
      trimmed == [
        ["SERIES", "IN 1m", "80 % INTERVAL", "IN 2m", "80 % INTERVAL", "AGE", "MODEL"],
        ["cpu host=a", "90.0", "81.3 … 95.5", "2.50M", "1.20k … 3.00M", "1m", "v7"],
        ["cpu host=b", "90.0", "81.3 … 95.5", "2.50M", "1.20k … 3.00M", "1m", "v7"],
        ["mem host=a", "90.0", "81.3 … 95.5", "2.50M", "1.20k … 3.00M", "1m", "v7 warming"],
      ])
  }

  @Test("on a terminal the table is redrawn in place")
  func live() throws {
    let output = try run(try settings(.table, count: 7), isTerminal: true)
    let text = output.text
    #expect(text.contains("\u{1B}[K\n"))
    // The last drawing begins with the way up over the one before it.
    let last = try #require(text.components(separatedBy: "\r").last)
    #expect(last.hasPrefix("\u{1B}["))
    #expect(last.contains("mem host=a"))
  }

  @Test("records that are no forecasts are reported, and do not end the table")
  func foreign() throws {
    var settings = try settings(.table, count: 1)
    settings.forecasts = "anomalies"
    settings.anomalies = "forecasts"
    let deadline = ContinuousClock.now + .seconds(3)
    let output = Output()
    var subscription = Subscription(
      settings,
      environment: Subscription.Environment(
        terminal: { Terminal(isTerminal: false) }, write: { _ in true },
        complain: { output.complaints.append($0) },
        isStopping: { ContinuousClock.now > deadline }, now: { Self.first }))
    try subscription.run(configuration) { _, _, _ in }
    #expect(output.complaints.count == 1)
    #expect(output.complaints.first?.contains("check that the topic is the right one") == true)
  }

  @Test("a subscription ends when nobody reads its output any more")
  func closedPipe() throws {
    var settings = try settings(.json, count: 7)
    settings.count = nil
    let output = Output()
    var writeCount = 0
    let deadline = ContinuousClock.now + .seconds(30)
    var subscription = Subscription(
      settings,
      environment: Subscription.Environment(
        terminal: { Terminal(isTerminal: false) },
        write: { _ in
          writeCount += 1
          return false
        }, complain: { output.complaints.append($0) },
        isStopping: { ContinuousClock.now > deadline }, now: { Self.first }))
    try subscription.run(configuration) { _, _, _ in }
    #expect(writeCount == 1)
    #expect(ContinuousClock.now < deadline, "it ended by itself")
    #expect(output.complaints == [])
  }
}

extension String {
  fileprivate func components(separatedBy character: Character) -> [Substring] {
    split(separator: character, omittingEmptySubsequences: false)
  }
}
