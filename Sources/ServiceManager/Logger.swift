/// Writes events with fields to the process's log; cheap to copy, safe from any thread.
package struct Logger: Sendable {
  private let output: LogOutput
  private let context: [(name: String, value: LogValue)]

  package init(_ output: LogOutput) {
    self.init(output, context: [])
  }

  private init(_ output: LogOutput, context: [(name: String, value: LogValue)]) {
    self.output = output
    self.context = context
  }

  /// A logger that adds these fields to every event, such as a worker's number.
  package func with(_ fields: LogFields) -> Logger {
    Logger(output, context: context + fields.map { ($0.key, $0.value) })
  }

  /// Message and fields are made only where the level is written.
  package func log(
    _ level: LogLevel, _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> LogFields = [:]
  ) {
    guard level >= output.level else { return }
    output.write(
      LogRecord(
        level: level, message: message(),
        fields: context + fields().map { ($0.key, $0.value) }))
  }

  /// As `log`, for fields that are only known at run time.
  package func log(
    _ level: LogLevel, _ message: String, list fields: [(name: String, value: LogValue)]
  ) {
    guard level >= output.level else { return }
    output.write(LogRecord(level: level, message: message, fields: context + fields))
  }

  package func debug(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) {
    log(.debug, message(), fields())
  }

  package func info(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) {
    log(.info, message(), fields())
  }

  package func warning(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) {
    log(.warning, message(), fields())
  }

  package func error(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) {
    log(.error, message(), fields())
  }
}
