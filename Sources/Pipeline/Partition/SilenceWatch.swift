import TimeSeries

/// When the series of a stream in one partition are looked through for those that have been silent
/// too long. Event time alone decides, so that a replay forgets the same series at the same records.
///
/// - A series has *expired* when its newest point is older than the watermark by
///   `StreamSettings.seriesExpiry`. Expired series are looked for at intervals of event time.
/// - Where the stream has more series than `seriesMaximum`, those that have *missed a bucket* may be
///   displaced, the longest silent first.
struct SilenceWatch: Sendable {
  /// At most so many series are forgotten after one record, unless more have come with it.
  static let batchMaximum = 1_024

  private let alignment: AlignmentSettings
  private let expiry: Milliseconds
  private let seriesMaximum: Int
  /// The watermark from which on expired series are looked for; `.min` before the first record.
  var nextCheck: Milliseconds = .min
  /// The bound of `missedBound` at which no series, or none any more, was found silent.
  private var exhaustedBound: Milliseconds = .min
  /// How many silent series there are yet to be displaced for the new series of the present record;
  /// `nil` if they are not counted yet.
  private var displaceableCount: Int?

  init(settings: StreamSettings) {
    alignment = settings.alignment
    expiry = settings.seriesExpiry
    seriesMaximum = settings.seriesMaximum
  }

  /// How far event time moves between two looks for expired series.
  private var checkPeriod: Milliseconds { max(alignment.interval, expiry / 16) }

  /// How many series there may be beyond `seriesMaximum` until the end of a record.
  private var overflowMaximum: Int { max(64, seriesMaximum / 16) }

  /// A series whose newest point is before this time has missed a bucket that is closed. It moves
  /// with the buckets, so that within a bucket the silent series only become fewer.
  private func missedBound(at watermark: Milliseconds) -> Milliseconds {
    AlignmentSettings.floor(watermark - alignment.allowedLateness, to: alignment.interval)
      - alignment.interval
  }

  // MARK: - New series

  /// Whether a new series is taken up: there is room, or a silent series makes room at the end of
  /// the record.
  ///
  /// - Complexity: O(1), and O(rows) once for each record with a series that must displace another,
  ///   or once for each bucket in which no series is silent.
  mutating func admits(
    seriesCount: Int, at watermark: Milliseconds, _ table: borrowing AlignmentTable
  ) -> Bool {
    if seriesCount < seriesMaximum { return true }
    if alignment.timeIsIndex { return false }
    let bound = missedBound(at: watermark)
    guard bound > exhaustedBound, seriesCount < seriesMaximum + overflowMaximum else {
      return false
    }
    let count =
      displaceableCount ?? table.countSilent(before: bound) - (seriesCount - seriesMaximum)
    displaceableCount = count - 1
    if count <= 0, seriesCount == seriesMaximum { exhaustedBound = bound }
    return count > 0
  }

  // MARK: - After a record

  /// Whether series are to be forgotten before the next record.
  mutating func isDue(seriesCount: Int, at watermark: Milliseconds) -> Bool {
    displaceableCount = nil
    if alignment.timeIsIndex || watermark == .min { return false }
    return watermark >= nextCheck
      || seriesCount > seriesMaximum && missedBound(at: watermark) > exhaustedBound
  }

  /// The rows of the series to be displaced, the longest silent first.
  ///
  /// - Precondition: `isDue`.
  mutating func displaced(
    seriesCount: Int, at watermark: Milliseconds, _ table: borrowing AlignmentTable
  ) -> [Int] {
    let bound = missedBound(at: watermark)
    guard seriesCount > seriesMaximum, bound > exhaustedBound else { return [] }
    // A few more make room for the next new series, so that they cost no search each.
    let wanted = max(seriesCount - seriesMaximum, min(Self.batchMaximum, seriesMaximum / 64))
    let rows = table.longestSilent(before: bound, atMost: wanted)
    if rows.count < wanted { exhaustedBound = bound }
    return rows
  }

  /// The rows of series that have expired, the longest silent first.
  ///
  /// A leap of event time is an outage or an old record before new ones. Nobody has had the time to
  /// speak after it, so the look is put off.
  ///
  /// - Precondition: `isDue`.
  mutating func expired(
    at watermark: Milliseconds, _ table: borrowing AlignmentTable
  ) -> [Int] {
    guard watermark >= nextCheck else { return [] }
    let isLeap = nextCheck == .min || watermark - nextCheck > expiry / 2
    let rows =
      isLeap ? [] : table.longestSilent(before: watermark - expiry, atMost: Self.batchMaximum)
    // Where there may be more, the next record goes on.
    nextCheck = rows.count == Self.batchMaximum ? watermark : watermark + checkPeriod
    return rows
  }

  /// Forgets what was found, after an abort or a restart; both take rows back.
  mutating func restart(nextCheck: Milliseconds) {
    self.nextCheck = nextCheck
    exhaustedBound = .min
    displaceableCount = nil
  }
}
