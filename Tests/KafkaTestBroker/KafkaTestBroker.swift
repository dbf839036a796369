import FoundationEssentials
import Glibc
package import KafkaClient
import Synchronization
import TestSupport

/// A real Apache Kafka for tests: clusters of the script in `../shared/kafka` beside the package, or
/// the cluster that `FORECASTD_TEST_BROKERS` names (a bootstrap list). `FORECASTD_TEST_KAFKA` names
/// another directory with the script.
///
/// Tests say `.enabled(if: KafkaTestBroker.isAvailable, "\(KafkaTestBroker.unavailableReason)")`.
/// Whatever happens to the test process, a watcher process stops its brokers and removes their
/// directories: it waits for the end of a pipe that only the test process holds open.
package final class KafkaTestBroker: Sendable {
  package enum Version: String, Sendable, CaseIterable {
    case v4 = "4.1.1"
    case v3 = "3.9.2"
  }

  package let bootstrapServers: String
  /// Of a `secure` broker: its listener with SASL over TLS.
  package let secureListener: SecureListener?
  /// `nil` for a cluster that is not ours.
  private let directory: String?

  /// The versions that tests run on; with an outside cluster there is just that one.
  package static var versions: [Version] { external == nil ? Version.allCases : [.v4] }

  package static var isAvailable: Bool { external != nil || script != nil }

  /// Whether tests may have brokers of their own, to kill and to start again.
  package static var isControllable: Bool { external == nil && script != nil }

  package static let unavailableReason =
    "no Kafka: FORECASTD_TEST_BROKERS is not set, and ../shared/kafka or Java is missing"

  package static let notControllableReason = "needs a broker to kill, from ../shared/kafka"

  private static let external = environment("FORECASTD_TEST_BROKERS")
  private static let script = findScript()
  private static let shared = Mutex<[Version: KafkaTestBroker]>([:])

  /// The broker that all tests of the process use together; started at the first call.
  package static func shared(_ version: Version = .v4) throws -> KafkaTestBroker {
    try shared.withLock { brokers in
      if let broker = brokers[version] { return broker }
      let broker = try external.map(KafkaTestBroker.init(external:)) ?? start(version)
      brokers[version] = broker
      return broker
    }
  }

  /// A broker of the test's own; it ends with the last reference.
  /// - Parameter secure: adds a listener with SASL over TLS, and ACLs.
  package static func start(
    _ version: Version = .v4, secure: Bool = false
  ) throws -> KafkaTestBroker {
    guard let script else { throw SurroundingsError("no Kafka script") }
    var template = Array("/tmp/forecastd-kafka-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw SurroundingsError.system("no temporary directory")
    }
    let directory = String(
      decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // The watcher comes first, so that a start that is killed half-way is cleaned up too.
    try watchers.withLock { try $0.append(Watcher(script: script, directory: directory)) }
    let output = try run(
      script,
      ["start", "--dir", directory, "--version", version.rawValue]
        + (secure ? ["--secure"] : []))
    let info = try JSONDecoder().decode(Info.self, from: Data(output.utf8))
    return KafkaTestBroker(info, directory: directory)
  }

  private init(_ info: Info, directory: String) {
    bootstrapServers = info.bootstrap
    secureListener = info.secureListener
    self.directory = directory
  }

  private init(external: String) {
    bootstrapServers = external
    secureListener = nil
    directory = nil
  }

  deinit {
    guard let directory else { return }
    // Closing its pipe makes the watcher purge the cluster.
    watchers.withLock { $0.removeAll { $0.directory == directory } }
  }

  /// SIGKILL, as a machine that loses its power.
  package func kill() throws { try control("kill") }

  /// Same port, same data; returns when the broker answers.
  package func restart() throws { try control("restart") }

  /// Grants a user of a `secure` broker a permission: the arguments are those of `kafka-acls.sh`.
  package func allow(_ user: String, _ permission: [String]) throws {
    guard let directory, let script = Self.script else {
      throw SurroundingsError(Self.notControllableReason)
    }
    _ = try Self.run(
      script,
      ["tool", "--dir", directory, "acls", "--add", "--allow-principal", "User:\(user)"]
        + permission)
  }

  private func control(_ command: String) throws {
    guard let directory, let script = Self.script else {
      throw SurroundingsError(Self.notControllableReason)
    }
    _ = try Self.run(script, [command, "--dir", directory])
  }

  /// - Returns: the script's standard output.
  private static func run(_ script: String, _ arguments: [String]) throws -> String {
    let outcome = try ChildProcess.run(
      [script] + arguments, separatesErrors: true, timeout: .seconds(300))
    guard outcome.end == .exited(0) else {
      throw SurroundingsError(
        "kafka \(arguments.joined(separator: " ")): \(outcome.end) \(outcome.errors)")
    }
    return outcome.output
  }

  package var configuration: KafkaConfiguration {
    KafkaConfiguration(bootstrapServers: bootstrapServers)
  }

  /// Makes a topic with a name of its own, so that tests can share a cluster.
  package func createTopic(
    _ prefix: String, partitionCount: Int = 1, configuration settings: [String: String] = [:]
  ) throws -> String {
    let name = Self.uniqueName(prefix)
    let admin = try KafkaAdmin(configuration) { _, _, _ in }
    try admin.create(
      NewTopic(name, partitionCount: partitionCount, configuration: settings))
    return name
  }

  /// A name that no other test, and no earlier run on the same cluster, uses.
  package static func uniqueName(_ prefix: String) -> String {
    "\(prefix)-\(getpid())-\(UInt32.random(in: 0 ... .max))"
  }

  package struct SecureListener: Sendable {
    package let bootstrapServers: String
    /// Path of the certificate authority's PEM file.
    package let authority: String
    package let password: String
  }

  private struct Info: Decodable {
    let bootstrap: String
    let secureBootstrap: String?
    let ca: String?
    let password: String?

    enum CodingKeys: String, CodingKey {
      case bootstrap, ca, password
      case secureBootstrap = "bootstrap_sasl_ssl"
    }

    var secureListener: SecureListener? {
      guard let secureBootstrap, let ca, let password else { return nil }
      return SecureListener(
        bootstrapServers: secureBootstrap, authority: ca, password: password)
    }
  }
}

/// `../shared/kafka/kafka` beside the package, if Java is there to run it.
private func findScript() -> String? {
  let place = environment("FORECASTD_TEST_KAFKA") ?? "\(packageDirectory)/../shared/kafka"
  let script = "\(place)/kafka"
  let javas = [environment("JAVA_HOME").map { "\($0)/bin/java" }, installedProgram("java")]
  guard access(script, X_OK) == 0 else { return nil }
  return javas.compactMap(\.self).contains { access($0, X_OK) == 0 } ? script : nil
}
