import MetricFormats
import Pipeline
import TimeSeries

/// A partition of compact points that nobody keeps: some series that stay, and others that come and
/// go, at every interval one point of each that is alive.
///
/// The names that come and go have consecutive numbers. With every interval the oldest of them end,
/// and as many begin.
final class ChurnSource: MessageSource {
  static let start: Milliseconds = 1_700_006_400_000
  let interval: Milliseconds
  private let stayingCount: Int
  private let passingCount: Int
  private let namesPerInterval: Double
  private let id = PartitionID(topic: "points", partition: 0)
  private var isAssigned = false
  private var offset: Int64 = 0
  private(set) var step = 0
  private var buffer: UnsafeMutableRawBufferPointer
  private var record: [UInt8] = []
  private static let bytesMaximum = 64

  init(interval: Milliseconds, staying: Int, passing: Int, namesPerInterval: Double) {
    self.interval = interval
    stayingCount = staying
    passingCount = passing
    self.namesPerInterval = namesPerInterval
    buffer = .allocate(byteCount: 2 * Self.bytesMaximum * (staying + passing), alignment: 1)
  }

  deinit { buffer.deallocate() }

  var time: Milliseconds { Self.start + Int64(step) * interval }
  /// The number of the oldest passing name that is alive, which is how many have ended.
  var oldest: Int { Int(Double(step) * namesPerInterval) }
  var nameCount: Int { oldest + stayingCount + passingCount }

  func isAlive(_ key: [UInt8]) -> Bool {
    let parts = String(decoding: key, as: UTF8.self).split(separator: "-")
    return parts[0] == "host" || (Int(parts[1]) ?? 0) >= oldest
  }

  func clusterID() throws(TransportError) -> String { "churn" }

  /// Delivers one step.
  func poll(
    _ limits: BatchLimits, into messages: inout [InputMessage]
  ) throws(TransportError) -> PollResult {
    guard isAssigned else {
      isAssigned = true
      return .assigned([id])
    }
    step += 1
    var end = 0
    let staying = (0..<stayingCount).map { (name: "host-\($0)", seed: $0) }
    let passing = (oldest..<oldest + passingCount).map { (name: "pod-\($0)", seed: $0) }
    for (name, number) in staying + passing {
      let key = lend(Array(name.utf8), at: &end)
      record.removeAll(keepingCapacity: true)
      CompactPoints.begin(&record)
      let noise = Double((step &* 31 &+ number &* 17) % 97) / 97
      CompactPoints.append(
        kind: .gauge, time: time, value: Double(number % 13) * (10 + noise), to: &record)
      messages.append(
        InputMessage(
          slot: 0, offset: offset, recordTime: time, recordClock: .broker, key: key,
          value: lend(record, at: &end)))
      offset += 1
    }
    return .messages
  }

  private func lend(_ bytes: [UInt8], at end: inout Int) -> UnsafeRawBufferPointer {
    let target = UnsafeMutableRawBufferPointer(rebasing: buffer[end..<end + bytes.count])
    target.copyBytes(from: bytes)
    end += bytes.count
    return UnsafeRawBufferPointer(target)
  }

  func start(_ starts: [StartPosition]) throws(TransportError) {}
  func release() throws(TransportError) {}
  func committed(_ partition: PartitionID) throws(TransportError) -> CommittedOffset? { nil }
  func logRange(_ partition: PartitionID) throws(TransportError) -> Range<Int64> { 0..<offset }
  func offset(
    _ partition: PartitionID, at time: Milliseconds
  ) throws(TransportError) -> Int64? { nil }
  func knownEnd(_ partition: PartitionID) -> Int64? { offset }
  func isAtEnd(_ partition: PartitionID) -> Bool { false }
  func findEnd(_ partition: PartitionID) -> EndOfLog { .notReached }
  func setPaused(_ partition: PartitionID, _ isPaused: Bool) throws(TransportError) {}
  func seek(_ partition: PartitionID, to offset: Int64) throws(TransportError) {}
}
