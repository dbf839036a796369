/// How the readings of one bucket become one value.
package enum Aggregation: UInt8, Sendable, CaseIterable {
  case mean, sum, last, min, max, count
  /// Increase a second from the previous bucket's last reading to this bucket's last.
  case rate

  /// The word for it in a configuration.
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
  /// The most open buckets a series can have, one row of memory each.
  package static let openBucketsMaximum = 16
  /// Years 1 to 9999: what is outside is a broken clock, and sums inside cannot overflow.
  package static let validTimes: ClosedRange<Milliseconds> =
    -62_135_596_800_000...253_402_300_799_999

  /// Length of a bucket; buckets start at the multiples of it since 1970.
  package var interval: Milliseconds
  package var aggregation: Aggregation
  /// How far the watermark passes a bucket's end before the bucket closes.
  package var allowedLateness: Milliseconds
  /// How far a point may be ahead of its record's time.
  package var futureTolerance: Milliseconds
  /// Missing buckets in a row that become masked steps; one more, and the series is dormant.
  package var maximumGap: Int
  /// For streams with one point a bucket: the step comes with the first point of a bucket.
  package var closeOnArrival: Bool
  /// Whether times are only the numbers of a series' own steps, index times interval: no watermark
  /// and no clock closes a bucket, since neither another series nor a day says where this one is.
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

  /// Of a stream whose time is an index: each value closes its step.
  package static func index(interval: Milliseconds, maximumGap: Int = 60) -> AlignmentSettings {
    AlignmentSettings(
      interval: interval, maximumGap: maximumGap, closeOnArrival: true, timeIsIndex: true)
  }

  /// What a rate is by: seconds, or steps where time is an index.
  func rateTime(_ time: Milliseconds) -> Double {
    Double(time) / (timeIsIndex ? Double(interval) : 1000)
  }

  /// Buckets of a series that can be open at once.
  package var openBuckets: Int { 1 + Int((allowedLateness + interval - 1) / interval) }

  /// - Throws: `TimeSeriesError.setting` naming the first value that cannot be.
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

  /// End of the bucket that holds `time`; a bucket is `[start, end)`.
  ///
  /// - Precondition: `time` is in `validTimes`.
  @inlinable
  package func bucketEnd(of time: Milliseconds) -> Milliseconds {
    Self.floor(time, to: interval) + interval
  }

  /// The greatest multiple of `interval` that is not above `time`, before 1970 too.
  @inlinable
  package static func floor(_ time: Milliseconds, to interval: Milliseconds) -> Milliseconds {
    let remainder = time % interval
    return time - (remainder < 0 ? remainder + interval : remainder)
  }
}
