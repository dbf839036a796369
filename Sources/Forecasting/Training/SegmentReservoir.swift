import TimeSeries

/// A uniform sample, bounded in bytes, of values that left the histories. It consists of segments
/// of single series from the whole past.
///
/// - Source: Vitter (1985), algorithm R, over segments. Whether a segment stays depends only on its
///   number in the order of arrival, so a restored store continues like the original.
struct SegmentReservoir: Sendable {
  struct Segment: Sendable, Equatable {
    var key: [UInt8]
    var lastTime: Milliseconds
    var values: [Double]
  }

  /// Largest number of bytes of the values of all segments.
  let byteBound: Int
  private(set) var segments: [Segment] = []
  /// Number of segments offered so far.
  private(set) var offered: UInt64 = 0
  private(set) var byteCount = 0

  init(byteBound: Int) { self.byteBound = byteBound }

  /// Adds a segment if there is room. Otherwise the segment replaces a random one, or is dropped.
  mutating func offer(_ segment: Segment) {
    let bytes = 8 * segment.values.count
    guard bytes > 0, bytes <= byteBound else { return }
    offered += 1
    if byteCount + bytes <= byteBound {
      append(segment)
      return
    }
    // Each segment that was offered stays with the same probability.
    let place = Self.draw(offered)
    guard place < UInt64(segments.count) else { return }
    byteCount -= 8 * segments[Int(place)].values.count
    segments[Int(place)] = segment
    byteCount += bytes
    // Segments may differ in length: the last ones are removed until the bound holds.
    while byteCount > byteBound, let last = segments.popLast() {
      byteCount -= 8 * last.values.count
    }
  }

  /// Removes the segments of series. Their place is for the segments that are offered next.
  mutating func remove(_ keys: Set<[UInt8]>) {
    guard !keys.isEmpty, !segments.isEmpty else { return }
    segments.removeAll { keys.contains($0.key) }
    byteCount = segments.reduce(0) { $0 + 8 * $1.values.count }
  }

  /// Restores the segments of a snapshot; those beyond the bound are dropped.
  mutating func restore(_ kept: [Segment], offered: UInt64) {
    segments = []
    byteCount = 0
    for segment in kept where byteCount + 8 * segment.values.count <= byteBound {
      append(segment)
    }
    self.offered = max(offered, UInt64(segments.count))
  }

  private mutating func append(_ segment: Segment) {
    segments.append(segment)
    byteCount += 8 * segment.values.count
  }

  /// A pseudo-random number below `offered`, by the mixing function of SplitMix64 (Steele, Lea,
  /// Flood 2014).
  private static func draw(_ offered: UInt64) -> UInt64 {
    var z = offered &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return z.multipliedFullWidth(by: offered).high
  }
}
