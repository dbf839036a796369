/// An error of a source or a sink. Each case is named after the caller's response.
///
/// A record that is too large for any broker has no case: the sink skips it, logs it, and continues
/// the transaction. If a broker refuses a record later, as part of a batch, the attempt fails with
/// `abortTransaction`, without transactions with `rebuild`. The attempts that follow find the record
/// and leave it out (`RefusedRecords` in KafkaTransport).
package enum TransportError: Error, Sendable, CustomStringConvertible {
  /// The transaction cannot be committed.
  ///
  /// Thrown by `RecordSink` after a rebalance, a failed delivery, or a record that a broker
  /// refused. The loop's `recover` aborts the transaction and goes back to the last commit.
  /// `runOnce` then reads the same messages again. Without transactions there is nothing to abort:
  /// `recover` rethrows the error, and the process ends as after `fatal`.
  case abortTransaction(String)
  /// The client cannot be used any more, or the state does not belong to the log.
  ///
  /// Thrown by `MessageSource` and `RecordSink` if another member has fenced this one, if
  /// librdkafka has failed, or if no answer came in time. Thrown by the worker if the log has
  /// another record where its snapshot ends. The thread discards the loop and the clients. After a
  /// pause that grows with each failure, it makes new ones, which start at the last commit.
  case rebuild(String)
  /// A retry would meet the same error.
  ///
  /// Thrown by `MessageSource` and `RecordSink` for a missing permission, a wrong setting, another
  /// process with this one's identity, or a file that cannot be written. The process ends with the
  /// text as its last line.
  case fatal(String)

  package var description: String {
    switch self {
    case .abortTransaction(let reason), .rebuild(let reason), .fatal(let reason): reason
    }
  }
}
