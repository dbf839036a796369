import Glibc
import KafkaClient
import KafkaTestBroker
import TestSupport
import Testing

extension EndToEndTests {
  @Suite(.needsBroker, .needsKcat)
  struct GarbageTests {
    private static let stepCount = 60

    @Test(
      "every bad message is counted and a dead letter, and the good points between are forecast")
    func garbage() throws {
      let garbageCount = environment("FORECASTD_GARBAGE_MESSAGES").flatMap { Int($0) } ?? 50_000
      let scene = try Scene(
        .v4, stream: ExactlyOnceTests.stream, stepCount: Self.stepCount, spikes: [],
        inputSettings: ["max.message.bytes": "2097152"])
      let sizes = try produce(garbageCount, into: scene)
      try scene.daemon.start()
      let daemon = scene.daemon
      _ = try eventually(
        "all are counted\n\(daemon.log)", within: .seconds(60 + garbageCount / 1_000)
      ) {
        try daemon.metric("forecastd_drops_total") >= Double(garbageCount) ? true : nil
      }
      try scene.waitForForecasts()
      #expect(try daemon.metric("forecastd_drops_total") == Double(garbageCount))
      let counted = try daemon.samples("forecastd_drops_total").filter { $0.value > 0 }
      #expect(try daemon.status("/healthz").status == 200)
      #expect(try daemon.stop() == .exited(0), "\(daemon.log)")

      try scene.expectExactForecasts()
      let letters = try scene.kcat.consume(daemon.topics.deadLetters, format: "%h,bytes=%S")
        .map(DeadLetter.init)
      #expect(letters.count == garbageCount)
      let reasons = Dictionary(grouping: letters, by: \.reason)
        .map { ("{reason=\"\($0)\"}", Double($1.count)) }
      #expect(Dictionary(uniqueKeysWithValues: reasons) == counted)
      #expect(Set(letters.map(\.source)).count == garbageCount, "each once")
      #expect(letters.reduce(0) { $0 + $1.originalSize } == sizes.total)
      for letter in letters where letter.originalSize > 950_000 {
        #expect(letter.isTruncated && letter.size < letter.originalSize)
      }
      #expect(letters.count { $0.originalSize > 950_000 } == sizes.largeCount)
      // Sampled, so that a flood of garbage is no flood of the log; the rest is told by its number.
      #expect(daemon.log.utf8.count < 1 << 20)
      #expect(daemon.log.contains("more like this were not logged"))
    }

    /// Writes the garbage evenly between the steps of the good points, over all partitions.
    private func produce(
      _ garbageCount: Int, into scene: Scene
    ) throws -> (total: Int, largeCount: Int) {
      let producer = try KafkaProducer(
        scene.broker.configuration.setting("message.max.bytes", "2097152")
          .setting("linger.ms", "5").setting("compression.type", "lz4")
      ) { _, _, _ in }
      defer { producer.close(timeout: .seconds(5)) }
      let topic = try producer.topic(scene.daemon.topics.input)
      var generator = GarbageGenerator(seed: 20_240_501)
      var sizes = (total: 0, largeCount: 0)
      for number in 0..<garbageCount {
        let isLarge = number % 1_000 == 500
        let bytes = isLarge ? generator.largeLine() : generator.next()
        sizes.total += bytes.count
        sizes.largeCount += isLarge ? 1 : 0
        try bytes.withUnsafeBytes {
          try producer.produce(
            to: topic, partition: .explicit(Int32(number % 4)), key: nil, value: $0)
        }
        let step = number * Self.stepCount / garbageCount
        if step != (number + 1) * Self.stepCount / garbageCount {
          try scene.produceStep { message, number in
            try Array(message.utf8).withUnsafeBytes {
              try producer.produce(
                to: topic, partition: .explicit(Int32((step + number) % 4)), key: nil, value: $0)
            }
          }
        }
      }
      try producer.flush(timeout: .seconds(120))
      return sizes
    }
  }
}

/// What is sent to a metrics topic by mistake or malice; none of it is a metric.
private struct GarbageGenerator {
  private var random: SplitMix

  init(seed: UInt64) { random = SplitMix(seed: seed) }

  mutating func next() -> [UInt8] {
    switch Int.random(in: 0..<7, using: &random) {
    case 0, 1: return (0..<Int.random(in: 1...200, using: &random)).map { _ in byte() }
    case 2: return truncatedJSON()
    case 3: return Array(hugeNumber().utf8)
    case 4: return nesting()
    case 5: return Array(wrongShape().utf8)
    default: return Array(almostLineProtocol().utf8)
    }
  }

  /// A line of a megabyte: larger than what a dead letter can hold.
  mutating func largeLine() -> [UInt8] {
    let filler = UInt8.random(in: 0x41...0x5a, using: &random)
    return Array("cpu usage=".utf8) + [UInt8](repeating: filler, count: 1_000_000)
  }

  private mutating func byte() -> UInt8 { UInt8.random(in: .min ... .max, using: &random) }

  private mutating func truncatedJSON() -> [UInt8] {
    let whole = Array(
      """
      {"fields":{"usage":\(random.uniform())},"name":"cpu","tags":{"host":"a"},"timestamp":1700000000}
      """.utf8)
    return Array(whole.prefix(Int.random(in: 1..<whole.count, using: &random)))
  }

  private mutating func hugeNumber() -> String {
    let digits = String(repeating: "9", count: Int.random(in: 310...2_000, using: &random))
    let texts = [
      "1e\(Int.random(in: 309...99_999, using: &random))", "-\(digits)", "NaN", "-Infinity", digits,
    ]
    let text = texts[Int.random(in: 0..<texts.count, using: &random)]
    return """
      {"fields":{"usage":\(text)},"name":"cpu","tags":{},"timestamp":1700000000}
      """
  }

  private mutating func nesting() -> [UInt8] {
    let opening = ["[", "{\"fields\":", "[{\"metrics\":"]
    let depth = Int.random(in: 65...3_000, using: &random)
    let part = opening[Int.random(in: 0..<opening.count, using: &random)]
    return Array(String(repeating: part, count: depth).utf8)
  }

  private mutating func wrongShape() -> String {
    let texts = [
      #"{"hello":"world"}"#, "null", "[1,2,3]", "\"text\"", #"{"metrics":[]}"#, "{}", "   \n\t ",
      #"{"fields":{},"name":"cpu","timestamp":1700000000}"#,
      #"{"fields":{"usage":"high"},"name":"cpu","timestamp":1700000000}"#,
      "Nov 12 10:00:00 host sshd[812]: Connection closed by 10.0.0.1 port 22",
    ]
    return texts[Int.random(in: 0..<texts.count, using: &random)]
  }

  private mutating func almostLineProtocol() -> String {
    let texts = [
      "cpu,host=a usage", "cpu,host usage=1 1700000000000000000", "cpu usage= 1700000000000000000",
      "cpu usage=1e999", ",host=a usage=1", "cpu usage=1 yesterday",
    ]
    return texts[Int.random(in: 0..<texts.count, using: &random)]
  }
}

/// A dead letter's headers, and how much of it is left.
private struct DeadLetter {
  private var fields: [Substring: Substring] = [:]

  init(_ text: Substring) {
    for field in text.split(separator: ",") {
      let parts = field.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { fields[parts[0]] = parts[1] }
    }
  }

  var reason: String { String(fields["reason"] ?? "") }
  var source: String { "\(fields["source-partition"] ?? "?")@\(fields["source-offset"] ?? "?")" }
  var originalSize: Int { fields["original-size"].flatMap { Int($0) } ?? -1 }
  var isTruncated: Bool { fields["truncated"] == "true" }
  var size: Int { fields["bytes"].flatMap { Int($0) } ?? -1 }
}
