import TimeSeries

/// Decides which stream takes a series. The router and the partitions share it, so that what one
/// passes on, the other takes.
///
/// A verdict follows from the key and the configuration alone. So verdicts are only a cache: they
/// are no part of a snapshot, and an abort leaves them.
///
/// - Complexity: a look-up for a known series; matching against all patterns for the others. The
///   cache is bounded in series and bytes, and emptied when it is full.
struct SeriesAdmission: Sendable {
  private let patterns: [[SeriesPattern]]
  private var verdicts = SeriesIndex()
  /// Whether the last verdict was made anew, because the cache did not have it.
  private(set) var isFirstVerdict = false

  private static let seriesMaximum = 1 << 16
  private static let bytesMaximum = 8 << 20

  init(_ streams: [StreamSettings]) { patterns = streams.map(\.patterns) }

  /// The number of the first stream with a pattern that matches the series; `nil` if there is none,
  /// or if the key is empty.
  mutating func stream(of key: UnsafeRawBufferPointer) -> Int? {
    // An empty key marks a free row, and no series has it.
    guard !key.isEmpty else {
      isFirstVerdict = false
      return nil
    }
    let known = verdicts.find(key)
    isFirstVerdict = known == nil
    let stream = known?.stream ?? remember(key)
    return stream == SeriesIndex.Entry.unmatched ? nil : Int(stream)
  }

  private mutating func remember(_ key: UnsafeRawBufferPointer) -> Int32 {
    let match = matchingStream(of: SeriesKey(canonical: Array(key)))
    let stream = match.map(Int32.init) ?? SeriesIndex.Entry.unmatched
    if verdicts.count >= Self.seriesMaximum || verdicts.byteCount + key.count > Self.bytesMaximum {
      verdicts.removeAll()
    }
    verdicts.insert(key, stream: stream, row: 0)
    return stream
  }

  /// As `stream(of:)`, without the cache.
  func matchingStream(of key: SeriesKey) -> Int? {
    patterns.firstIndex { $0.contains { $0.matches(key) } }
  }
}
