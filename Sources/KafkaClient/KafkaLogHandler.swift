/// Receives librdkafka's log lines: level, facility (such as `FAIL` or `REQTMOUT`), message.
///
/// It is called from any of the library's threads, so it must not block or call back into a client.
package typealias KafkaLogHandler =
  @Sendable (_ level: KafkaLogLevel, _ facility: String, _ message: String) -> Void

/// Severity of a line of librdkafka's own log, as syslog numbers it.
package enum KafkaLogLevel: Int32, Sendable {
  case emergency, alert, critical, error, warning, notice, info, debug
}
