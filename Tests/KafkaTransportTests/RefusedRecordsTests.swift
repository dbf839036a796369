import KafkaTransport
import Pipeline
import TestSupport
import Testing
import TimeSeries

/// A broker that refuses a whole batch for one record in it, and says no more than that.
private struct StrictBroker {
  let refuses: Set<Int>
  private(set) var attempts = 0
  private(set) var committed: [Int] = []

  /// Makes attempts as a transactional sink does, until a commit succeeds.
  mutating func take(_ records: [Int], with search: RefusedRecords, attempts limit: Int) {
    while attempts < limit {
      attempts += 1
      if let taken = attempt(records, search) {
        committed = taken
        search.noteCommit()
        return
      }
      search.beginAttempt()
    }
  }

  private func attempt(_ records: [Int], _ search: RefusedRecords) -> [Int]? {
    var taken: [Int] = []
    var batch: [Int] = []
    func deliver() -> Bool {
      guard refuses.isDisjoint(with: batch) else {
        search.noteRefusal(by: [.forecasts])
        return false
      }
      taken += batch
      batch = []
      search.noteDelivered()
      return true
    }
    for record in records {
      let isSearched = search.isActive
      if isSearched {
        if search.isRefused(record) { continue }
        if search.isSuspect(record), !deliver() { return nil }
      }
      batch.append(record)
      if isSearched, search.noteSent(record, to: .forecasts), !deliver() { return nil }
    }
    return deliver() ? taken : nil
  }
}

@Suite("search for the records that a broker refuses")
struct RefusedRecordsTests {
  @Test(
    "exactly the refused records are left out, within three attempts for each", arguments: 0..<200)
  func exact(seed: Int) {
    var random = SplitMix(seed: UInt64(seed))
    let count = 1 + Int(random.next() % 400)
    let refused = Set((0..<Int(random.next() % 6)).map { _ in Int(random.next() % UInt64(count)) })
    var broker = StrictBroker(refuses: refused)
    let search = RefusedRecords()
    let records = Array(0..<count)
    broker.take(records, with: search, attempts: 1 + 3 * refused.count)
    #expect(broker.committed == records.filter { !refused.contains($0) }, "seed \(seed)")
    #expect(!search.isActive)
  }

  @Test("a refusal by one topic makes no record of another topic a suspect")
  func topics() {
    let search = RefusedRecords()
    search.noteRefusal(by: [.forecasts, .deadLetters])
    search.beginAttempt()
    _ = search.noteSent(1, to: .forecasts)
    _ = search.noteSent(2, to: .deadLetters)
    search.noteRefusal(by: [.deadLetters])
    #expect(search.isRefused(2) && !search.isRefused(1) && !search.isSuspect(1))
    #expect(!search.noteSent(3, to: .anomalies))
  }

  @Test("records are told apart by what a broker may refuse, and recognized when sent again")
  func fingerprints() {
    func fingerprint(
      _ topic: OutputTopic, _ value: String, offset: Int, time: Milliseconds
    ) -> RefusedRecords.Fingerprint {
      let headers = RecordHeaders([RecordHeader("source-offset", "\(offset)")])
      return Array(value.utf8).withUnsafeBytes {
        RefusedRecords.fingerprint(topic, key: $0, value: $0, headers: headers, timestamp: time)
      }
    }
    let forecast = fingerprint(.forecasts, "a", offset: 1, time: 5)
    #expect(forecast != fingerprint(.forecasts, "a", offset: 1, time: 6))
    #expect(forecast != fingerprint(.anomalies, "a", offset: 1, time: 5))
    #expect(
      fingerprint(.points, "a", offset: 1, time: 5) == fingerprint(.points, "a", offset: 1, time: 6)
    )
    let letter = fingerprint(.deadLetters, "a", offset: 1, time: 5)
    #expect(letter == fingerprint(.deadLetters, "a", offset: 1, time: 6))
    #expect(letter != fingerprint(.deadLetters, "a", offset: 2, time: 5))
  }
}
