import CommandLineInterface
import Daemon
import Glibc
import HostMetrics
import KafkaClient
import ServiceManager
import Synchronization

/// `forecastd record` — samples this host's metrics into a file or a topic.
enum RecordCommand: Command {
  private static let output = Option(
    "output", short: "o", .file, help: "Append the lines to FILE; - is standard output.")
  private static let topic = Option(
    "topic", .text.named("TOPIC"),
    help: "Produce the lines to TOPIC, keyed by measurement and host.")
  private static let broker = Option(
    "broker", .text.named("HOST:PORT"), environment: "FORECASTD_BROKER",
    help: "The brokers of --topic.")
  private static let properties = Option(
    "property", short: "X", repeated: .text.named("NAME=VALUE"),
    help:
      "A property of librdkafka for --topic; a secret is given by its file, so that it is "
      + "not in the process list: NAME=@FILE.")
  private static let interval = Option(
    "interval", .duration(in: .milliseconds(100) ... .seconds(86_400)), default: .seconds(2),
    help: "Time from sample to sample.")
  private static let duration = Option(
    "duration", .duration, help: "End after this time. Default: until Ctrl-C.")
  private static let host = Option(
    "host", .text.named("NAME"), help: "The host label. Default: this host's name.")
  private static let fields = Option(
    "fields", .text.named("LIST"),
    help: "Only these, separated by commas: cpu, mem.used_percent, … Default: everything.")
  private static let interfaces = Option(
    "interfaces", .text.named("LIST"), help: "Only these network interfaces.")
  private static let devices = Option("devices", .text.named("LIST"), help: "Only these disks.")

  static let declaration = CommandDeclaration(
    name: "record", summary: "Sample this host's CPU, memory, disk and network",
    discussion: """
      Writes Influx line protocol with Telegraf's names, from /proc alone. A file can be replayed; a \
      topic can be an input of the daemon, which is the quickest way to live metrics.
      """,
    options: [
      output, topic, broker, properties, interval, duration, host, fields, interfaces, devices,
    ],
    examples: [
      Example("forecastd record -o host.influx --duration 2h", "a recording for replay or demo"),
      Example("forecastd record --topic metrics --broker localhost:9092", "live metrics in Kafka"),
    ])

  static func run(_ parsed: Parsed) throws {
    guard (parsed[output] == nil) != (parsed[topic] == nil) else {
      throw CommandError(
        description: "name one of --output FILE and --topic TOPIC",
        exitStatus: UsageError.exitStatus)
    }
    let isCancelled = CancelFlag()
    try SignalReceiver.install { signal in
      if signal == .stop { isCancelled.set() }
    }
    let sink = try LineSink(
      file: parsed[output], topic: parsed[topic], broker: parsed[broker],
      properties: parsed[properties])
    let options = HostSampler.Options(
      selection: try FieldSelection(parsing: list(parsed[fields]) ?? []),
      devices: list(parsed[devices]).map(Set.init),
      interfaces: list(parsed[interfaces]).map(Set.init))
    var recorder = try HostRecorder(
      sampler: HostSampler(host: parsed[host] ?? hostName(), options: options),
      clock: SystemRecordingClock(), intervalNanoseconds: nanoseconds(parsed[interval]),
      durationNanoseconds: parsed[duration].map(nanoseconds))
    let total = parsed[duration].map(nanoseconds)
    let terminal = Terminal(fileDescriptor: STDERR_FILENO, environment: environmentVariables())
    var line = ProgressLine("recording", on: terminal, start: .now)
    let result = try recorder.run(
      sink: { lines in try sink.write(lines) }, isCancelled: { isCancelled.isSet },
      notice: { writeError("forecastd: \($0)") },
      progress: { progress in
        guard let total, total > 0 else { return }
        let text = line.update(
          Double(progress.elapsedNanoseconds) / Double(total),
          detail: "\(progress.samples) samples, \(progress.bytes) bytes", now: .now)
        if let text { writeError(raw: text) }
      })
    if total != nil { writeError(raw: line.finish(now: .now)) }
    try sink.finish()
    writeError("recorded \(result.samples) samples, \(result.bytes) bytes")
  }

  private static func list(_ text: String?) -> [String]? {
    text.map { $0.split(separator: ",").map(String.init) }
  }

  private static func nanoseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
  }
}

/// Set by a signal, read by a loop.
final class CancelFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  var isSet: Bool { flag.load(ordering: .relaxed) }

  func set() { flag.store(true, ordering: .relaxed) }
}

/// The file or topic that recorded lines are written to.
private struct LineSink {
  private let descriptor: Int32
  private let producer: KafkaProducer?
  private let topic: ProducerTopic?

  init(
    file: String?, topic name: String?, broker: String?, properties: [String]
  ) throws {
    if let name {
      guard let broker else {
        throw CommandError(
          description: "--topic needs --broker HOST:PORT", exitStatus: UsageError.exitStatus)
      }
      var configuration = KafkaConfiguration(bootstrapServers: broker)
      configuration["compression.type"] = "lz4"
      configuration["partitioner"] = "murmur2_random"
      for property in properties {
        let (name, value) = try Self.property(property)
        configuration[name] = value
        configuration.note(setting: "--property \(name)", of: name)
      }
      let producer = try KafkaProducer(configuration) { _, _, _ in }
      self.producer = producer
      topic = try producer.topic(name)
      descriptor = -1
      return
    }
    producer = nil
    topic = nil
    guard let file, file != "-" else {
      descriptor = STDOUT_FILENO
      return
    }
    descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CommandError(description: "\(file): \(String(cString: strerror(errno)))")
    }
  }

  private static func property(_ text: String) throws -> (String, String) {
    guard let equals = text.firstIndex(of: "=") else {
      throw CommandError(
        description: "--property '\(text)' is not NAME=VALUE", exitStatus: UsageError.exitStatus)
    }
    let name = String(text[..<equals])
    let value = String(text[text.index(after: equals)...])
    if value.hasPrefix("@") {
      let file = String(value.dropFirst())
      return (name, try SecretFile.text(file, setting: "--property \(name)"))
    }
    if KafkaConfiguration.isSecret(name) {
      throw CommandError(
        description:
          "'\(name)' is a secret and would be seen in the process list: use \(name)=@FILE",
        exitStatus: UsageError.exitStatus)
    }
    return (name, value)
  }

  func write(_ lines: [UInt8]) throws {
    guard let producer, let topic else { return try writeToFile(lines) }
    for line in lines.split(separator: UInt8(ascii: "\n")) {
      // Measurement and tags: the points of a series then stay in one partition.
      let key = Array(line.prefix { $0 != UInt8(ascii: " ") })
      try key.withUnsafeBytes { key in
        try Array(line).withUnsafeBytes { value in
          try producer.produce(to: topic, key: key, value: value)
        }
      }
    }
    producer.poll()
  }

  private func writeToFile(_ lines: [UInt8]) throws {
    var written = 0
    while written < lines.count {
      let count = lines.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, lines.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw CommandError(description: "cannot write: \(String(cString: strerror(errno)))")
      }
      written += count
    }
  }

  func finish() throws { try producer?.flush(timeout: .seconds(30)) }
}
