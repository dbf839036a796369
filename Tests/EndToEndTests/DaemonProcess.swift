import Glibc
import KafkaTestBroker
import TestSupport

/// `forecastd run` on a configuration and a state directory of its own; it can be stopped, killed
/// and started again.
final class DaemonProcess {
  struct Topics {
    let input: String
    let points: String
    let forecasts: String
    let anomalies: String
    let deadLetters: String
    let reports: String
    let control: String

    init(_ test: String) {
      let prefix = KafkaTestBroker.uniqueName(test)
      input = prefix + "-metrics"
      points = prefix + "-points"
      forecasts = prefix + "-forecasts"
      anomalies = prefix + "-anomalies"
      deadLetters = prefix + "-dead-letters"
      reports = prefix + "-reports"
      control = prefix + "-control"
    }
  }

  let topics: Topics
  let configurationPath: String
  private let directory: TemporaryDirectory
  private var process: ChildProcess?
  private var logPath = ""
  private static let configurationName = "forecastd.yaml"

  /// - Parameters: `input` continues the one input's section, `stream` the one stream's, each line
  ///   indented by four; `top` is further top-level keys. With the `topics` of another process it joins
  ///   that one's group.
  init(
    _ test: String, broker: KafkaTestBroker, in directory: TemporaryDirectory,
    input: String = "", stream: String = "", top: String = "", topics shared: Topics? = nil
  ) throws {
    self.directory = directory
    topics = shared ?? Topics(test)
    configurationPath = try directory.write(
      Self.configurationName,
      """
      kafka:
        bootstrap_servers: \(broker.bootstrapServers)
        # A member that was killed comes back at once, whatever its last session's timeout.
        consumer_properties: { session.timeout.ms: "6000" }
      group: \(topics.input)
      inputs:
        - topic: \(topics.input)
      \(input)
      points_topic: { topic: \(topics.points), retention: 1d }
      control_topic: { topic: \(topics.control) }
      outputs:
        forecasts: { topic: \(topics.forecasts) }
        anomalies: { topic: \(topics.anomalies) }
        dead_letters: { topic: \(topics.deadLetters) }
        reports: { topic: \(topics.reports) }
      streams:
        - name: default
      \(stream)
      state_directory: \(directory.path)/state
      status: { listen: "127.0.0.1:0" }
      \(top)

      """)
  }

  /// Starts it and waits until it says that it is ready.
  func start(environment: [String: String]? = nil) throws {
    logPath = directory.newPath("log")
    process = try ChildProcess(
      [Programs.forecastd, "run", "--config", configurationPath], environment: environment,
      log: logPath)
    _ = try eventually("ready\n\(self.log)") { self.log.contains("msg=ready") ? true : nil }
  }

  func replaceInConfiguration(_ old: String, with new: String) throws {
    let text = try directory.read(Self.configurationName)
    try directory.write(Self.configurationName, text.replacing(old, with: new))
  }

  /// What it wrote since its last start.
  var log: String {
    do { return try readText(logPath) } catch { return "\(error)" }
  }

  func send(signal: Int32) { process?.send(signal: signal) }

  /// SIGTERM, and what systemd would see of it.
  func stop(within timeout: Duration = .seconds(10)) throws -> ChildProcess.End {
    guard let process else { throw SurroundingsError("not running") }
    process.send(signal: SIGTERM)
    let end = try process.waitForEnd(within: timeout)
    self.process = nil
    return end
  }

  /// SIGKILL.
  func kill() throws {
    guard let process else { throw SurroundingsError("not running") }
    process.send(signal: SIGKILL)
    try process.waitForEnd(within: .seconds(10))
    self.process = nil
  }

  // MARK: - What it says of itself

  /// The answer of its status server.
  func status(_ path: String) throws -> HTTPAnswer {
    try httpGet(path, port: try statusPort())
  }

  private func statusPort() throws -> UInt16 {
    let log = log
    let marker = "status_address=127.0.0.1:"
    guard let line = log.split(separator: "\n").last(where: { $0.contains(marker) }),
      let text = line.split(separator: " ").first(where: { $0.hasPrefix(marker) }),
      let port = UInt16(text.dropFirst(marker.count))
    else { throw SurroundingsError("no status address in the log:\n\(log)") }
    return port
  }

  /// The sum of a metric's samples, over all values of its labels.
  func metric(_ name: String) throws -> Double {
    try samples(name).reduce(0) { $0 + $1.value }
  }

  /// A metric's samples by their labels as they are written.
  func samples(_ name: String) throws -> [String: Double] {
    var samples: [String: Double] = [:]
    for line in try status("/metrics").body.split(separator: "\n") where line.hasPrefix(name) {
      let rest = line.dropFirst(name.count)
      guard rest.first == "{" || rest.first == " ", let space = rest.lastIndex(of: " "),
        let value = Double(rest[rest.index(after: space)...])
      else { continue }
      samples[String(rest[..<space])] = value
    }
    return samples
  }
}
