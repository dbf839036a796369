/// How the points of one bucket become one value.
package enum Aggregation: UInt8, Sendable, CaseIterable {
  case mean, sum, last, min, max, count
  /// The increase from the previous bucket's last point to this bucket's last, per second, or per
  /// step if time is an index.
  case rate

  /// The name in a configuration.
  package var name: String {
    switch self {
    case .mean: "mean"
    case .sum: "sum"
    case .last: "last"
    case .min: "min"
    case .max: "max"
    case .count: "count"
    case .rate: "rate"
    }
  }

  package init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}

/// How the points of a stream fall into buckets and when a bucket closes.
package struct AlignmentSettings: Sendable, Equatable {
  /// The most open buckets that a series can have; each takes memory in every row.
  package static let openBucketsMaximum = 16
  /// Years 1 to 9999. A time outside comes from a broken clock; sums of times inside cannot
  /// overflow.
  package static let validTimes: ClosedRange<Milliseconds> =
    -62_135_596_800_000...253_402_300_799_999

  /// Length of a bucket. Buckets start at the multiples of it since 1970.
  package var interval: Milliseconds
  package var aggregation: Aggregation
  /// By how much the watermark must pass the end of a bucket before the bucket closes.
  package var allowedLateness: Milliseconds
  /// By how much a point's event time may be ahead of its record time.
  package var futureTolerance: Milliseconds
  /// The number of missing buckets in a row that become masked steps; with one more the series is
  /// dormant.
  package var maximumGap: Int
  /// Whether the first point of a bucket closes it; for streams with one point in each bucket.
  package var closeOnArrival: Bool
  /// Whether a time is the number of a step of its series, as index times interval. Then neither
  /// the watermark nor the clock closes a bucket, because the times of other series and the
  /// calendar tell nothing about this series.
  package var timeIsIndex: Bool

  package init(
    interval: Milliseconds, aggregation: Aggregation = .mean, allowedLateness: Milliseconds = 0,
    futureTolerance: Milliseconds = 60_000, maximumGap: Int = 60, closeOnArrival: Bool = false,
    timeIsIndex: Bool = false
  ) {
    self.interval = interval
    self.aggregation = aggregation
    self.allowedLateness = allowedLateness
    self.futureTolerance = futureTolerance
    self.maximumGap = maximumGap
    self.closeOnArrival = closeOnArrival
    self.timeIsIndex = timeIsIndex
  }

  /// Settings of a stream whose time is an index: each value closes its step.
  package static func index(interval: Milliseconds, maximumGap: Int = 60) -> AlignmentSettings {
    AlignmentSettings(
      interval: interval, maximumGap: maximumGap, closeOnArrival: true, timeIsIndex: true)
  }

  /// Converts a difference of times to the unit of rates: seconds, or steps if time is an index.
  func rateTime(_ time: Milliseconds) -> Double {
    Double(time) / (timeIsIndex ? Double(interval) : 1000)
  }

  /// The number of buckets of a series that can be open at once.
  package var openBuckets: Int { 1 + Int((allowedLateness + interval - 1) / interval) }

  /// - Throws: `TimeSeriesError.setting` with the first value that is out of range.
  package func validate() throws(TimeSeriesError) {
    let dayMilliseconds: Milliseconds = 86_400_000
    guard (1...366 * dayMilliseconds).contains(interval) else {
      throw .setting(name: "interval", problem: "must be from 1 ms to 366 days")
    }
    let limit = Milliseconds(Self.openBucketsMaximum - 1)
    guard (0...limit * interval).contains(allowedLateness) else {
      throw .setting(
        name: "allowed lateness",
        problem: "must be from 0 to \(limit) intervals (\(limit * interval) ms)")
    }
    guard (0...366 * dayMilliseconds).contains(futureTolerance) else {
      throw .setting(name: "future tolerance", problem: "must be from 0 to 366 days")
    }
    guard (0...1_000_000).contains(maximumGap) else {
      throw .setting(name: "maximum gap", problem: "must be from 0 to 1000000 steps")
    }
    guard !timeIsIndex || closeOnArrival else {
      throw .setting(name: "close on arrival", problem: "is how steps close where time is an index")
    }
  }

  /// End of the bucket that contains `time`; a bucket is `[start, end)`.
  ///
  /// - Precondition: `time` is in `validTimes`.
  @inlinable
  package func bucketEnd(of time: Milliseconds) -> Milliseconds {
    Self.floor(time, to: interval) + interval
  }

  /// The greatest multiple of `interval` that is not above `time`; also for times before 1970.
  @inlinable
  package static func floor(_ time: Milliseconds, to interval: Milliseconds) -> Milliseconds {
    let remainder = time % interval
    return time - (remainder < 0 ? remainder + interval : remainder)
  }
}
