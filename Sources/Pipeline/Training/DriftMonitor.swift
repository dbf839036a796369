import TimeSeries

/// Watches the scaled loss of one stream in one partition for drift.
///
/// Losses are summed up bucket by bucket, in whole numbers, so that neither the order of a
/// segment's steps nor where batches end makes a difference; the detector takes the buckets' means
/// in the order of time, when the worker asks.
struct DriftMonitor: Sendable, Equatable {
  private struct Bucket: Sendable, Equatable {
    var time: Milliseconds
    var sum: Int64
    var count: Int64
  }

  private static let unit = 1e6
  /// One series far off must not outweigh all others.
  private static let lossMaximum = 100.0
  private var detector = DriftDetector()
  /// Buckets that the detector has not taken yet, ascending.
  private var buckets: [Bucket] = []

  init() {}

  /// - Parameter loss: a forecast's absolute error in units of its series; not a number where there
  ///   was no forecast or no value.
  mutating func add(_ loss: Double, time: Milliseconds) {
    guard loss >= 0 else { return }
    let whole = Int64(min(loss, Self.lossMaximum) * Self.unit)
    var index = buckets.count
    while index > 0, buckets[index - 1].time > time { index -= 1 }
    if index > 0, buckets[index - 1].time == time {
      buckets[index - 1].sum += whole
      buckets[index - 1].count += 1
    } else {
      buckets.insert(Bucket(time: time, sum: whole, count: 1), at: index)
    }
  }

  /// Gives the detector what has come since the last time.
  ///
  /// - Returns: whether the loss has risen for good.
  mutating func takeDrift() -> Bool {
    var hasDrifted = false
    for bucket in buckets {
      let mean = Double(bucket.sum) / Double(bucket.count) / Self.unit
      if detector.add(mean) { hasDrifted = true }
    }
    buckets.removeAll(keepingCapacity: true)
    return hasDrifted
  }

  /// Forgets the losses of a model that is no longer in use.
  mutating func restart() {
    detector.restart()
    buckets.removeAll(keepingCapacity: true)
  }

  // MARK: - Snapshots

  /// The detector's numbers, then each open bucket.
  var text: String {
    let numbers = detector.numbers.map { "\($0)" }.joined(separator: " ")
    return ([numbers] + buckets.map { "\($0.time) \($0.sum) \($0.count)" }).joined(separator: ";")
  }

  /// `nil` where the text is not what `text` gave.
  init?(text: String) {
    let parts = text.split(separator: ";").map { $0.split(separator: " ") }
    guard let first = parts.first,
      let detector = DriftDetector(numbers: first.compactMap { Double($0) })
    else { return nil }
    self.detector = detector
    for part in parts.dropFirst() {
      let numbers = part.compactMap { Int64($0) }
      guard numbers.count == 3, numbers[2] > 0 else { return nil }
      buckets.append(Bucket(time: numbers[0], sum: numbers[1], count: numbers[2]))
    }
  }
}
