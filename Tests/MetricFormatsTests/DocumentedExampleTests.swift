import FoundationEssentials
import MetricFormats
import TestSupport
import Testing
import TimeSeries

/// The examples of docs/formats.md and docs/records.md are what the code does.
@Suite struct DocumentedExampleTests {
  static func document(_ name: String) throws -> String {
    try repositoryFile("docs/\(name)")
  }

  /// The fenced blocks of a document: the words behind the fence, and the text.
  static func blocks(_ document: String) -> [(info: String, text: String)] {
    var blocks: [(info: String, text: String)] = []
    var open: (info: String, lines: [Substring])?
    for line in document.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if let block = open {
          blocks.append((block.info, block.lines.joined(separator: "\n")))
          open = nil
        } else {
          open = (String(line.dropFirst(3)), [])
        }
      } else {
        open?.lines.append(line)
      }
    }
    return blocks
  }

  @Test("each message of docs/formats.md gives the points beneath it")
  func formats() throws {
    let blocks = Self.blocks(try Self.document("formats.md"))
    var shown: Set<String> = []
    for (index, block) in blocks.enumerated() {
      let words = block.info.split(separator: " ")
      guard words.count == 2, let format = MetricFormat.all.first(where: { $0.name == words[1] })
      else { continue }
      shown.insert(format.name)
      try #require(index + 1 < blocks.count && blocks[index + 1].info == "text points")
      let expected = blocks[index + 1].text.split(separator: "\n").map(String.init)
      #expect(try decoded(block.text, as: format.name) == expected, "\(block.text)")
    }
    // `compact` is binary, `auto` is the others.
    #expect(shown == Set(MetricFormat.all.map(\.name)).subtracting(["compact", "auto"]))
  }

  @Test("docs/formats.md has a row for every format and its options")
  func formatTable() throws {
    let document = try Self.document("formats.md")
    for format in MetricFormat.all {
      let row = document.split(separator: "\n").first { $0.hasPrefix("| `\(format.name)` |") }
      let text = try #require(row, "\(format.name)")
      for option in FormatOption.allCases {
        #expect(
          text.contains("`\(option.rawValue)`") == format.options.contains(option),
          "\(format.name), \(option.rawValue)")
      }
    }
  }

  /// The example of that name, without the line breaks that are only for reading.
  private func record(_ name: String) throws -> String {
    let block = Self.blocks(try Self.document("records.md")).first { $0.info == "json \(name)" }
    return try #require(block, "\(name)").text.split(separator: "\n")
      .map { $0.drop { $0 == " " } }.joined()
  }

  private let series = SeriesKey(
    name: "cpu.usage_idle",
    labels: [.init(name: "cpu", value: "cpu0"), .init(name: "host", value: "web-1")])

  @Test("the forecast of docs/records.md is what the encoder writes")
  func forecast() throws {
    let encoder = ForecastEncoder(
      stream: "cpu", step: 60_000, horizon: 3, quantiles: [0.05, 0.25, 0.5, 0.75, 0.95])
    let values: [Double] = [
      81.231, 86.902, 90.044, 92.718, 95.3, 80.449, 86.2, 89.777, 92.751, 95.866, 79.9, 85.913,
      89.702, 92.8, 96.101,
    ]
    var bytes: [UInt8] = []
    values.withUnsafeBufferPointer {
      encoder.encode(
        prefix: SeriesPrefix(series), time: 1_700_000_040_000, values: $0, spread: 14,
        modelVersion: 7, forecaster: .network, isWarming: false, into: &bytes)
    }
    #expect(String(decoding: bytes, as: UTF8.self) == (try record("forecast")))
  }

  @Test("the anomalies of docs/records.md are what the encoder writes")
  func anomalies() throws {
    let encoder = AnomalyEncoder(stream: "cpu")
    let point = AnomalyRecord(
      time: 1_700_000_100_000, incident: "3c1b5d0a92e4f716", event: .open,
      openedAt: 1_700_000_100_000, kind: .error, severity: .critical, direction: .below,
      observed: 12.25, expected: 90.0441, interval: .init(low: 81.2312, high: 95.3),
      deviation: -9.132, season: 88.41, score: 0.91234, perWeek: 0.0004,
      evidence: [.init(kind: .error, share: 0.62), .init(kind: .level, share: 0.38)],
      modelVersion: 7)
    let close = AnomalyRecord(
      time: 1_700_001_900_000, incident: "3c1b5d0a92e4f716", event: .close, ending: .ended,
      openedAt: 1_700_000_100_000, kind: .error, severity: .critical, direction: .above,
      observed: 91, expected: 90.2, interval: .init(low: 81.2312, high: 95.3), deviation: 0.1,
      season: 88.41, score: 0.02, perWeek: 4_000, modelVersion: 7)
    let silent = AnomalyRecord(
      time: 1_700_000_400_000, incident: "81f0b2c4d6a83e95", event: .open,
      openedAt: 1_700_000_400_000, kind: .silent, severity: .warning, expected: 90.04,
      interval: .init(low: 79.2, high: 96), score: 0,
      evidence: [.init(kind: .silent, share: 1)], modelVersion: 7)
    for (name, anomaly) in [("anomaly", point), ("close", close), ("silent", silent)] {
      var bytes: [UInt8] = []
      encoder.encode(prefix: SeriesPrefix(series), anomaly, into: &bytes)
      #expect(String(decoding: bytes, as: UTF8.self) == (try record(name)))
      let (read, decoded) = try bytes.withUnsafeBytes { try AnomalyRecord.decode($0) }
      #expect(read.key == series.description)
      #expect(read.stream == "cpu")
      #expect(decoded.kind == anomaly.kind && decoded.event == anomaly.event)
      #expect(decoded.incident == anomaly.incident && decoded.ending == anomaly.ending)
      #expect(decoded.severity == anomaly.severity)
      #expect(decoded.direction == anomaly.direction)
      #expect(decoded.observed == anomaly.observed)
      #expect(decoded.time == anomaly.time)
      #expect(decoded.modelVersion == 7)
    }
  }

  @Test("the record of a group in docs/records.md is what is written, and is read again")
  func group() throws {
    func member(
      _ series: String, _ incident: String, _ openedAt: Milliseconds, _ kind: AnomalyRecord.Kind,
      _ severity: AnomalyRecord.Severity, _ perWeek: Double
    ) -> GroupRecord.Member {
      .init(
        series: series, incident: incident, openedAt: openedAt, kind: kind, severity: severity,
        perWeek: perWeek)
    }
    let group = GroupRecord(
      group: "host=web-1", labels: [.init(name: "host", value: "web-1")], stream: "cpu",
      time: 1_700_000_160_000, incident: "5a7be2d1930f64c8", event: .open,
      openedAt: 1_700_000_160_000, severity: .critical, size: 11, count: 3,
      first: "load,host=web-1",
      members: [
        member(
          "cpu,host=web-1", "3c1b5d0a92e4f716", 1_700_000_160_000, .error, .critical, 0.0004),
        member("load,host=web-1", "77d1b05c9e3f2a64", 1_700_000_100_000, .level, .warning, 0.2),
        member("mem,host=web-1", "0be8f35d2c1a7964", 1_700_000_160_000, .change, .warning, 0.6),
      ], modelVersion: 7)
    #expect(String(decoding: group.json, as: UTF8.self) == (try record("group")))
    #expect(try group.json.withUnsafeBytes { try GroupRecord.decode($0) } == group)
    let single = Array(try record("anomaly").utf8)
    #expect(try single.withUnsafeBytes { try GroupRecord.decode($0) } == nil)
  }

  @Test("the training report of docs/records.md is what is written")
  func report() throws {
    let report = TrainingRecord(
      stream: "cpu", time: 1_700_003_612_345, modelVersion: 8, championVersion: 7,
      championLoss: 0.212_345_67, challengerLoss: 0.198_76, isAdopted: true,
      reason: "schedule", trainedThrough: 1_699_996_380_000, evaluatedFrom: 1_699_996_440_000,
      gradientNormMean: 0.84, gradientNormMax: 6.125, clippedShare: 0.0625, stepCount: 400,
      bestStep: 250, stoppedEarly: true, sampleCount: 12_800, seconds: 11.75,
      digest: "9f86d081884c7d65")
    #expect(String(decoding: report.json, as: UTF8.self) == (try record("report")))
    var skipped = report
    skipped.skipped = "constant"
    for written in [report, skipped] {
      let read = try written.json.withUnsafeBytes { try TrainingRecord(decoding: $0) }
      #expect(read.skipped == written.skipped && read.digest == written.digest)
    }
  }

  @Test("the control records of docs/records.md are what the commands write, and are read")
  func control() throws {
    let examples: [(String, ControlRecord)] = [
      (
        "feedback",
        .feedback(
          FeedbackRecord(
            series: series.description, label: .falseAlarm, incident: "3c1b5d0a92e4f716",
            kinds: [.error, .level], time: 1_700_003_600_000, note: "the nightly backup"))
      ),
      (
        "maintenance",
        .maintenance(
          MaintenanceRecord(
            id: "new-disks", from: 1_700_003_600_000, to: 1_700_010_800_000, stream: "hosts",
            series: "*,host=db-1", summary: "new disks"))
      ),
    ]
    for (name, example) in examples {
      #expect(String(decoding: example.json, as: UTF8.self) == (try record(name)))
      let read = try ControlRecord.decode(
        key: Array(example.key.utf8), value: Array(try record(name).utf8))
      #expect(read == example)
    }
  }

  @Test("a dead letter has the headers of docs/records.md, in that order")
  func deadLetter() throws {
    let document = try Self.document("records.md")
    let section = try #require(document.components(separatedBy: "## Dead letters").last)
    let rows = section.components(separatedBy: "\n## ")[0].split(separator: "\n")
      .filter { $0.hasPrefix("| `") }
      .map { String($0.dropFirst(3).prefix { $0 != "`" }) }
    let payload = Array("0123456789".utf8)
    let letter = payload.withUnsafeBytes {
      DeadLetter(
        reason: .malformed, topic: "metrics", partition: 3, offset: 41, value: $0,
        payloadByteCountMaximum: 4, detail: "not JSON")
    }
    #expect(letter.headers.map(\.name) == rows)
    #expect(
      letter.headers.map(\.value) == ["malformed", "metrics", "3", "41", "10", "true", "not JSON"])
    #expect(letter.payload == Array("0123".utf8))
  }

  @Test("a dead letter that fits is whole")
  func wholeDeadLetter() {
    let letter = [UInt8](repeating: 1, count: 4).withUnsafeBytes {
      DeadLetter(
        reason: .late, topic: "t", partition: 0, offset: 0, value: $0, payloadByteCountMaximum: 4)
    }
    #expect(!letter.isTruncated)
    #expect(letter.payload == [1, 1, 1, 1])
    #expect(!letter.headers.contains { $0.name == "detail" })
  }

  @Test("docs/records.md names every reason to drop")
  func reasons() throws {
    let document = try Self.document("records.md")
    for reason in DropReason.allCases {
      #expect(document.contains("`\(reason.name)`"), "\(reason.name)")
    }
  }
}
