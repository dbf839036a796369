/// Finds the record that brings its thread down, so that it can be set aside and the stream goes on.
///
/// A run that ends without its own doing (a crash, a kill, the watchdog) before it has committed anything
/// leaves its successor the same records. The successor is careful:
///
/// ```
///  ordinary ──→ small batches ──→ single records ──→ the record is quarantined
///      ↑   a run ends       a run ends        a run ends at the same
///      │   without commit   within a batch    record, three times
///      └── enough records have been processed since
/// ```
///
/// A run that is killed while it has nothing to do, or while it waits for Kafka, accuses no record:
/// a careful run says which records are under way, and takes that back before it commits.
///
/// A value without I/O; `AttemptLog` keeps it in a file.
struct Attempts: Sendable, Equatable {
  enum Care: String, Sendable, CaseIterable {
    case ordinary
    case smallBatches = "small_batches"
    case singleRecords = "single_records"
  }

  struct Place: Sendable, Equatable {
    var partition: PartitionID
    var offset: Int64
  }

  static let strikesMaximum = 3
  private static let smallBatch = 64
  /// Careful until so many records have been processed: more than an ordinary batch, or a small one.
  private static let smallBatchesLast = 4_096
  private static let singleRecordsLast = 256

  var care = Care.ordinary
  /// Whether a run is going on.
  var isRunning = false
  var hasCommitted = false
  /// The first record that a careful run is processing.
  var underWay: Place?
  /// The record at which runs have ended, and how many.
  var suspect: Place?
  var strikes = 0
  var quarantined: [Place] = []
  private var carefulRecordsLeft = 0

  init() {}

  /// The most records that the next batch may have.
  var batchMaximum: Int {
    switch care {
    case .ordinary: .max
    case .smallBatches: Self.smallBatch
    case .singleRecords: 1
    }
  }

  /// A run begins. If the one before has not ended by itself, it counts as a failure.
  mutating func begin() {
    if isRunning, care != .ordinary || !hasCommitted { noteFailure(at: underWay) }
    isRunning = true
    hasCommitted = false
    underWay = nil
    // What was left when the process ended is not known.
    if care != .ordinary { beCareful(care) }
  }

  /// The run ends by itself, whether with an error or not.
  mutating func end() {
    isRunning = false
    underWay = nil
  }

  /// Records of a batch are about to be processed.
  mutating func noteDelivered(_ count: Int, first: Place) {
    guard care != .ordinary else { return }
    carefulRecordsLeft -= count
    if carefulRecordsLeft < 0 {
      care = .ordinary
      underWay = nil
    } else {
      underWay = first
    }
  }

  /// What was to be computed is computed; what may fail now is Kafka.
  mutating func noteComputed() { underWay = nil }

  /// The group has committed this offset of a partition: what is before it harms nobody any more.
  mutating func noteCommitted(_ offset: Int64, of partition: PartitionID) {
    if let suspect, suspect.partition == partition, suspect.offset < offset {
      self.suspect = nil
      strikes = 0
    }
    quarantined.removeAll { $0.partition == partition && $0.offset < offset }
  }

  /// An attempt to process the records from `place` on has failed.
  mutating func noteFailure(at place: Place?) {
    switch care {
    case .ordinary: beCareful(.smallBatches)
    case .smallBatches: if place != nil { beCareful(.singleRecords) }
    case .singleRecords:
      guard let place else { return }
      strikes = place == suspect ? strikes + 1 : 1
      suspect = place
      if strikes >= Self.strikesMaximum {
        quarantined.append(place)
        suspect = nil
        strikes = 0
      }
      beCareful(.singleRecords)
    }
  }

  private mutating func beCareful(_ care: Care) {
    self.care = care
    carefulRecordsLeft =
      care == .singleRecords ? Self.singleRecordsLast : Self.smallBatchesLast
  }
}

extension Attempts {
  private static let format = "forecastd-attempts-1"
  private static let last = "end"

  /// The form in which a file keeps it: a line for each thing that is known.
  var text: String {
    var lines = [Self.format, "care \(care.rawValue)"]
    if isRunning { lines.append("running") }
    if hasCommitted { lines.append("committed") }
    if let underWay { lines.append("under_way \(underWay.text)") }
    if let suspect { lines.append("strikes \(strikes) \(suspect.text)") }
    lines += quarantined.map { "quarantined \($0.text)" }
    return (lines + [Self.last, ""]).joined(separator: "\n")
  }

  /// - Returns: nil if the text is not complete, or not of this format.
  init?(text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.first == Self.format[...], let end = lines.firstIndex(of: Self.last[...]) else {
      return nil
    }
    self.init()
    for line in lines[1..<end] {
      let words = line.split(separator: " ", maxSplits: 1)
      let rest = words.count > 1 ? words[1] : ""
      switch words.first {
      case "care": care = Care(rawValue: String(rest)) ?? .ordinary
      case "running": isRunning = true
      case "committed": hasCommitted = true
      case "under_way": underWay = Place(text: rest)
      case "strikes":
        let parts = rest.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let count = Int(parts[0]) else { continue }
        strikes = count
        suspect = Place(text: parts[1])
      case "quarantined": if let place = Place(text: rest) { quarantined.append(place) }
      default: continue
      }
    }
  }
}

extension Attempts.Place {
  var text: String { "\(offset) \(partition.partition) \(partition.topic)" }

  init?(text: Substring) {
    let parts = text.split(separator: " ")
    guard parts.count == 3, let offset = Int64(parts[0]), let number = Int32(parts[1]) else {
      return nil
    }
    self.init(
      partition: PartitionID(topic: String(parts[2]), partition: number), offset: offset)
  }
}
