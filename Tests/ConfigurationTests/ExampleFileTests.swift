import Configuration
import MetricFormats
import Pipeline
import TestSupport
import Testing

@Suite("config/forecastd.yaml")
struct ExampleFileTests {
  private func example() throws -> DaemonConfiguration {
    try decode(try repositoryFile("config/forecastd.yaml"))
  }

  @Test("config/forecastd.yaml is a configuration")
  func decodes() throws {
    #expect(problems(try repositoryFile("config/forecastd.yaml")).isEmpty)
  }

  @Test("the values of config/forecastd.yaml are the defaults")
  func defaults() throws {
    let example = try example()
    let minimal = try decode(Minimal().text)
    // Settings are plain values, so equal ones have equal descriptions.
    func same<Value>(_ path: KeyPath<DaemonConfiguration, Value>) -> Bool {
      String(reflecting: example[keyPath: path]) == String(reflecting: minimal[keyPath: path])
    }
    #expect(same(\.kafka))
    #expect(same(\.group))
    #expect(same(\.instance))
    #expect(same(\.delivery))
    #expect(same(\.workers))
    #expect(same(\.points))
    #expect(same(\.control))
    #expect(same(\.outputs))
    #expect(same(\.streams))
    #expect(same(\.stateDirectory))
    #expect(same(\.statusAddress))
    #expect(same(\.logLevel))
    #expect(same(\.logFormat))
    #expect(same(\.pipeline))
    #expect(example.inputs.map(\.topic) == minimal.inputs.map(\.topic))
    #expect(example.inputs.map(\.isKeyed) == minimal.inputs.map(\.isKeyed))
    #expect(example.inputs.map(\.format.format.name) == minimal.inputs.map(\.format.format.name))
    #expect(
      example.inputs.map { String(reflecting: $0.format.limits) }
        == minimal.inputs.map { String(reflecting: $0.format.limits) })
  }

  @Test("every setting that is commented out in config/forecastd.yaml exists")
  func commentedOut() throws {
    let lines = try repositoryFile("config/forecastd.yaml").split(
      separator: "\n", omittingEmptySubsequences: false)
    // `# key: value`, `#   key: value` and `# key:`, where the value is one word: not prose.
    let setting = /( *)# ( *)([a-z_.]+:(?: [^ ]+)?)(?: +#.*)?/
    var keys: [String] = []
    let uncommented = lines.map { line -> String in
      guard let match = line.wholeMatch(of: setting) else {
        // A mapping whose entries are commented out beneath it.
        return line == "  properties: {}" ? "  properties:" : String(line)
      }
      keys.append(String(match.3.prefix { $0 != ":" }))
      return "\(match.1)\(match.2)\(match.3)"
    }
    // Some exclude each other, so that there are problems, but no unknown key.
    let found = problems(uncommented.joined(separator: "\n"))
    #expect(found.filter { $0.contains("unknown key") } == [])
    for key in ["instance", "sasl_password_file", "booleans", "json", "records"] {
      #expect(keys.contains(key), "\(keys)")
    }
  }

  @Test("config/forecastd.yaml explains every key of the configuration")
  func explained() throws {
    let text = try repositoryFile("config/forecastd.yaml")
    var keys = Set<Substring>()
    for line in text.split(separator: "\n") {
      let bare = line.drop { $0 == " " || $0 == "#" }
      let key = bare.prefix { $0.isLowercase || $0 == "_" || $0 == "." }
      if !key.isEmpty, bare.dropFirst(key.count).first == ":" { keys.insert(key) }
    }
    // What the sections decode, so that a key without an explanation is noticed.
    for key in [
      "bootstrap_servers", "properties", "sasl_password_file", "ssl_key_file",
      "ssl_key_password_file", "consumer_properties", "producer_properties", "group", "instance",
      "delivery", "commit_interval", "workers", "start", "inputs", "topic", "format", "keyed",
      "unmatched",
      "require_timestamp", "timestamp_unit", "message_bytes_maximum", "booleans",
      "numeric_strings", "store_rates", "json", "series", "labels", "timestamp", "value",
      "records", "points_topic", "control_topic",
      "partitions", "replication", "retention", "future_tolerance",
      "idle_after", "stall_maximum", "outputs", "forecasts", "anomalies", "dead_letters", "enabled",
      "reports",
      "streams", "match", "interval", "aggregation", "lateness", "close_on_arrival",
      "gap_maximum", "window", "seasons", "horizon", "quantiles", "forecast_every",
      "non_negative", "series_maximum", "series_expiry", "model", "hidden", "layers", "cell",
      "dropout",
      "normalization", "attention", "head", "loss", "fixed_window", "final_rate_share", "retrain",
      "retrain_on_drift", "time", "time_zone", "training",
      "history", "memory_maximum", "history_minimum", "full_epochs", "full_steps",
      "full_batch", "full_learning_rate", "warmup_steps", "steps", "batch", "learning_rate",
      "replay_share", "chunk", "clip_norm", "weight_decay", "holdout", "final_rate_share",
      "mirror_share",
      "average_decay", "validation_share",
      "validation_patience", "plateau_patience",
      "plateau_factor",
      "margin", "false_alarms", "duration_minimum", "valid_range", "deviation_minimum",
      "deviation_minimum_relative", "direction",
      "silent_after", "learning", "state_directory", "snapshot_interval", "status",
      "listen", "log", "level", "seed", "calibration", "shift_rate", "coverage_rate", "baselines",
      "hysteresis", "memory", "calendars",
    ] {
      #expect(keys.contains(Substring(key)), "'\(key)' is not explained")
    }
  }
}
