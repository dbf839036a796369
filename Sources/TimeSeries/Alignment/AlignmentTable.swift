/// Turns the points of every series of one stream in one partition into steps on a regular grid.
///
/// Each point is processed in three steps, so that the result does not depend on how points are
/// batched. `add` requires that the table is advanced first:
///
///     if let dropped = table.screen(time:recordTime:watermark:) { … dead letter … }
///     if table.isDue(at: watermark.time) { … remember(row:) of dueRows(…) …; table.advance(…) }
///     outcome = table.add(row:time:value:kind:into:)
///
/// At the end of a batch and after a tick, the caller must also call `advance` for streams whose
/// own points did not bring the watermark. Steps come in the order of bucket end, then row. If
/// buckets close on arrival, steps with a value come in the order of their points.
/// docs/alignment.md has every rule.
package struct AlignmentTable: SeriesTable {
  enum Phase {
    /// No bucket with a point has closed yet.
    static let new: UInt8 = 0
    /// Every bucket becomes a step.
    static let active: UInt8 = 1
    /// The series was missing for more than the maximum gap and has no steps.
    static let dormant: UInt8 = 2
  }

  package let settings: AlignmentSettings
  package internal(set) var counts = AlignmentCounts()
  /// Buckets that end here or earlier are closed for every series.
  package internal(set) var closedThrough: Milliseconds {
    didSet { dueAt = Self.dueAt(closedThrough, settings) }
  }
  /// The watermark at which the next bucket closes. It is a stored property because it is read for
  /// every point: the call of a method from another module copies the table.
  package private(set) var dueAt: Milliseconds

  var committedCounts = AlignmentCounts()
  var committedClosedThrough: Milliseconds

  // Open buckets: the bucket that ends at `e` is in slot `(e / interval) mod width` of its row.
  /// The aggregate of all points but the newest, which can still be revised.
  var earlier: Column<Double>
  var newestValue: Column<Double>
  var newestTime: Column<Int64>
  /// The number of points in the bucket. If it is zero, the other columns of the slot hold old
  /// values.
  var readings: Column<Int32>

  // Columns with one element for each series.
  /// The newest event time of an accepted point.
  var lastTime = Column<Int64>(width: 1, initial: .min)
  /// End of the last bucket that became a step or was counted as missing.
  var lastClosed = Column<Int64>(width: 1, initial: .min)
  /// Missing buckets in a row.
  var missing = Column<Int32>(width: 1, initial: 0)
  var phase = Column<UInt8>(width: 1, initial: Phase.new)
  /// Whether the newest point was of a counter.
  var isCounter = Column<UInt8>(width: 1, initial: 0)
  /// Last value of the last closed bucket of a counter; NaN if there is none.
  var counterValue = Column<Double>(width: 1, initial: .nan)
  var counterTime = Column<Int64>(width: 1, initial: 0)

  /// - Precondition: the settings are valid.
  package init(settings: AlignmentSettings) {
    self.settings = settings
    // `closedThrough` starts below every valid watermark, so that `advance` is due at the first
    // point and moves it up.
    let start = AlignmentSettings.floor(
      AlignmentSettings.validTimes.lowerBound - settings.allowedLateness, to: settings.interval)
    closedThrough = start
    dueAt = Self.dueAt(start, settings)
    committedClosedThrough = start
    let width = settings.openBuckets
    precondition(
      (1...AlignmentSettings.openBucketsMaximum).contains(width), "the settings were validated")
    earlier = Column(width: width, initial: 0)
    newestValue = Column(width: width, initial: 0)
    newestTime = Column(width: width, initial: 0)
    readings = Column(width: width, initial: 0)
  }

  /// The table is never due if time is an index: its buckets close on arrival, and each series has
  /// its own pace.
  private static func dueAt(
    _ closedThrough: Milliseconds, _ settings: AlignmentSettings
  ) -> Milliseconds {
    settings.timeIsIndex ? .max : closedThrough + settings.interval + settings.allowedLateness
  }

  package var count: Int { phase.count }

  /// Whether the series is dormant: missing for more than the maximum gap.
  package func isDormant(row: Int) -> Bool { phase[row] == Phase.dormant }

  /// The newest event time of an accepted point of the series, if it has one.
  package func newestTime(row: Int) -> Milliseconds? {
    lastTime[row] == .min ? nil : lastTime[row]
  }

  /// Refuses a point with an impossible time. An admitted point moves the watermark.
  ///
  /// - Parameter recordTime: the timestamp of the Kafka record, set by the producer or by the
  ///   broker; `nil` if there is none.
  /// - Returns: `.future` or `.late` if the point must not be added; the outcome is then counted.
  ///   Otherwise nil.
  package mutating func screen(
    time: Milliseconds, recordTime: Milliseconds?, watermark: inout Watermark
  ) -> PointOutcome? {
    let valid = AlignmentSettings.validTimes
    var limit = valid.upperBound
    if !settings.timeIsIndex, let recordTime, valid.contains(recordTime) {
      limit = min(limit, recordTime + settings.futureTolerance)
    }
    guard time <= limit else {
      counts.add(.future)
      return .future
    }
    guard time >= valid.lowerBound else {
      counts.add(.late)
      return .late
    }
    watermark.observe(time)
    return nil
  }

  /// Whether the bucket of `time` is closed for every series. A point of an unknown series then
  /// needs no row; count it with `countLate`.
  ///
  /// - Precondition: the table is advanced to the watermark, and `time` passed `screen`.
  package func isClosed(time: Milliseconds) -> Bool {
    settings.bucketEnd(of: time) <= closedThrough
  }

  /// Counts a late point that was not passed to `add`.
  package mutating func countLate() { counts.add(.late) }

  /// Puts a point into its bucket.
  ///
  /// - Parameter steps: if buckets close on arrival, the step and masked steps for skipped buckets
  ///   are appended.
  /// - Precondition: the point passed `screen`, the table is advanced to the watermark, and the row
  ///   is remembered.
  /// - Complexity: O(1).
  package mutating func add(
    row: Int, time: Milliseconds, value: Double, kind: ValueKind, into steps: inout [Step]
  ) -> PointOutcome {
    precondition(!isDue(at: time), "the table is advanced to the watermark")
    let end = settings.bucketEnd(of: time)
    let outcome: PointOutcome
    if end <= closedThrough {
      outcome = .late
    } else if settings.closeOnArrival {
      outcome = arrive(row: row, end: end, time: time, value: value, kind: kind, into: &steps)
    } else {
      outcome = place(
        row: row, index: row * readings.width + slot(of: end), time: time, value: value)
    }
    if outcome.isUsed {
      isCounter[row] = kind == .counter ? 1 : 0
      lastTime[row] = max(lastTime[row], time)
    }
    counts.add(outcome)
    return outcome
  }

  private mutating func place(
    row: Int, index: Int, time: Milliseconds, value: Double
  ) -> PointOutcome {
    let count = readings.elements[index]
    if count == 0 {
      newestTime.elements[index] = time
      newestValue.elements[index] = value
      readings.elements[index] = 1
      return time < lastTime[row] ? .outOfOrder : .accepted
    }
    let newest = newestTime.elements[index]
    if time == newest {
      if value == newestValue.elements[index] { return .duplicate }
      newestValue.elements[index] = value
      return .revised
    }
    let pushed = time > newest ? newestValue.elements[index] : value
    earlier.elements[index] =
      count == 1 ? pushed : settings.aggregation.fold(earlier.elements[index], pushed)
    readings.elements[index] = count + 1
    if time > newest {
      newestTime.elements[index] = time
      newestValue.elements[index] = value
    }
    return time < lastTime[row] ? .outOfOrder : .accepted
  }

  private mutating func arrive(
    row: Int, end: Milliseconds, time: Milliseconds, value: Double, kind: ValueKind,
    into steps: inout [Step]
  ) -> PointOutcome {
    if end == lastClosed[row] { return .duplicate }
    if end < lastClosed[row] { return .late }
    while phase[row] == Phase.active, lastClosed[row] + settings.interval < end {
      closeEmpty(row: row, end: lastClosed[row] + settings.interval, into: &steps)
    }
    // The kind decides how the value of the step is formed.
    isCounter[row] = kind == .counter ? 1 : 0
    let index = row * readings.width + slot(of: end)
    newestTime.elements[index] = time
    newestValue.elements[index] = value
    readings.elements[index] = 1
    closeFilled(row: row, end: end, index: index, into: &steps)
    return .accepted
  }

  /// - Precondition: `end` is a multiple of the interval.
  func slot(of end: Milliseconds) -> Int {
    let width = Int64(readings.width)
    let remainder = (end / settings.interval) % width
    return Int(remainder < 0 ? remainder + width : remainder)
  }
}

extension Aggregation {
  /// The aggregate of two or more points in any order. The values that `last`, `count` and `rate`
  /// need are in other columns.
  @inline(__always)
  func fold(_ aggregate: Double, _ value: Double) -> Double {
    switch self {
    case .mean, .sum: aggregate + value
    case .min: Swift.min(aggregate, value)
    case .max: Swift.max(aggregate, value)
    case .last, .count, .rate: value
    }
  }
}
