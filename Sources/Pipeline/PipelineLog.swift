import Forecasting
import TimeSeries

/// The pipeline's messages to the operator. The daemon decides where they are written.
package struct PipelineLog: Sendable {
  package enum Level: Sendable { case warning, info, debug, refusal }

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

  func debug(_ message: String, _ fields: KeyValuePairs<String, String>) {
    write(.debug, message, fields.map { ($0.key, $0.value) })
  }
}
