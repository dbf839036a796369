import Configuration
import YAMLCoding

/// The daemon's configuration for the demonstration: the YAML that a person would write, read the
/// way `forecastd run` reads it.
enum DemoConfiguration {
  static let inputTopic = "metrics"
  /// Of the input topic; more than one, and records without keys, so that the router has work to do.
  static let partitionCount = 4

  /// - Throws: where the state directory's or the broker's name breaks the text; the rest is ours.
  static func make(broker: String, stateDirectory: String) throws -> DaemonConfiguration {
    let text = yaml(broker: broker, stateDirectory: stateDirectory)
    return try YAMLDecoder(fileName: "demo configuration").decode(
      DaemonConfiguration.self, from: Array(text.utf8))
  }

  /// What recordings of hosts need: counters become rates, everything else is averaged.
  static func yaml(broker: String, stateDirectory: String) -> String {
    """
    kafka:
      bootstrap_servers: \(broker)
      consumer_properties:
        fetch.wait.max.ms: "5"
    group: forecastd-demo
    # The built-in broker knows no transactions.
    delivery: at_least_once
    commit_interval: 50ms
    inputs:
      - topic: \(inputTopic)
        format: influx
        keyed: false
    streams:
      - name: rates
        match: ["{diskio,kernel,net}.*"]
        aggregation: rate
    \(streamSettings)
      - name: gauges
        match: ["*"]
    \(streamSettings)
    state_directory: "\(stateDirectory)"
    status:
      listen: 127.0.0.1:0
    """
  }

  private static let streamSettings = """
        interval: 10s
        horizon: 24
        non_negative: true
        # The recorded machine falls silent when the recording is through, which is no anomaly.
        gap_maximum: 6
        retrain: 20m
        training:
          # A first training after 18 minutes of the recording.
          history_minimum: 108
        anomalies:
          silent_after: 0
          learning: 48
    """
}
