package import Pipeline
package import TimeSeries

/// Finds the records that a broker refuses for what they are, so that they are left out and the others
/// go on.
///
/// A broker refuses a whole batch for one record in it, and the client does not learn for which. The
/// same input makes the same records again, so they are searched in the attempts that follow:
///
/// ```
///  a commit fails          → the topic is watched: its records are delivered in groups
///  a group fails           → its records are suspects: each is delivered by itself
///  a suspect fails         → it is refused: left out from now on
///  a commit succeeds       → everything is forgotten
/// ```
///
/// Each attempt narrows the search by one stage, so that a refused record costs three attempts, and
/// those in between in which librdkafka's producer has not recovered from the abort yet. It outlives
/// the clients of a thread. Owned by one thread.
package final class RefusedRecords {
  /// What a record is recognized by.
  package typealias Fingerprint = Int

  static let groupSize = 64
  private var watched: Set<OutputTopic> = []
  private var suspects: Set<Fingerprint> = []
  private var refused: Set<Fingerprint> = []
  /// Sent to a watched topic since its records were last known to be delivered.
  private var pending: [(record: Fingerprint, topic: OutputTopic)] = []

  package init() {}

  /// Whether anything is searched or left out; otherwise records need no fingerprint.
  package var isActive: Bool { !watched.isEmpty || !refused.isEmpty }

  /// Forecasts and anomalies of equal bytes differ by their timestamps, of which a broker may refuse one.
  /// Dead letters and points are stamped with the time of their sending; the headers of a dead letter
  /// name its message.
  package static func fingerprint(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) -> Fingerprint {
    var hasher = Hasher()
    hasher.combine(topic.rawValue)
    hasher.combine(bytes: key)
    hasher.combine(key.count)
    hasher.combine(bytes: value)
    switch topic {
    case .forecasts, .anomalies, .reports: hasher.combine(timestamp)
    case .deadLetters: for header in headers.headers { hasher.combine(header.value) }
    case .points: break
    }
    return hasher.finalize()
  }

  package func isRefused(_ record: Fingerprint) -> Bool { refused.contains(record) }
  package func isSuspect(_ record: Fingerprint) -> Bool { suspects.contains(record) }

  /// Notes a record that was handed to the client.
  ///
  /// - Returns: whether the delivery must be awaited now.
  package func noteSent(_ record: Fingerprint, to topic: OutputTopic) -> Bool {
    guard watched.contains(topic) else { return false }
    pending.append((record, topic))
    return isSuspect(record) || pending.count >= Self.groupSize
  }

  /// The records sent so far are delivered.
  package func noteDelivered() { pending.removeAll(keepingCapacity: true) }

  /// A broker has refused records of these topics.
  package func noteRefusal(by topics: [OutputTopic]) {
    let candidates = pending.filter { topics.contains($0.topic) }
    if candidates.count == 1 {
      refused.insert(candidates[0].record)
      suspects.remove(candidates[0].record)
    } else {
      suspects.formUnion(candidates.map(\.record))
    }
    watched.formUnion(topics)
    pending.removeAll(keepingCapacity: true)
  }

  /// The attempt failed for another reason, or is made again.
  package func beginAttempt() { pending.removeAll(keepingCapacity: true) }

  /// Everything that could be sent is committed.
  package func noteCommit() {
    guard isActive else { return }
    watched.removeAll()
    suspects.removeAll()
    refused.removeAll()
    pending.removeAll()
  }
}
