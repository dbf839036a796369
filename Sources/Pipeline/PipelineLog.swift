import Forecasting
import TimeSeries

/// The pipeline's messages to the operator. The daemon decides where they are written.
package struct PipelineLog: Sendable {
  package enum Level: Sendable {
    case warning, info, debug
    /// Lines about what was not used, of which the daemon's log takes a sample.
    case refusal, unmatched
  }

  private let write: @Sendable (Level, String, [(String, String)]) -> Void

  package init(_ write: @escaping @Sendable (Level, String, [(String, String)]) -> Void) {
    self.write = write
  }

  package static var silent: PipelineLog { PipelineLog { _, _, _ in } }

  func warning(_ message: String, _ fields: KeyValuePairs<String, String>) {
    write(.warning, message, fields.map { ($0.key, $0.value) })
  }

  func info(_ message: String, _ fields: KeyValuePairs<String, String>) {
    write(.info, message, fields.map { ($0.key, $0.value) })
  }

  /// Logs one reason why a message was not used. The daemon's log samples such lines.
  func refused(_ reason: DropReason, partition: PartitionID, offset: Int64) {
    write(
      .refusal, "message refused",
      [("reason", reason.name), ("partition", "\(partition)"), ("offset", "\(offset)")])
  }

  /// Logs that a message or a record has no dead letter either. The daemon's log samples such lines.
  func unsent(_ reason: DropReason, partition: PartitionID, offset: Int64, problem: String) {
    write(
      .refusal, "dead letter not sent",
      [
        ("reason", reason.name), ("partition", "\(partition)"), ("offset", "\(offset)"),
        ("problem", problem),
      ])
  }

  /// Logs a series that no stream matches, when it is first seen. The daemon's log samples such
  /// lines.
  func unmatched(_ key: UnsafeRawBufferPointer, partition: PartitionID, offset: Int64) {
    write(
      .unmatched, "no stream matches a series: its points are counted, and not used",
      [
        ("input", partition.topic), ("series", String(decoding: key, as: UTF8.self)),
        ("partition", "\(partition.partition)"), ("offset", "\(offset)"),
      ])
  }

  func debug(_ message: String, _ fields: KeyValuePairs<String, String>) {
    write(.debug, message, fields.map { ($0.key, $0.value) })
  }
}
