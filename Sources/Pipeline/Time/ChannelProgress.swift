import TimeSeries

/// How far one channel has come: the event time that more than half of the series lately active in it
/// have reached.
///
/// With many series it is judged by a sample of them. A series is in the sample by a hash of its key,
/// so neither senders that write more often than others nor new names weigh more.
struct ChannelProgress {
  private var newest: [UInt64: (time: Milliseconds, seen: Milliseconds)] = [:]
  /// A series is in the sample if these bits of its hash are zero.
  private var mask: UInt64 = 0
  private static let sampleMaximum = 4_096

  /// - Parameter now: when the router read the point.
  mutating func observe(
    key: some Collection<UInt8>, time: Milliseconds, now: Milliseconds
  ) {
    let hash = Self.hash(key)
    guard hash & mask == 0 else { return }
    let former = newest[hash]?.time ?? .min
    newest[hash] = (max(former, time), now)
    while newest.count > Self.sampleMaximum {
      mask = mask << 1 | 1
      newest = newest.filter { $0.key & mask == 0 }
    }
  }

  /// - Parameter since: series that were not seen since then do not count, and are forgotten.
  mutating func majorityTime(since: Milliseconds) -> Milliseconds? {
    newest = newest.filter { $0.value.seen >= since }
    guard !newest.isEmpty else { return nil }
    return newest.values.map(\.time).sorted()[(newest.count - 1) / 2]
  }

  /// The bits are mixed once more at the end, because the sample takes the lowest.
  private static func hash(_ key: some Collection<UInt8>) -> UInt64 {
    var stable = StableHash()
    stable.combine(key)
    return (stable.value ^ stable.value >> 32) &* 0x9e37_79b9_7f4a_7c15 >> 7
  }
}
