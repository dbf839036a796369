package import TimeSeries

/// The histories that a training works on: a value, copied out of the workers' stores.
package struct TrainingDataset: Sendable {
  /// One series or a part of it, a value for each step up to `lastTime`, NaN where missing.
  package struct Series: Sendable {
    package var key: [UInt8]
    package var lastTime: Milliseconds
    package var values: [Double]

    package init(key: [UInt8], lastTime: Milliseconds, values: [Double]) {
      self.key = key
      self.lastTime = lastTime
      self.values = values
    }
  }

  package let interval: Milliseconds
  /// Ascending by key.
  package private(set) var series: [Series]
  /// Older parts of series, which are trained on and never held out; ascending by key and time.
  package private(set) var segments: [Series]

  package init(interval: Milliseconds, series: [Series], segments: [Series] = []) {
    self.interval = interval
    self.series = series.sorted { Self.precedes($0, $1) }
    self.segments = segments.sorted { Self.precedes($0, $1) }
    removeDoubles()
  }

  /// One dataset of several workers' ones; their order does not matter. Of a series that moved
  /// between workers the newer history is kept.
  package init(interval: Milliseconds, merging parts: [TrainingDataset]) {
    precondition(parts.allSatisfy { $0.interval == interval })
    self.init(
      interval: interval, series: parts.flatMap(\.series),
      segments: parts.flatMap(\.segments))
  }

  package var longestHistory: Int { series.map(\.values.count).max() ?? 0 }
  package var stepCount: Int {
    series.reduce(0) { $0 + $1.values.count } + segments.reduce(0) { $0 + $1.values.count }
  }
  package var newestTime: Milliseconds? { series.map(\.lastTime).max() }

  private mutating func removeDoubles() {
    var kept: [Series] = []
    for entry in series where kept.last?.key != entry.key { kept.append(entry) }
    series = kept
  }

  private static func precedes(_ a: Series, _ b: Series) -> Bool {
    if a.key != b.key { return a.key.lexicographicallyPrecedes(b.key) }
    return (a.lastTime, a.values.count) > (b.lastTime, b.values.count)
  }
}
