import Configuration
import YAMLCoding

/// The daemon's configuration for the demonstration: YAML text, which is read as `forecastd run`
/// reads it.
enum DemoConfiguration {
  static let inputTopic = "metrics"
  /// Partitions of the input topic: several, so that the router has to merge them.
  static let partitionCount = 4

  /// - Throws: where the name of the state directory or of the broker is not valid in the text.
  static func make(broker: String, stateDirectory: String) throws -> DaemonConfiguration {
    let text = yaml(broker: broker, stateDirectory: stateDirectory)
    return try YAMLDecoder(fileName: "demo configuration").decode(
      DaemonConfiguration.self, from: Array(text.utf8))
  }

  /// The settings for recordings of hosts: counters become rates, all other values are averaged.
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
        # The recorded machine falls silent at the end of the recording, which is not an anomaly.
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
