/// Turns the points of every series of one stream in one partition into steps on a regular grid.
///
/// Time is decided elsewhere (the pipeline's `PartitionClock`). A bucket closes in one of two ways:
///
/// - `add` closes the older buckets of a series when the series' own points have passed their end
///   plus the allowed lateness;
/// - the owner closes the buckets of all series, boundary by boundary, as the watermark moves:
///
///       while let due = table.nextClosing(), due <= watermark {
///         table.dueRows(at: due, atMost:into:)      // … remember(row:) of each …
///         table.close(rows, at: due, through: watermark, into: &steps)
///       }
///
/// A point is late only if a bucket of its own series has been closed. docs/alignment.md has every
/// rule.
package struct AlignmentTable: SeriesTable {
  enum Phase {
    /// No bucket with a point has closed yet.
    static let new: UInt8 = 0
    /// Every bucket becomes a step.
    static let active: UInt8 = 1
    /// The series was missing for more than the maximum gap and has no steps.
    static let dormant: UInt8 = 2
    /// Active and missing; a step of the gap has had its forecast.
    static let missing: UInt8 = 3
    /// Dormant since a planned window: it has one more step after it.
    static let asleep: UInt8 = 4
  }

  package let settings: AlignmentSettings
  package internal(set) var counts = AlignmentCounts()
  /// Buckets that end here or earlier are closed for every active series.
  package internal(set) var closedThrough: Milliseconds {
    didSet { dueAt = Self.dueAt(closedThrough, settings) }
  }
  /// The watermark at which the next boundary is due. It is a stored property because it is read
  /// often: the call of a method from another module copies the table.
  package private(set) var dueAt: Milliseconds
  /// The newest event time of the series of the last `add`, and the log's time when its newest point
  /// came, before and after; `.min` before the first point. A stored property, as `dueAt`.
  package private(set) var newestChange = (
    former: (time: Milliseconds.min, seen: Milliseconds.min),
    present: (time: Milliseconds.min, seen: Milliseconds.min)
  )
  /// The first row that the boundary in progress has not looked at.
  var nextRow = 0

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
  /// The log's time when the newest point of the series came.
  var lastSeen = Column<Int64>(width: 1, initial: .min)
  /// Buckets of the series that end here or earlier are closed: they became steps, or passed while
  /// the series was new or dormant.
  var lastClosed = Column<Int64>(width: 1, initial: .min)
  /// Missing buckets in a row.
  var missing = Column<Int32>(width: 1, initial: 0)
  var phase = Column<UInt8>(width: 1, initial: Phase.new)
  /// Whether the newest point was of a counter.
  var isCounter = Column<UInt8>(width: 1, initial: 0)
  /// Last value of the last closed bucket of a counter; NaN if there is none.
  var counterValue = Column<Double>(width: 1, initial: .nan)
  /// Of a series that is asleep, the end of the bucket after the window.
  var counterTime = Column<Int64>(width: 1, initial: 0)
  /// The planned windows in which silence is not reported: one element, or none where there are none,
  /// because the table is copied by calls from other modules.
  var quiet: [PlannedSteps] = []

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
    precondition(
      (1...AlignmentSettings.openBucketsMaximum).contains(settings.openBuckets),
      "the settings were validated")
    // One more than can be open, for a series that is ahead of the watermark.
    let width = settings.openBuckets + 1
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
  package func isDormant(row: Int) -> Bool {
    phase[row] == Phase.dormant || phase[row] == Phase.asleep
  }

  /// Whether every bucket of the series becomes a step.
  package func isActive(row: Int) -> Bool {
    phase[row] == Phase.active || phase[row] == Phase.missing
  }

  /// The newest event time of an accepted point of the series, if it has one.
  package func newestTime(row: Int) -> Milliseconds? {
    lastTime[row] == .min ? nil : lastTime[row]
  }

  /// Counts a point from the future that `screen` could not know as one.
  package mutating func countFuture() { counts.add(.future) }

  /// Refuses a point with an impossible time.
  ///
  /// - Parameter latest: the latest time that is believed.
  /// - Returns: `.future` or `.late` if the point must not be added; the outcome is then counted.
  ///   Otherwise nil.
  package mutating func screen(time: Milliseconds, latest: Milliseconds) -> PointOutcome? {
    let valid = AlignmentSettings.validTimes
    guard time <= min(latest, valid.upperBound) else {
      counts.add(.future)
      return .future
    }
    guard time >= valid.lowerBound else {
      counts.add(.late)
      return .late
    }
    return nil
  }

  /// Puts a point into its bucket. Older buckets of the series that the point is beyond, by the
  /// allowed lateness, close.
  ///
  /// - Parameters:
  ///   - seen: the log's time of the point.
  ///   - horizon: no bucket closes whose end plus the lateness is later, because older points of the
  ///     series may still come from elsewhere.
  ///   - steps: the steps of the buckets that close are appended.
  /// - Returns: `nil` if the point has no place before the horizon moves. It was not counted then.
  /// - Precondition: the point passed `screen`, and the row is remembered.
  /// - Complexity: O(1), and O(missing buckets) after a gap.
  package mutating func add(
    row: Int, time: Milliseconds, value: Double, kind: ValueKind, seen: Milliseconds,
    horizon: Milliseconds, into steps: inout [Step]
  ) -> PointOutcome? {
    let end = settings.bucketEnd(of: time)
    let outcome: PointOutcome
    newestChange.former = (lastTime[row], lastSeen[row])
    newestChange.present = newestChange.former
    if settings.closeOnArrival {
      outcome = arrive(row: row, end: end, time: time, value: value, kind: kind, into: &steps)
    } else if end <= lastClosed[row] {
      outcome = .late
    } else {
      guard makeRoom(row: row, end: end, horizon: horizon, into: &steps) else { return nil }
      outcome = place(
        row: row, index: row * readings.width + slot(of: end), time: time, value: value)
    }
    if outcome.isUsed {
      isCounter[row] = kind == .counter ? 1 : 0
      lastTime[row] = max(lastTime[row], time)
    }
    if outcome != .late { lastSeen[row] = max(lastSeen[row], seen) }
    newestChange.present = (lastTime[row], lastSeen[row])
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
    if end == lastClosed[row] { return missing[row] == 0 ? .duplicate : .late }
    if end < lastClosed[row] { return .late }
    closeBuckets(row: row, before: end, into: &steps)
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
