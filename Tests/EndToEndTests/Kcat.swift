import FoundationEssentials
import KafkaTestBroker
import TestSupport

/// An independent client: what it reads is what a subscriber gets.
struct Kcat {
  static let unavailableReason = "no kcat: install the package of that name"

  let bootstrapServers: String
  private let program: String

  init(_ broker: KafkaTestBroker) throws {
    guard let program = Programs.kcat else { throw SurroundingsError(Self.unavailableReason) }
    self.program = program
    bootstrapServers = broker.bootstrapServers
  }

  /// Writes messages without keys, so that they land in any partition, each partition's in their
  /// order; ends when all are acknowledged.
  func produce(_ messages: [String], to topic: String) throws {
    // A message may hold several lines, so lines can't separate messages. Without idempotence a
    // topic that was just made can have its first batch refused, the next taken and the first
    // appended behind it when it is sent again.
    let result = try ChildProcess.run(
      [
        program, "-P", "-b", bootstrapServers, "-t", topic, "-D", "\\x1e",
        "-X", "enable.idempotence=true",
        "-X", "partitioner=random", "-X", "sticky.partitioning.linger.ms=0",
        "-X", "socket.nagle.disable=true",
      ], input: messages.joined(separator: "\u{1e}"))
    guard result.end == .exited(0) else {
      throw SurroundingsError("kcat -P: \(result.output)")
    }
  }

  /// All records of a topic.
  ///
  /// - Parameter format: kcat's, for one record.
  /// - Returns: nothing where there is no such topic yet.
  func consume(
    _ topic: String, format: String = "%s", isolation: String = "read_committed"
  ) throws -> [Substring] {
    let result = try ChildProcess.run(
      [
        program, "-C", "-b", bootstrapServers, "-t", topic, "-e", "-q", "-o", "beginning",
        "-X", "isolation.level=\(isolation)", "-f", format + "\\x1e",
      ], timeout: .seconds(300))
    let text = result.output
    if result.end != .exited(0) {
      guard text.contains("Unknown topic or partition") else {
        throw SurroundingsError("kcat -C -t \(topic): \(text.suffix(500))")
      }
      return []
    }
    return text.split(separator: "\u{1e}")
  }

  func consume<Record: Decodable>(_ type: Record.Type, from topic: String) throws -> [Record] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try consume(topic).map { try decoder.decode(type, from: Data($0.utf8)) }
  }
}
