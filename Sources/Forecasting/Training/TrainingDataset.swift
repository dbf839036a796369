package import TimeSeries

/// The histories that a training uses: a value that is copied out of the stores of the workers.
package struct TrainingDataset: Sendable {
  /// One series or a part of it, with a value for each step up to `lastTime`; NaN if missing.
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
  /// Older parts of series. They are trained on and never held out. Ascending by key; within a key
  /// the newest comes first.
  package private(set) var segments: [Series]

  package init(interval: Milliseconds, series: [Series], segments: [Series] = []) {
    self.interval = interval
    self.series = series.sorted { Self.precedes($0, $1) }
    self.segments = segments.sorted { Self.precedes($0, $1) }
    removeDoubles()
  }

  /// Merges the datasets of several workers; their order does not matter. If a series moved between
  /// workers, its newer history is kept.
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

  /// Whether any series has two different values in its first steps: without them no forecast has a
  /// unit, and no target counts.
  ///
  /// - Parameter ends: for each series, the number of its first steps.
  func varies(upTo ends: [Int]) -> Bool {
    series.indices.contains { Self.varies(series[$0].values.prefix(ends[$0])) }
  }

  /// The same for the older segments, which are learned from as a whole.
  var hasVariedSegments: Bool { segments.contains { Self.varies($0.values[...]) } }

  private static func varies(_ values: ArraySlice<Double>) -> Bool {
    guard let first = values.first(where: { $0.isFinite }) else { return false }
    return values.contains { $0.isFinite && $0 != first }
  }

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
