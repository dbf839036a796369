#if canImport(Glibc)
  import Glibc
#endif

/// The `Attempts` of one thread, in a file that survives the process.
///
/// The file must outlive a crash of the process, not of the machine, so it is not synced: each change is
/// one write. Owned by one thread.
package final class AttemptLog {
  private(set) var attempts: Attempts
  private let path: String
  private var file: Int32 = -1
  private let log: PipelineLog
  private var hasWarned = false
  /// When the records under way were delivered; nil once they are computed.
  private var deliveredNanoseconds: Int64?
  private var lastDelivered: Attempts.Place?
  private var isSlow = false
  private let clock: any PipelineClock
  private let slowNanoseconds: Int64

  /// - Parameters:
  ///   - path: of the file, in the state directory.
  ///   - slowMilliseconds: a batch that takes longer to process than this may have timed its
  ///     transaction out.
  package init(
    path: String, slowMilliseconds: Int64, clock: any PipelineClock, log: PipelineLog
  ) {
    self.path = path
    self.clock = clock
    self.log = log
    slowNanoseconds = slowMilliseconds * 1_000_000
    attempts = Self.read(path) ?? Attempts()
    update { $0.begin() }
    announce()
  }

  deinit { if file >= 0 { close(file) } }

  /// The process ends by itself.
  package func end() { update { $0.end() } }

  /// A turn has failed, though the process lives. That is the fault of its records only if they took so
  /// long that their transaction has timed out: all else is Kafka's.
  package func noteFailedTurn() {
    if deliveredNanoseconds != nil { noteComputed() }
    guard isSlow, let lastDelivered else { return }
    isSlow = false
    update { $0.noteFailure(at: lastDelivered) }
    announce()
  }

  package func noteComputed() {
    if let began = deliveredNanoseconds {
      isSlow = clock.monotonicNanoseconds() - began > slowNanoseconds
      deliveredNanoseconds = nil
    }
    update { $0.noteComputed() }
  }

  /// A commit has succeeded.
  package func noteCommit() {
    isSlow = false
    update { $0.hasCommitted = true }
  }

  func noteDelivered(_ count: Int, first: Attempts.Place) {
    deliveredNanoseconds = clock.monotonicNanoseconds()
    lastDelivered = first
    update { $0.noteDelivered(count, first: first) }
  }

  func noteCommitted(_ offset: Int64, of partition: PartitionID) {
    update { $0.noteCommitted(offset, of: partition) }
  }

  private func announce() {
    for place in attempts.quarantined {
      log.warning(
        "a record has brought its thread down three times: it becomes a dead letter",
        ["partition": "\(place.partition)", "offset": "\(place.offset)"])
    }
    switch attempts.care {
    case .ordinary: return
    case .smallBatches:
      log.info(
        "the last run ended before it had committed anything: going on in small batches, in case a "
          + "record is the cause", [:])
    case .singleRecords:
      let suspect = attempts.suspect
      log.warning(
        "the thread has ended while it processed records: going on record by record to find the cause",
        [
          "suspect": suspect.map { "\($0.partition) offset \($0.offset)" } ?? "none yet",
          "strikes": "\(attempts.strikes)",
        ])
    }
  }

  // MARK: - File

  private func update(_ change: (inout Attempts) -> Void) {
    let before = attempts
    change(&attempts)
    guard attempts.isKeptDifferently(from: before) else { return }
    write()
  }

  private func write() {
    if file < 0 { file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o640) }
    let bytes = Array(attempts.text.utf8)
    // What follows the last line of a longer text before is not read.
    guard file < 0 || pwrite(file, bytes, bytes.count, 0) != bytes.count else { return }
    guard !hasWarned else { return }
    hasWarned = true
    log.warning(
      "a record that brings the process down could not be found: its state cannot be written",
      ["file": path, "reason": String(cString: strerror(errno))])
  }

  private static func read(_ path: String) -> Attempts? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = Glibc.read(file, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return Attempts(text: String(decoding: bytes[..<count], as: UTF8.self))
  }
}

extension Attempts {
  /// Whether the file must be written again.
  fileprivate func isKeptDifferently(from other: Attempts) -> Bool {
    care != other.care || isRunning != other.isRunning || hasCommitted != other.hasCommitted
      || underWay != other.underWay || suspect != other.suspect || strikes != other.strikes
      || quarantined != other.quarantined
  }
}
