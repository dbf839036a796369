import FoundationEssentials
import Glibc
import KafkaClient
import KafkaTestBroker
import TestSupport
import Testing

extension EndToEndTests {
  @Suite(.needsBroker, .needsKcat, .needsCollectd)
  struct CollectdTests {
    @Test("a real agent's series are forecast every ten seconds from their second step on")
    func agent() throws {
      let seconds = environment("FORECASTD_COLLECTD_SECONDS").flatMap { Int($0) } ?? 75
      let broker = try KafkaTestBroker.shared()
      let directory = try TemporaryDirectory()
      let kcat = try Kcat(broker)
      let daemon = try DaemonProcess(
        "collectd", broker: broker, in: directory, input: "    format: collectd_json",
        stream: """
              interval: 10s
              horizon: 6
              model: { hidden: 16 }
              retrain: 1m
              training: { history_minimum: 32, full_steps: 50, chunk: 16 }
          """)
      let admin = try KafkaAdmin(broker.configuration) { _, _, _ in }
      try admin.create(NewTopic(daemon.topics.input, partitionCount: 4))
      try daemon.start()
      try runAgent(for: seconds, topic: daemon.topics.input, broker: broker, in: directory)

      let readings = try Self.readings(kcat.consume(daemon.topics.input))
      let expected = Self.origins(readings)
      var found: [Origin] = []
      _ = try eventually("\(expected.count) forecasts, not \(found.count)\n\(daemon.log)") {
        found = try kcat.consume(ForecastRecord.self, from: daemon.topics.forecasts).map(\.origin)
        return found.count >= expected.count ? true : nil
      }
      let dropped = try daemon.samples("forecastd_drops_total").filter { $0.value > 0 }
      #expect(dropped.isEmpty, "\(dropped)")
      let missing = readings.count { $0.value == nil }
      #expect(missing > 0, "first readings of counters are null")
      // The router reads collectd's messages; what it writes has no missing values.
      #expect(try daemon.metric("forecastd_missing_values_total") == Double(missing))
      #expect(try daemon.metric("forecastd_points_total") == Double(readings.count - missing))
      let comparison = Comparison(expected: expected, found: found)
      #expect(comparison.isExact, "\(comparison)")
      #expect(
        Set(expected.map { $0.series.prefix { $0 != "." && $0 != "," } })
          .isSuperset(of: ["cpu", "load", "memory", "interface"]))
      if seconds >= 360 {
        let reports = try kcat.consume(ReportRecord.self, from: daemon.topics.reports)
        #expect(!reports.isEmpty, "it learned while the agent was at work")
      }
      #expect(try daemon.stop() == .exited(0), "\(daemon.log)")
      try #expect(kcat.consume(daemon.topics.deadLetters).isEmpty)
    }

    private func runAgent(
      for seconds: Int, topic: String, broker: KafkaTestBroker, in directory: TemporaryDirectory
    ) throws {
      let configuration = try directory.write(
        "collectd.conf",
        """
        Hostname "agent"
        FQDNLookup false
        BaseDir "\(directory.path)"
        PIDFile "\(directory.path)/collectd.pid"
        TypesDB "/usr/share/collectd/types.db"
        Interval 1
        LoadPlugin logfile
        LoadPlugin cpu
        LoadPlugin load
        LoadPlugin memory
        LoadPlugin interface
        LoadPlugin disk
        LoadPlugin write_kafka
        <Plugin logfile>
          LogLevel warning
          File STDOUT
        </Plugin>
        <Plugin write_kafka>
          Property "metadata.broker.list" "\(broker.bootstrapServers)"
          <Topic "\(topic)">
            Format JSON
          </Topic>
        </Plugin>

        """)
      let log = directory.newPath("collectd")
      let program = try #require(Programs.collectd)
      let agent = try ChildProcess([program, "-f", "-C", configuration], log: log)
      sleep(UInt32(seconds))
      agent.send(signal: SIGTERM)
      let end = try agent.waitForEnd(within: .seconds(30))
      let output = try readText(log)
      #expect(end == .exited(0), "\(output)")
    }

    private struct Reading {
      let series: String
      let time: Int64
      let value: Double?
    }

    private static func readings(_ messages: [Substring]) throws -> [Reading] {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try messages.flatMap { message in
        try decoder.decode([CollectdRecord].self, from: Data(message.utf8)).flatMap { record in
          zip(record.dsnames, record.values).map { source, value in
            Reading(
              series: record.key(source), time: Int64((record.time * 1_000).rounded()),
              value: value)
          }
        }
      }
    }

    /// From a series' second step with a value to its partition's last closed bucket.
    private static func origins(_ readings: [Reading]) -> Set<Origin> {
      var watermarks: [Int32: Int64] = [:]
      var firstSteps: [String: [Int64]] = [:]
      for reading in readings where reading.value != nil {
        let partition = partition(of: reading.series)
        watermarks[partition] = max(watermarks[partition] ?? 0, reading.time)
        let end = reading.time / 10_000 * 10_000 + 10_000
        if !(firstSteps[reading.series]?.contains(end) ?? false) {
          firstSteps[reading.series, default: []].append(end)
        }
      }
      var origins: Set<Origin> = []
      for (series, steps) in firstSteps where steps.count > 1 {
        var end = steps.sorted()[1]
        while end + 5_000 <= watermarks[partition(of: series)] ?? 0 {
          origins.insert(Origin(series: series, time: end))
          end += 10_000
        }
      }
      return origins
    }

    private static func partition(of series: String) -> Int32 {
      Array(series.utf8).withUnsafeBytes { Murmur2.partition(of: $0, partitionCount: 4) }
    }
  }
}

/// One of a message's records, and the key that docs/formats.md says it has.
private struct CollectdRecord: Decodable {
  let values: [Double?]
  let dsnames: [String]
  let time: Double
  let host: String
  let plugin: String
  let pluginInstance: String
  let type: String
  let typeInstance: String

  func key(_ source: String) -> String {
    plugin + (type == plugin ? "" : "." + type) + (source == "value" ? "" : "." + source)
      + ",host=\(host)" + (pluginInstance.isEmpty ? "" : ",plugin_instance=\(pluginInstance)")
      + (typeInstance.isEmpty ? "" : ",type_instance=\(typeInstance)")
  }
}
