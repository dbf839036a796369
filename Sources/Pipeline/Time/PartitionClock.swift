import TimeSeries

/// Decides the time of one partition: what time its series have reached, and what time its log has.
///
/// Every decision follows from the log and from recorded events, so a replay repeats it
/// (docs/alignment.md).
///
/// - The *log time* is the time at which the newest records came: the broker's clock where the
///   topic stamps records by it (LogAppendTime), and recorded looks at the daemon's clock otherwise.
///   It never goes back. A series is *active* if it was seen within `idle_after` of the log time.
/// - The *watermark* is the event time that more than half of the active series have reached. No
///   minority of series can move it.
/// - The *horizon* bounds the watermark behind a router, where points of a series come from several
///   channels (`ChannelHorizon`).
struct PartitionClock: Sendable {
  /// How the watermark of a partition moves.
  enum Order: Sendable {
    /// With the majority of the active series.
    case majority
    /// With every point: the input is in the order of time, as files are, or time is an index.
    case points
  }

  struct Move: Sendable {
    /// Record time of the record that moved the target; `nil` for a tick.
    var recordTime: Milliseconds?
    /// Whether outputs are published, because they were not before.
    var isEmitted = true
    /// Whether the daemon's clock moved the target. Where it has come to is then an event.
    var isTick = false
    /// Whether time moves because nothing comes.
    var isSilent = false
  }

  let order: Order
  private let idleMilliseconds: Milliseconds
  /// How long series count as active where the daemon's clock closes nothing.
  private static let idleDefault: Milliseconds = 30_000
  /// Buckets are closed up to here. It never goes back; `.min` before the first point.
  private(set) var watermark = Milliseconds.min
  /// The time to which the watermark moves, boundary by boundary.
  private(set) var target = Milliseconds.min
  private(set) var logTime = Milliseconds.min
  /// What moved `target`, for the outputs of the steps that follow.
  private(set) var move = Move()
  var channels = ChannelHorizon()

  // The count of active series, of those seen at `activeSince` or later, and of those among them that
  // have reached `due`. They follow from the tables, and are kept up with each point.
  private var activeSince = Milliseconds.min
  private var due = Milliseconds.min
  private var active = 0
  private var reached = 0

  init(order: Order, idleMilliseconds: Milliseconds) {
    self.order = order
    self.idleMilliseconds = idleMilliseconds > 0 ? idleMilliseconds : Self.idleDefault
  }

  /// Restores the clock of a snapshot. `recount` follows.
  mutating func restore(
    watermark: Milliseconds?, logTime: Milliseconds?, channels: ChannelHorizon
  ) {
    self.watermark = watermark ?? .min
    target = self.watermark
    self.logTime = logTime ?? .min
    self.channels = channels
  }

  /// Whether a channel is so far behind that it holds back what came by others.
  var isHeld: Bool {
    channels.horizon < max(logTime, AlignmentSettings.validTimes.lowerBound)
      - Self.holdingMilliseconds
  }

  /// Whether a point of this time comes after it by more than `age`, while no channel is behind.
  func isOlder(_ time: Milliseconds, by age: Milliseconds) -> Bool {
    logTime != .min && !isHeld && time < logTime - age
  }

  /// Points that come later than that after their lateness come long after their time.
  static let oldMilliseconds: Milliseconds = 5_000

  /// Routers that are alive say how far they are in less than this.
  static let holdingMilliseconds: Milliseconds = 15_000

  /// Whether buckets wait to be closed.
  var isMoving: Bool { watermark < target }

  // MARK: - Log time

  mutating func observe(logTime time: Milliseconds) {
    guard time > logTime else { return }
    // Where nothing was written for so long, no router could be: the brokers were away, or all
    // processes. What nobody could say is held against no channel.
    if logTime != .min, time - logTime > Self.holdingMilliseconds {
      channels.excuse(time - logTime)
    }
    logTime = time
  }

  /// Whether the log time is so old, against the clock of the daemon, that the clock should be looked
  /// at again.
  func isStale(at wallTime: Milliseconds) -> Bool {
    wallTime > logTime && (logTime == .min || wallTime - logTime >= idleMilliseconds / 4)
  }

  /// The event time that a time of the wall clock stands for, the daemon's or that of the channels: less
  /// than it by as much as the points of most series lately came after their times, if that was long.
  ///
  /// - Returns: `nil` if it was too long. In a replayed past the wall clock means nothing.
  /// - Complexity: O(rows log rows).
  func eventTime(at wallTime: Milliseconds, _ streams: [StreamState]) -> Milliseconds? {
    var lags: [Milliseconds] = []
    var longest = Self.lagMaximum
    for stream in streams.indices {
      streams[stream].alignment.appendLags(to: &lags)
      let settings = streams[stream].alignment.settings
      // A bucket may be named after its beginning.
      longest = max(longest, 2 * settings.interval + settings.allowedLateness)
    }
    guard !lags.isEmpty else { return nil }
    lags.sort()
    let lag = lags[(lags.count - 1) / 2]
    guard lag <= longest else { return nil }
    return lag < Self.usualLag ? wallTime : wallTime - lag
  }

  private static let usualLag: Milliseconds = 300_000
  private static let lagMaximum: Milliseconds = 3_600_000

  // MARK: - Watermark

  /// Notes a point of a series.
  ///
  /// - Parameters:
  ///   - former: what the series' row said before the point.
  ///   - present: what it says now.
  @inline(__always)
  mutating func note(
    former: (time: Milliseconds, seen: Milliseconds),
    present: (time: Milliseconds, seen: Milliseconds)
  ) {
    if former.seen == .min || former.seen < activeSince {
      guard present.seen != .min, present.seen >= activeSince else { return }
      active += 1
      if present.time >= due { reached += 1 }
    } else if former.time < due, present.time >= due {
      reached += 1
    }
  }

  /// Moves the watermark's target to a time by which the input is in order, or which a tick has.
  mutating func move(to time: Milliseconds, by move: Move) {
    guard time > target else { return }
    target = time
    self.move = move
  }

  /// Moves the target after a record, as far as the majority of the active series and the horizon let
  /// it.
  mutating func follow(_ streams: [StreamState], by move: Move) {
    guard order == .majority else { return }
    if activeSince != Self.activeSince(logTime, idleMilliseconds) { recount(streams) }
    var horizon = channels.horizon
    for stream in streams.indices {
      let bound = streams[stream].waiting.settling.bound(through: channels.horizon)
      if bound != .max { horizon = min(horizon, bound - 1) }
    }
    if active == 0 {
      // Nobody is left to say how far time is, except the channels.
      guard horizon != .max, watermark != .min, horizon >= due, target <= watermark,
        let time = eventTime(at: horizon, streams)
      else { return }
      var silent = move
      silent.isSilent = true
      self.move(to: time, by: silent)
      return
    }
    guard reached * 2 > active, horizon >= due || due == .min, target <= watermark else { return }
    self.move(to: min(majorityTime(streams), horizon), by: move)
  }

  /// Series that were seen then or later are active. It moves in steps of a quarter of the idle time,
  /// because all series are counted anew.
  private static func activeSince(
    _ logTime: Milliseconds, _ idle: Milliseconds
  ) -> Milliseconds {
    guard logTime != .min else { return .min }
    return AlignmentSettings.floor(logTime - idle, to: max(1, idle / 4))
  }

  /// The lower median of the newest times of the active series.
  private func majorityTime(_ streams: [StreamState]) -> Milliseconds {
    var times: [Milliseconds] = []
    times.reserveCapacity(active)
    for stream in streams.indices {
      streams[stream].alignment.appendNewestTimes(ofActiveSince: activeSince, to: &times)
    }
    times.sort()
    return times.isEmpty ? .min : times[(times.count - 1) / 2]
  }

  /// Moves the watermark to the next time at which a bucket closes, or else to the target.
  ///
  /// - Precondition: the buckets that were due are closed.
  mutating func step(_ streams: [StreamState]) {
    var next = target
    for stream in streams.indices { next = min(next, streams[stream].alignment.nextClosing()) }
    watermark = max(watermark, next)
  }

  /// Counts the active series anew, because buckets closed or the series that count are others.
  mutating func recount(_ streams: [StreamState]) {
    activeSince = Self.activeSince(logTime, idleMilliseconds)
    due = .max
    for stream in streams.indices { due = min(due, streams[stream].alignment.dueAt) }
    (active, reached) = (0, 0)
    guard order == .majority else { return }
    for stream in streams.indices {
      let counts = streams[stream].alignment.countActive(since: activeSince, reaching: due)
      active += counts.active
      reached += counts.reached
    }
  }
}
