import Configuration
import Detection
import Forecasting
import Glibc
import MetricFormats
import Pipeline
import Testing
import TimeSeries

@Suite("values of a configuration")
struct ConfigurationValueTests {
  @Test(
    "durations are whole numbers with units, from long to short",
    arguments: [
      ("250ms", 250), ("10s", 10_000), ("5m", 300_000), ("1h", 3_600_000), ("7d", 604_800_000),
      ("0s", 0), ("90m", 5_400_000), ("1h30m", 5_400_000), ("1d12h", 129_600_000),
    ])
  func durations(text: String, milliseconds: Int64) {
    #expect(ConfiguredDuration(text)?.milliseconds == milliseconds)
    let written = "\(ConfiguredDuration(milliseconds: milliseconds))"
    #expect(ConfiguredDuration(written)?.milliseconds == milliseconds, "\(written)")
  }

  @Test(
    "a text that is no number with a unit is no duration",
    arguments: [
      "", "5", "s", "-5s", "1.5s", "5 s", "5S", "30m1h", "1h30", "1us", "9223372036854775807d",
      "five s",
    ])
  func noDurations(text: String) {
    #expect(ConfiguredDuration(text) == nil)
  }

  @Test("librdkafka's properties pass through as they are written, for each kind of client")
  func properties() throws {
    var minimal = Minimal()
    minimal.kafka += """
        properties: {security.protocol: SASL_SSL, socket.keepalive.enable: "true"}
        consumer_properties: {fetch.min.bytes: "1", no.such.property: as-it-is}
        producer_properties: {compression.type: zstd}

      """
    let kafka = try decode(minimal.text).kafka
    #expect(
      kafka.properties == ["security.protocol": "SASL_SSL", "socket.keepalive.enable": "true"])
    #expect(kafka.consumerProperties == ["fetch.min.bytes": "1", "no.such.property": "as-it-is"])
    #expect(kafka.producerProperties == ["compression.type": "zstd"])
  }

  @Test("a configuration names the files that hold secrets")
  func secrets() throws {
    var minimal = Minimal()
    minimal.kafka += """
        sasl_password_file: kafka-password
        ssl_key_file: /etc/forecastd/client.key
        ssl_key_password_file: kafka-key-password

      """
    let kafka = try decode(minimal.text).kafka
    #expect(kafka.saslPasswordFile == "kafka-password")
    #expect(kafka.sslKeyFile == "/etc/forecastd/client.key")
    #expect(kafka.sslKeyPasswordFile == "kafka-key-password")
  }

  @Test("keyed inputs go to the workers, the others through the router and its topic")
  func routing() throws {
    var minimal = Minimal()
    minimal.inputs = """
      inputs:
        - {topic: keyed, format: influx, keyed: true}
        - {topic: scattered, format: json, unmatched: dead_letter}

      """
    let both = try decode(minimal.text)
    #expect(both.needsRouter)
    #expect(both.workerInputs.map(\.topic) == ["keyed", "forecastd-points"])
    #expect(both.workerInputs.map(\.format.format.name) == ["influx", "compact"])
    #expect(both.routerInputs.map(\.topic) == ["scattered"])
    #expect(both.workerInputs.map(\.refusesUnmatched) == [false, false])
    #expect(both.routerInputs.map(\.refusesUnmatched) == [true])
    #expect(
      both.routerOutputs == [.points: "forecastd-points", .deadLetters: "forecastd-dead-letters"])
    minimal.inputs = "inputs:\n  - {topic: keyed, keyed: true}\n"
    let direct = try decode(minimal.text)
    #expect(!direct.needsRouter)
    #expect(direct.workerInputs.map(\.topic) == ["keyed"])
    // Without a router nobody needs the points of a window.
    minimal.rest = "points_topic: {retention: 1s}\n"
    #expect(problems(minimal.text).isEmpty)
  }

  @Test("silent series are forgotten after the longer of a week and two windows")
  func seriesExpiry() throws {
    #expect(try decode(Minimal().text).pipeline.streams[0].seriesExpiry == 7 * 86_400_000)
    var hourly = Minimal()
    hourly.streams += "    interval: 1h\n"
    hourly.rest = "points_topic: {retention: 30d}\n"
    #expect(try decode(hourly.text).pipeline.streams[0].seriesExpiry == 512 * 3_600_000)
  }

  @Test("outputs that are off are written to nowhere, and their topics are free for input")
  func outputsOff() throws {
    var minimal = Minimal()
    minimal.inputs = "inputs:\n  - topic: forecastd-dead-letters\n"
    #expect(problems(minimal.text).count == 1)
    minimal.rest = "outputs: {dead_letters: {enabled: false}, reports: {enabled: false}}\n"
    let configuration = try decode(minimal.text)
    #expect(configuration.workerOutputs == [.forecasts: "forecasts", .anomalies: "anomalies"])
    #expect(configuration.routerOutputs == [.points: "forecastd-points"])
    #expect(!configuration.pipeline.sendsDeadLetters)
    #expect(!configuration.pipeline.sendsReports)
  }

  @Test("seasons: auto has them found in the histories")
  func foundSeasons() throws {
    var minimal = Minimal()
    minimal.streams = "streams:\n  - name: a\n    seasons: auto\n"
    let found = try #require(try decode(minimal.text).pipeline.streams.first)
    #expect(found.findsSeasons && found.model.seasons.isEmpty)
  }

  @Test(
    "a time zone is read from the machine's database",
    .enabled(
      if: access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0,
      "needs the tz database in /usr/share/zoneinfo"))
  func timeZone() throws {
    var minimal = Minimal()
    minimal.streams = "streams:\n  - name: a\n    time_zone: Europe/Berlin\n"
    let local = try #require(try decode(minimal.text).pipeline.streams.first)
    let zone = try #require(local.model.timeZone)
    #expect(zone.name == "Europe/Berlin")
    #expect(zone.offset(at: 1_720_000_000_000) == 7_200_000)
  }

  @Test("where time is an index, seasons and retraining are counted in steps")
  func index() throws {
    var minimal = Minimal()
    minimal.streams = "streams:\n  - name: a\n    time: index\n"
    var stream = try #require(try decode(minimal.text).pipeline.streams.first)
    #expect(stream.alignment.timeIsIndex && stream.alignment.closeOnArrival)
    #expect(stream.alignment.interval == 1 && stream.model.interval == 1)
    #expect(stream.model.timeZone == nil)
    #expect(stream.retraining == (try Schedule(every: 168)))
    minimal.streams += "    interval: 1s\n    seasons: [168, 24]\n    retrain: 500\n"
    stream = try #require(try decode(minimal.text).pipeline.streams.first)
    #expect(stream.model.seasons == [24, 168])
    #expect(stream.retraining == (try Schedule(every: 500_000)))
    minimal.streams = "streams:\n  - name: a\n    time: clock\n    time_zone: UTC\n"
    stream = try #require(try decode(minimal.text).pipeline.streams.first)
    #expect(!stream.alignment.timeIsIndex && stream.model.timeZone == .utc)
  }

  @Test("a stream's settings reach the pipeline")
  func stream() throws {
    var minimal = Minimal()
    minimal.streams = """
      streams:
        - name: hosts
          match: ["cpu.*,host=web-*", "mem"]
          interval: 1m
          aggregation: max
          lateness: 2m
          gap_maximum: 60
          seasons: [7d, 1d]
          horizon: 12
          quantiles: [0.05, 0.5, 0.95]
          forecast_every: 5
          non_negative: true
          series_maximum: 10
          series_expiry: 30d
          model:
            {hidden: 32, layers: 2, cell: gru, dropout: 0.25, normalization: batch, attention: 5,
             head: linear, loss: student_t, fixed_window: 48}
          retrain: "30 2 * * *"
          retrain_on_drift: false
          training: {history: 1000, batch: 4}
          anomalies:
            {enabled: false, false_alarms: 3 per series per day, direction: up,
             valid_range: [0, 100], duration_minimum: 2}

      """
    minimal.rest = """
      points_topic: {retention: 30d}
      future_tolerance: 10m
      delivery: at_least_once
      commit_interval: 1s
      """
    let configuration = try decode(minimal.text)
    let stream = try #require(configuration.pipeline.streams.first)
    #expect(stream.patterns.map(\.text) == ["cpu.*,host=web-*", "mem"])
    #expect(
      stream.alignment
        == AlignmentSettings(
          interval: 60_000, aggregation: .max, allowedLateness: 120_000, futureTolerance: 600_000,
          maximumGap: 60))
    #expect(stream.model.interval == 60_000)
    #expect(stream.model.seasons == [1_440, 10_080])
    #expect(!stream.findsSeasons)
    #expect(!stream.retrainsOnDrift)
    #expect(stream.model.timeZone == .utc)
    #expect(stream.model.horizon == 12)
    #expect(stream.publishedQuantiles == [0.05, 0.5, 0.95])
    #expect(
      stream.model.quantiles == [
        0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975,
      ])
    #expect(stream.model.nonNegative)
    #expect(stream.model.hiddenSize == 32)
    #expect(stream.model.layerCount == 2)
    let architecture = stream.model.architecture
    #expect(architecture.cell == .gru && architecture.dropout == 0.25)
    #expect(architecture.normalization == .batch && architecture.attention == 5)
    #expect(architecture.head == .linear && architecture.loss == .studentT)
    #expect(architecture.fixedWindow == 48)
    #expect(stream.forecastEverySteps == 5)
    #expect(stream.seriesMaximum == 10)
    #expect(stream.seriesExpiry == 30 * 86_400_000)
    // 2023-11-14 22:13:20 UTC → the next 02:30.
    #expect(stream.retraining?.next(after: 1_700_000_000_000) == 1_700_015_400_000)
    #expect(stream.training.historyPoints == 1_000)
    #expect(stream.training.onlineBatch == 4)
    #expect(!stream.anomalies.enabled)
    #expect(stream.anomalies.budget.perWeek == 21)
    #expect(stream.anomalies.validRange == 0...100)
    #expect(stream.anomalies.minimumSteps == 2)
    #expect(stream.anomalies.direction == .up)
    #expect(!configuration.pipeline.isTransactional)
    #expect(configuration.pipeline.commitIntervalMilliseconds == 1_000)
  }

  @Test("lateness defaults to the interval where that is short")
  func lateness() throws {
    var minimal = Minimal()
    minimal.streams += "    interval: 1s\n"
    #expect(try decode(minimal.text).pipeline.streams[0].alignment.allowedLateness == 1_000)
  }

  @Test("`retrain: never` trains never")
  func never() throws {
    var minimal = Minimal()
    minimal.streams += "    retrain: never\n"
    #expect(try decode(minimal.text).pipeline.streams[0].retraining == nil)
  }

  @Test("a reload is told which settings need a restart; the log's level does not")
  func difference() throws {
    let before = try decode(Minimal().text)
    var minimal = Minimal()
    minimal.rest = "log: {level: debug}\n"
    #expect(try decode(minimal.text).settingsThatDiffer(from: before).isEmpty)
    minimal.rest = "workers: 2\ncommit_interval: 1s\nstatus: {listen: \"\"}\n"
    minimal.streams += "    horizon: 3\n"
    #expect(
      try decode(minimal.text).settingsThatDiffer(from: before) == [
        "workers", "streams", "status",
        "commit_interval, idle_after, stall_maximum, snapshot_interval, start or seed",
      ])
  }
}
