/// Turns the points of every series of one stream in one partition into steps on a regular grid.
///
/// Nothing depends on how points are batched, because every point is taken in three moves, and
/// the table insists on the second before the third:
///
///     if let dropped = table.screen(time:recordTime:watermark:) { … dead letter … }
///     if table.isDue(at: watermark.time) { … remember(row:) of dueRows(…) …; table.advance(…) }
///     outcome = table.add(row:time:value:kind:into:)
///
/// At the end of a batch, and after a tick, `advance` again for streams whose own points did not
/// bring the watermark. Steps come ordered by bucket end, then row; where buckets close on arrival,
/// steps with a value come in the order of their points. docs/alignment.md has every rule.
package struct AlignmentTable: SeriesTable {
  enum Phase {
    /// No bucket with a reading was closed yet.
    static let new: UInt8 = 0
    /// Every bucket becomes a step.
    static let active: UInt8 = 1
    /// Silent for more than the maximum gap: no steps.
    static let dormant: UInt8 = 2
  }

  package let settings: AlignmentSettings
  package internal(set) var counts = AlignmentCounts()
  /// Buckets that end here or earlier are closed for every series.
  package internal(set) var closedThrough: Milliseconds {
    didSet { dueAt = Self.dueAt(closedThrough, settings) }
  }
  /// The watermark at which the next bucket closes. Looked at for every point, so it is kept:
  /// another module calls no method of a table without a copy of it.
  package private(set) var dueAt: Milliseconds

  var committedCounts = AlignmentCounts()
  var committedClosedThrough: Milliseconds

  // Open buckets: the bucket with end `e` is in slot `(e / interval) mod width` of its row.
  /// The aggregate of all readings but the newest, so that the newest can still be revised.
  var earlier: Column<Double>
  var newestValue: Column<Double>
  var newestTime: Column<Int64>
  /// Zero where the bucket is empty; what is in its other columns is then left over.
  var readings: Column<Int32>

  // One a series.
  /// The newest event time of an accepted point.
  var lastTime = Column<Int64>(width: 1, initial: .min)
  /// End of the last bucket that became a step or counted as missing.
  var lastClosed = Column<Int64>(width: 1, initial: .min)
  /// Missing buckets in a row.
  var missing = Column<Int32>(width: 1, initial: 0)
  var phase = Column<UInt8>(width: 1, initial: Phase.new)
  /// Whether the newest point said it is a counter.
  var isCounter = Column<UInt8>(width: 1, initial: 0)
  /// Last reading of the last bucket of a counter; not a number where there is none.
  var counterValue = Column<Double>(width: 1, initial: .nan)
  var counterTime = Column<Int64>(width: 1, initial: 0)

  /// - Precondition: the settings are valid.
  package init(settings: AlignmentSettings) {
    self.settings = settings
    // Below every valid watermark, so that the first point is due and moves it up.
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

  /// Never where time is an index: its buckets close on arrival, and series go at their own pace.
  private static func dueAt(
    _ closedThrough: Milliseconds, _ settings: AlignmentSettings
  ) -> Milliseconds {
    settings.timeIsIndex ? .max : closedThrough + settings.interval + settings.allowedLateness
  }

  package var count: Int { phase.count }

  /// Whether the series is dormant: nothing for more than the maximum gap.
  package func isDormant(row: Int) -> Bool { phase[row] == Phase.dormant }

  /// The newest event time of an accepted point of the series, if it has one.
  package func newestTime(row: Int) -> Milliseconds? {
    lastTime[row] == .min ? nil : lastTime[row]
  }

  /// Refuses a point with an impossible time; any other moves the watermark.
  ///
  /// - Parameter recordTime: of the point's record, by the clock of its broker or producer; `nil`
  ///   where it has none.
  /// - Returns: `.future` or `.late` where the point must not be added (and is counted), else nil.
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

  /// Whether the bucket of `time` is closed for every series, so that a point of an unknown series
  /// needs no row; count such a point with `countLate`.
  ///
  /// - Precondition: the table is advanced to the watermark, `time` passed `screen`.
  package func isClosed(time: Milliseconds) -> Bool {
    settings.bucketEnd(of: time) <= closedThrough
  }

  /// Counts a late point that was dropped without `add`.
  package mutating func countLate() { counts.add(.late) }

  /// Puts a point into its bucket.
  ///
  /// - Parameter steps: gets the step, and masked ones for skipped buckets, where buckets close on
  ///   arrival.
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
    // The kind decides how the value is formed, so it must be known before.
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
  /// The aggregate of two or more readings in any order; what `last`, `count` and `rate` need is
  /// kept beside it.
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
