import Configuration
import Testing

@Suite("errors of a configuration")
struct ConfigurationErrorTests {
  /// A change of the minimal configuration, and the error: `line:column: key: message` or its part.
  struct Case: Sendable, CustomTestStringConvertible {
    var change: @Sendable (inout Minimal) -> Void
    var expected: String

    init(_ expected: String, _ change: @escaping @Sendable (inout Minimal) -> Void) {
      self.change = change
      self.expected = expected
    }

    var testDescription: String { expected }
  }

  private static func stream(_ text: String) -> @Sendable (inout Minimal) -> Void {
    { $0.streams += "    \(text)\n" }
  }

  private static func rest(_ text: String) -> @Sendable (inout Minimal) -> Void {
    { $0.rest += text + "\n" }
  }

  private static let topLevel: [Case] = [
    // A key that nobody knows, with what was probably meant.
    Case("7:1: worker: unknown key; did you mean 'workers'?", rest("worker: 2")),
    // A number where a text belongs, and the other way round.
    Case("7:10: workers: expected a whole number", rest("workers: many")),
    Case("7:8: group: expected a text, found a list", rest("group: [a]")),
    Case("7:8: group: is empty", rest("group: \"\"")),
    // Out of range.
    Case("7:10: workers: 0 is not from 1 to 256", rest("workers: 0")),
    // A word that is none of those allowed.
    Case(
      "7:11: delivery: 'twice' is not one of exactly_once, at_least_once", rest("delivery: twice")),
    Case("7:8: start: 'middle' is not one of earliest, latest", rest("start: middle")),
    // Durations need a unit, a whole number, and bounds.
    Case("7:18: commit_interval: '100' has no unit", rest("commit_interval: 100")),
    Case("7:18: commit_interval: '1.5s' is not a duration", rest("commit_interval: 1.5s")),
    Case("7:18: commit_interval: is not from 1ms to 60s", rest("commit_interval: 2h")),
    Case("7:18: commit_interval: is not from 1ms to 60s", rest("commit_interval: 0s")),
    // A transaction that ends before the interval does.
    Case(
      "8:18: commit_interval: is 30s, but brokers abort a transaction after transaction.timeout.ms: "
        + "20000: raise that to 40000 or more",
      {
        $0.kafka += "  producer_properties: {transaction.timeout.ms: 20000}\n"
        $0.rest += "commit_interval: 30s\n"
      }),
    Case("7:20: snapshot_interval: is less than 1s", rest("snapshot_interval: 10ms")),
    Case(
      "7:20: snapshot_interval: '99999999999999999999d' is too large",
      rest("snapshot_interval: 99999999999999999999d")),
    // The control topic has one partition, keeps its records, and is no other topic.
    Case(
      "7:16: control_topic: must have one partition", rest("control_topic: { partitions: 4 }")),
    Case("7:16: control_topic: has no retention", rest("control_topic: { retention: 7d }")),
    Case(
      "7:16: control_topic: is 'forecasts', which is an input or an output already",
      rest("control_topic: { topic: forecasts }")),
    // Tolerances that no clock needs.
    Case("7:19: future_tolerance: is more than 366d", rest("future_tolerance: 1000d")),
    // The log and the status server.
    Case(
      "7:14: log.level: 'loud' is not one of error, warning, info, debug",
      rest("log: {level: loud}")),
    Case("7:10: status.lisen: unknown key; did you mean 'listen'?", rest("status: {lisen: off}")),
    Case("7:7: seed: -1 is not from 0 to", rest("seed: -1")),
  ]

  private static let kafka: [Case] = [
    Case("1:1: kafka: the required key 'kafka' is missing", { $0.kafka = "" }),
    Case(
      "1:8: kafka.bootstrap_servers: the required key 'bootstrap_servers' is missing",
      { $0.kafka = "kafka: {}\n" }),
    Case(
      "2:22: kafka.bootstrap_servers: is empty", { $0.kafka = "kafka:\n  bootstrap_servers: ''\n" }),
    // Secrets belong in files.
    Case(
      "3:15: kafka.properties: 'sasl.password' is a secret and does not belong in a configuration: "
        + "use sasl_password_file",
      { $0.kafka += "  properties: {sasl.password: hunter2}\n" }),
    Case(
      "3:24: kafka.consumer_properties: 'ssl.key.password' is a secret",
      { $0.kafka += "  consumer_properties: {ssl.key.password: hunter2}\n" }),
    // What delivery and state rest on is the daemon's.
    Case(
      "3:15: kafka.properties: 'group.id' is the daemon's own: set group",
      { $0.kafka += "  properties: {group.id: other}\n" }),
    Case(
      "3:24: kafka.producer_properties: 'transactional.id' is the daemon's own",
      { $0.kafka += "  producer_properties: {transactional.id: other}\n" }),
    Case(
      "3:24: kafka.consumer_properties: 'isolation.level' is the daemon's own",
      { $0.kafka += "  consumer_properties: {isolation.level: read_uncommitted}\n" }),
  ]

  private static let topics: [Case] = [
    Case("1:1: inputs: the required key 'inputs' is missing", { $0.inputs = "" }),
    Case("3:9: inputs: is empty: name a topic", { $0.inputs = "inputs: []\n" }),
    Case("4:12: inputs[0].topic: is empty", { $0.inputs = "inputs:\n  - topic: ''\n" }),
    // A format nobody has heard of, and an option that a format has no use for.
    Case(
      "inputs[0].format: there is no input format 'avro'", { $0.inputs += "    format: avro\n" }),
    Case(
      "inputs[0].format: format 'graphite' has no option 'store_rates'",
      { $0.inputs += "    format: graphite\n    store_rates: true\n" }),
    Case(
      "inputs[0].unmatched: 'drop' is not one of count, dead_letter",
      { $0.inputs += "    unmatched: drop\n" }),
    Case(
      "inputs[0].timestamp_unit: 'hours' is not one of auto, s, ms",
      { $0.inputs += "    format: json\n    timestamp_unit: hours\n" }),
    Case(
      "inputs[0].message_bytes_maximum: 1 is not from 1024",
      { $0.inputs += "    message_bytes_maximum: 1\n" }),
    // Places in a document that exclude each other, or are none.
    Case(
      "inputs[0].json.name: and series exclude each other",
      { $0.inputs += "    format: json\n    json: {name: a, series: b}\n" }),
    Case(
      "inputs[0].json.label_fields: and labels exclude each other",
      { $0.inputs += "    format: json\n    json: {labels: a, label_fields: [b]}\n" }),
    Case(
      "inputs[0].json.fields: and value exclude each other",
      { $0.inputs += "    format: json\n    json: {value: a, fields: b}\n" }),
    Case(
      "inputs[0].json.value: '' is no path into a JSON document",
      { $0.inputs += "    format: json\n    json: {value: ''}\n" }),
    // Twice the same topic, and topics that go round.
    Case("inputs: reads topic 'metrics' twice", { $0.inputs += "  - topic: metrics\n" }),
    Case(
      "inputs: reads 'forecasts', which is an output of the daemon itself",
      { $0.inputs += "  - topic: forecasts\n" }),
    Case(
      "inputs: reads 'metrics', which is an output of the daemon itself",
      rest("outputs: {reports: {topic: metrics}}")),
    Case("inputs: reads topic 'metrics' twice", rest("points_topic: {topic: metrics}")),
    Case(
      "inputs: reads 'anomalies', which is an output of the daemon itself",
      rest("points_topic: {topic: anomalies}")),
    Case(
      "outputs: writes two kinds of records to 'forecasts'",
      rest("outputs: {anomalies: {topic: forecasts}}")),
    // Names and numbers that Kafka refuses.
    Case(
      "outputs.forecasts.topic: 'a b' is not a topic's name",
      rest("outputs: {forecasts: {topic: a b}}")),
    Case(
      "outputs.forecasts.topic: '..' is not a topic's name",
      rest("outputs: {forecasts: {topic: ..}}")),
    Case(
      "outputs.forecasts.partitions: 0 is not from 1 to 10000",
      rest("outputs: {forecasts: {partitions: 0}}")),
    Case(
      "outputs.forecasts.replication: 0 is neither -1",
      rest("outputs: {forecasts: {replication: 0}}")),
    Case("outputs.forecasts: cannot be disabled", rest("outputs: {forecasts: {enabled: false}}")),
    // Points that are gone before a window is full.
    Case(
      "points_topic: keeps points for 10m, but the window of stream 'default' covers 42m40s: raise",
      rest("points_topic: {retention: 10m}")),
  ]

  private static let streams: [Case] = [
    Case(
      "streams: is empty: without a stream no point is used",
      { $0.streams = "streams: []\n" }),
    Case("streams: has two streams named 'default'", { $0.streams += "  - name: default\n" }),
    Case(
      "streams[0].name: the required key 'name' is missing",
      { $0.streams = "streams:\n  - horizon: 2\n" }),
    Case(
      "streams[0].name: 'a b' is not 1 to 64 letters", { $0.streams = "streams:\n  - name: a b\n" }),
    Case("streams[0].name: '' is not 1 to 64 letters", { $0.streams = "streams:\n  - name: ''\n" }),
    Case("streams[0].match: is empty", stream("match: []")),
    // An index has neither a calendar nor hours, and its seasons are steps; a time's are durations.
    Case("streams[0].time: 'row' is not one of clock, index", stream("time: row")),
    Case(
      "streams[0].time_zone: means nothing with time: index",
      stream("time: index\n    time_zone: UTC")),
    Case(
      "streams[0].group_by: [\"host\", \"host\"] are not up to 16 different names of labels",
      stream("group_by: [host, host]")),
    Case(
      "streams[0].series_expiry: means nothing with time: index",
      stream("time: index\n    series_expiry: 1d")
    ),
    // Series that would be forgotten while missing buckets still make steps, or never.
    Case(
      "streams[0].series_expiry: 5m is over before gap_maximum has made a series dormant: it must be "
        + "at least 5m35s", stream("series_expiry: 5m")),
    Case("streams[0].series_expiry: is more than 36600d", stream("series_expiry: 40000d")),
    Case(
      "streams[0].lateness: means nothing with time: index", stream("time: index\n    lateness: 1s")
    ),
    Case(
      "streams[0].close_on_arrival: means nothing with time: index",
      stream("time: index\n    close_on_arrival: false")),
    Case(
      "streams[0].seasons: 1d is a duration, and time is an index",
      stream("time: index\n    seasons: [1d]")),
    Case("streams[0].seasons: 24 has no unit", stream("seasons: [24]")),
    Case(
      "streams[0].retrain: '6h' is neither never nor a number of steps",
      stream("time: index\n    retrain: 6h")),
    Case(
      "streams: has streams with time: index beside 'default', whose time is real",
      stream("match: [a]\n  - name: steps\n    time: index")),
    Case("streams[0].match: ", stream("match: [\"a,b\"]")),
    Case("streams[0].interval: must be from 1 ms", stream("interval: 0s")),
    Case("streams[0].lateness: must be from 0 to 15 intervals", stream("lateness: 10m")),
    Case("streams[0].aggregation: 'median' is not one of mean, sum", stream("aggregation: median")),
    Case("streams[0].window: 4 is not from 32 to 65536", stream("window: 4")),
    Case("streams[0].horizon: 0 is not from 1 to 1000", stream("horizon: 0")),
    Case("streams[0].quantiles: ", stream("quantiles: [0.9, 0.1]")),
    Case("streams[0].quantiles: ", stream("quantiles: [0, 0.5]")),
    Case("streams[0].quantiles: ", stream("quantiles: []")),
    Case("streams[0].seasons: names 3 seasons; at most two", stream("seasons: [1h, 2h, 3h]")),
    Case("streams[0].seasons: must be auto, or a list", stream("seasons: some")),
    Case(
      "streams[0].time_zone: time zone 'Mars/Olympus': is not in", stream("time_zone: Mars/Olympus")
    ),
    Case("streams[0].time_zone: ", stream("time_zone: ../../../etc/passwd")),
    Case("streams[0].seasons: 15s is not a multiple of the interval", stream("seasons: [15s]")),
    Case("streams[0].forecast_every: 0 is not from 1", stream("forecast_every: 0")),
    Case("streams[0].series_maximum: 0 is not from 1", stream("series_maximum: 0")),
    Case("streams[0].model.hidden: 2 is not from 4 to 1024", stream("model: {hidden: 2}")),
    Case("streams[0].model.layers: 9 is not from 1 to 8", stream("model: {layers: 9}")),
    Case("streams[0].model.width: unknown key", stream("model: {width: 9}")),
    Case("streams[0].model.cell: 'rnn' is not one of lstm, gru", stream("model: {cell: rnn}")),
    Case("streams[0].model.dropout: 1.0 is not in 0 to 0.95", stream("model: {dropout: 1}")),
    Case(
      "streams[0].model.normalization: 'group' is not one of none, layer, batch",
      stream("model: {normalization: group}")),
    Case("streams[0].model.attention: 65 is not from 0 to 64", stream("model: {attention: 65}")),
    Case(
      "streams[0].model.head: 'mlp' is not one of residual, linear", stream("model: {head: mlp}")),
    Case(
      "streams[0].model.loss: 'mse' is not one of quantile, student_t, squared",
      stream("model: {loss: mse}")),
    Case(
      "streams[0].model.fixed_window: 4 is neither 0 nor at least 8",
      stream("model: {fixed_window: 4}")),
    Case(
      "streams[0].model.fixed_window: 16 is neither 0 nor at least 8 and the states of attention",
      stream("model: {fixed_window: 16, attention: 17}")),
    Case("streams[0].seasons: must be 2…16384 steps each", stream("seasons: [7d]")),
    // Schedules.
    Case("streams[0].retrain: ", stream("retrain: sometimes")),
    Case("streams[0].retrain: ", stream("retrain: 61 * * * *")),
    Case("streams[0].retrain: ", stream("retrain: 0s")),
    // The trainer and the detector check themselves.
    Case("streams[0].training.clip_norm: must be positive", stream("training: {clip_norm: 0}")),
    Case("streams[0].training.holdout: must be between 0 and 1", stream("training: {holdout: 1}")),
    Case(
      "streams[0].training.validation_share: must be in 0…1, below 1",
      stream("training: {validation_share: 1}")),
    Case(
      "streams[0].training.validation_patience: must be positive",
      stream("training: {validation_patience: 0}")),
    Case(
      "streams[0].training.history_minimum: must not exceed",
      stream("training: {history: 64, history_minimum: 65}")),
    Case(
      "streams[0].anomalies.threshold: is gone: write how many false alarms",
      stream("anomalies: {threshold: 4}")),
    Case(
      "streams[0].anomalies.refractory: is gone", stream("anomalies: {refractory: 60}")),
    Case(
      "streams[0].anomalies.false_alarms: 'often' is no budget: write, for example",
      stream("anomalies: {false_alarms: often}")),
    Case(
      "streams[0].anomalies.false_alarms: must be more than 0",
      stream("anomalies: {false_alarms: 0 per week}")),
    Case(
      "streams[0].anomalies.valid_range: must be two ascending numbers",
      stream("anomalies: {valid_range: [5, 1]}")),
    Case(
      "streams[0].anomalies.direction: 'sideways' is not one of both, up, down",
      stream("anomalies: {direction: sideways}")),
    Case(
      "streams[0].calibration.coverage_rate: must be from 0 to 0.5",
      stream("calibration: {coverage_rate: 1}")),
    Case(
      "streams[0].calibration.memory: must be from 1 to 1000 horizons",
      stream("calibration: {memory: 0}")),
    // A silence that alignment would never let be seen.
    Case(
      "streams[0].gap_maximum: is 32, but anomalies.silent_after waits for 40 steps",
      stream("anomalies: {silent_after: 40}")),
    Case(
      "streams[0].gap_maximum: is 5, but anomalies.silent_after waits for 10 steps",
      stream("gap_maximum: 5")),
  ]

  @Test(
    "each error of a configuration is one line that names line, key and problem",
    arguments: topLevel + kafka + topics + streams)
  func errors(_ wrong: Case) {
    var minimal = Minimal()
    wrong.change(&minimal)
    let found = problems(minimal.text)
    #expect(found.count == 1, "\(minimal.text)\n\(found)")
    #expect(found.first?.contains(wrong.expected) == true, "\(minimal.text)\n\(found)")
    #expect(found.first?.hasPrefix("f.yaml:") == true)
  }

  @Test("all errors of a file are reported at once, in the order of its lines")
  func several() {
    var minimal = Minimal()
    minimal.streams += "    horizon: 0\n    forecast_every: x\n"
    minimal.rest = "worker: 1\n"
    let lines = problems(minimal.text).map { $0.split(separator: ":")[1] }
    #expect(lines == ["7", "8", "9"])
  }

  @Test("a secret's value is in no error")
  func secrets() {
    var minimal = Minimal()
    minimal.kafka += "  properties: {sasl.password: hunter2}\n"
    #expect(!problems(minimal.text).joined().contains("hunter2"))
  }
}
