import TimeSeries

/// The number of points and the range of times of each series that is replayed.
struct SeriesTimes {
  struct Entry {
    var pointCount = 0
    var first: Milliseconds = .max
    var last: Milliseconds = .min
  }

  /// Further series are left out.
  private static let seriesMaximum = 20_000

  private(set) var entries: [[UInt8]: Entry] = [:]

  mutating func note(_ time: Milliseconds, of key: [UInt8]) {
    if entries.count >= Self.seriesMaximum, entries[key] == nil { return }
    entries[key, default: Entry()].note(time)
  }
}

extension SeriesTimes.Entry {
  fileprivate mutating func note(_ time: Milliseconds) {
    pointCount += 1
    first = min(first, time)
    last = max(last, time)
  }
}
