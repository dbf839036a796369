import TimeSeries

/// Watches the scaled loss of one stream in one partition for drift.
///
/// Losses are summed for each bucket, as integers, so that neither the order of a segment's steps
/// nor the ends of batches make a difference. When the worker asks, the detector takes the mean of
/// each bucket in the order of time.
struct DriftMonitor: Sendable, Equatable {
  private struct Bucket: Sendable, Equatable {
    var time: Milliseconds
    var sum: Int64
    var count: Int64
  }

  private static let unit = 1e6
  /// The largest loss that is summed, so that one series cannot outweigh all others.
  private static let lossMaximum = 100.0
  private var detector = DriftDetector()
  /// Buckets that the detector has not taken yet, ascending.
  private var buckets: [Bucket] = []

  init() {}

  /// - Parameter loss: the absolute error of a forecast in the unit of its series; NaN if there was
  ///   no forecast or no value.
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

  /// Gives the detector the losses since the last call.
  ///
  /// - Returns: whether the detector has signalled a drift.
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

  /// The state for a snapshot: the detector's numbers, then each bucket that it has not taken.
  var text: String {
    let numbers = detector.numbers.map { "\($0)" }.joined(separator: " ")
    return ([numbers] + buckets.map { "\($0.time) \($0.sum) \($0.count)" }).joined(separator: ";")
  }

  /// Restores a monitor from `text`; `nil` if that cannot be from a monitor.
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
