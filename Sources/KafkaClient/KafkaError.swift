import CLibrdkafka

/// What the owner of a client should do about a ``KafkaError``.
package enum KafkaRecovery: String, Sendable {
  /// Transient: the same call may be made again, or the library is retrying by itself.
  case retry
  /// Call `abort`, go back to the last commit and begin again; the client stays usable.
  case abortTransaction
  /// Only this record is refused, before it was queued: leave it out or make it smaller. The
  /// transaction goes on.
  case skipRecord
  /// The client is unusable (fenced, or fatal inside librdkafka): close it, make a new one, and go
  /// on from the committed offsets.
  case recreateClient
  /// Configuration, permission, or another process under this one's identity: a new client would
  /// fail in the same way.
  case exit
}

/// A failure reported by librdkafka or by a broker, with what to do about it.
package struct KafkaError: Error, Sendable, Equatable, CustomStringConvertible {
  /// librdkafka's number: negative for the client's own errors, positive for the brokers'.
  package let code: Int32
  /// Symbol of the code, such as `TOPIC_AUTHORIZATION_FAILED` or `_TIMED_OUT`.
  package let name: String
  /// What was attempted, such as `commit the transaction` or `set the property "linger.ms"`.
  package let operation: String
  package let reason: String
  package let recovery: KafkaRecovery

  package var description: String {
    "could not \(operation): \(reason) (\(name)); \(advice)"
  }
}

extension KafkaError {
  init(
    _ code: rd_kafka_resp_err_t, _ operation: String, reason: String? = nil,
    recovery: KafkaRecovery? = nil
  ) {
    self.code = code.rawValue
    name = String(cString: rd_kafka_err2name(code))
    self.operation = operation
    self.reason = reason ?? String(cString: rd_kafka_err2str(code))
    self.recovery = recovery ?? KafkaError.recovery(for: code)
  }

  /// Takes over and destroys an error object; `cause` is the failed delivery behind it, if any, and
  /// `lastError` what a timeout is explained with.
  init(
    consuming error: OpaquePointer, _ operation: String, because cause: KafkaError? = nil,
    lastError: String = ""
  ) {
    let code = rd_kafka_error_code(error)
    var reason = String(cString: rd_kafka_error_string(error))
    if code == RD_KAFKA_RESP_ERR__TIMED_OUT { reason += lastError }
    if let cause { reason += "; first failed delivery: \(cause.reason) (\(cause.name))" }
    let classified = KafkaError.recovery(for: code)
    let denial = cause.flatMap { $0.isDenial ? $0 : nil }
    let recovery: KafkaRecovery =
      if KafkaError.isDenial(code) || denial != nil {
        // Aborting, as librdkafka advises, would only lead to the same answer.
        .exit
      } else if rd_kafka_error_is_fatal(error) != 0 {
        classified == .exit ? .exit : .recreateClient
      } else if rd_kafka_error_txn_requires_abort(error) != 0 {
        .abortTransaction
      } else if rd_kafka_error_is_retriable(error) != 0 {
        .retry
      } else {
        classified
      }
    let shown = denial.map { rd_kafka_resp_err_t($0.code) } ?? code
    self.init(shown, operation, reason: reason, recovery: recovery)
    rd_kafka_error_destroy(error)
  }

  /// Whether the user lacks a permission.
  package var isDenial: Bool { KafkaError.isDenial(rd_kafka_resp_err_t(code)) }

  private static func isDenial(_ code: rd_kafka_resp_err_t) -> Bool {
    switch code {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      true
    default: false
    }
  }

  /// Recovery by code alone, where librdkafka attaches no flags.
  static func recovery(for code: rd_kafka_resp_err_t) -> KafkaRecovery {
    switch code {
    case RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__FENCED,
      RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
      RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
      RD_KAFKA_RESP_ERR__DESTROY, RD_KAFKA_RESP_ERR__STATE:
      return .recreateClient
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR__AUTHENTICATION,
      RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, RD_KAFKA_RESP_ERR__SSL,
      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE,
      RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, RD_KAFKA_RESP_ERR__CONFLICT,
      RD_KAFKA_RESP_ERR__NOT_CONFIGURED, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
      RD_KAFKA_RESP_ERR_INVALID_REQUEST, RD_KAFKA_RESP_ERR_INVALID_CONFIG,
      RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT, RD_KAFKA_RESP_ERR_INVALID_GROUP_ID,
      RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
      RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, RD_KAFKA_RESP_ERR_INVALID_PARTITIONS,
      RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return .exit
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
      RD_KAFKA_RESP_ERR_INVALID_MSG, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE,
      RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
      RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
      RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
      return .abortTransaction
    default:
      return .retry
    }
  }

  private var advice: String {
    switch code {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART.rawValue,
      RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC.rawValue:
      return "create the topic or correct its name"
    case RD_KAFKA_RESP_ERR__AUTHENTICATION.rawValue,
      RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED.rawValue:
      return reason.contains("SCRAM") && KafkaLibrary.scramIsRefusedByKafka4
        ? "check user and password; Kafka 4 refuses SCRAM from librdkafka before 2.6.1"
          + " (this is \(KafkaLibrary.versionText)) whatever the password: use PLAIN or mutual TLS"
        : "check user, password and mechanism"
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED.rawValue,
      RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED.rawValue,
      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED.rawValue,
      RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED.rawValue:
      return "grant this user the permission with an ACL"
    case RD_KAFKA_RESP_ERR__FS.rawValue:
      return "correct the path, or let the user that runs this process read the file"
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID.rawValue:
      return "another process uses this group.instance.id: give each its own"
    default: return KafkaError.advice(for: recovery)
    }
  }

  private static func advice(for recovery: KafkaRecovery) -> String {
    switch recovery {
    case .retry: "try again"
    case .abortTransaction: "abort the transaction and go back to the last commit"
    case .skipRecord: "leave the record out or make it smaller"
    case .recreateClient: "make a new client and go on from the committed offsets"
    case .exit: "correct the configuration or the cluster, then start again"
    }
  }
}

/// Throws what a librdkafka call returned, if it is an error.
func check(_ code: rd_kafka_resp_err_t, _ operation: String) throws(KafkaError) {
  if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(code, operation) }
}

extension KafkaError {
  /// A request that was given up without a reason from the library.
  package static func noAnswer(to operation: String) -> KafkaError {
    KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, operation)
  }
}
