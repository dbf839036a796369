/// An error of a source or a sink, named after what its caller does about it.
///
/// There is no case for a record that no broker takes: the sink leaves it out by itself, logs it,
/// and the transaction goes on. A broker that refuses a record later, as part of a batch, fails the
/// transaction: that is `abortTransaction`.
package enum TransportError: Error, Sendable, CustomStringConvertible {
  /// The transaction cannot be committed.
  ///
  /// Thrown by `RecordSink`: a rebalance came between, a delivery failed, or a broker refused a
  /// record. The loop's `recover` aborts, goes back to the last commit, and `runOnce` reads the
  /// same messages again. Without transactions there is nothing to abort, so `recover` throws it
  /// on, and the process ends as after `fatal`.
  case abortTransaction(String)
  /// The client cannot be used any more, or the state does not belong to the log.
  ///
  /// Thrown by `MessageSource` and `RecordSink`: fenced by another member, a failure inside of
  /// librdkafka, no answer in time. Thrown by the worker too, where a record is not the one its
  /// snapshot was made from. The thread drops loop and clients and, after a pause that grows with
  /// each failure, makes new ones, which begin at the last commit.
  case rebuild(String)
  /// A retry would meet the same error.
  ///
  /// Thrown by `MessageSource` and `RecordSink`: a missing permission, a wrong setting, another
  /// process with this one's identity, a file that cannot be written. The process ends with the
  /// text as its last line.
  case fatal(String)

  package var description: String {
    switch self {
    case .abortTransaction(let reason), .rebuild(let reason), .fatal(let reason): reason
    }
  }
}
