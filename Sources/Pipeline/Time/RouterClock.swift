import TimeSeries

/// Decides when a router asks for the ends of its channels, and what it writes about them.
///
/// A router reads the ends of its partitions at certain moments. When all records before such an end
/// have been routed, everything that reached the channel before that moment has been passed on, and
/// the workers' horizon may move there. While a channel has a backlog, the time that the majority of
/// its series has reached stands in.
struct RouterClock {
  private let streams: [AlignmentSettings]
  /// Wall time of the next question.
  private(set) var nextQuestion: Milliseconds = 0
  /// Wall time of the last record about each channel.
  private var lastWrite: Milliseconds = 0

  /// The longest time between two records of a router about its channels.
  static let heartbeatMilliseconds: Milliseconds = 5_000
  /// The least time between two questions.
  private static let questionMilliseconds: Milliseconds = 10
  /// The time between two questions while points are routed that came long after their time: in the
  /// workers such points wait for the answers (`SettlingPoints`).
  private static let settlingMilliseconds: Milliseconds = 50
  /// Wall time until which such points wait.
  private var settlingUntil = Milliseconds.min
  /// Messages routed since the last question, and those among them that came long after their time.
  private var routed = 0
  private var old = 0

  init(streams: [StreamSettings]) {
    self.streams = streams.map(\.alignment).filter { !$0.timeIsIndex }
  }

  /// The newest time at or before `time` at which a bucket of some stream closes.
  func boundary(before time: Milliseconds) -> Milliseconds {
    streams.lazy.map { stream in
      AlignmentSettings.floor(time - stream.allowedLateness, to: stream.interval)
        + stream.allowedLateness
    }.max() ?? .min
  }

  /// The first time after `time` at which a bucket of some stream closes.
  private func boundary(after time: Milliseconds) -> Milliseconds {
    streams.lazy.map { stream in
      AlignmentSettings.floor(time - stream.allowedLateness, to: stream.interval)
        + stream.allowedLateness + stream.interval
    }.min() ?? .max
  }

  /// Whether a channel that has been passed on up to `through` needs a question.
  func needsQuestion(through: Milliseconds?, at now: Milliseconds) -> Bool {
    guard let through else { return true }
    return through < boundary(before: now) || abs(now - through) >= pause(at: now)
  }

  /// Notes the event time of a message that is routed. Only where most come long after their time does
  /// the router ask more often: one sender whose clock is behind is no reason.
  mutating func noteRouted(_ time: Milliseconds, at now: Milliseconds) {
    routed += 1
    if time < now - PartitionClock.oldMilliseconds { old += 1 }
    if old * 2 > routed { settlingUntil = now + 2_000 }
  }

  /// The longest time without a question.
  private func pause(at now: Milliseconds) -> Milliseconds {
    now < settlingUntil ? Self.settlingMilliseconds : Self.heartbeatMilliseconds
  }

  func isQuestionTime(at now: Milliseconds) -> Bool {
    // A clock that was set back must not end the questions.
    now >= nextQuestion || nextQuestion - now > Self.heartbeatMilliseconds
  }

  /// - Parameter isUnanswered: whether some channel has not come to its last asked end.
  mutating func noteQuestion(at now: Milliseconds, isUnanswered: Bool) {
    (routed, old) = (0, 0)
    let next = min(boundary(after: now), now + pause(at: now))
    nextQuestion =
      isUnanswered ? now + Self.questionMilliseconds : max(next, now + Self.questionMilliseconds)
  }

  /// Whether what has changed is worth a record: a bucket may close by it, or nothing was written for
  /// a while.
  func isWorthWriting(
    from former: Milliseconds?, to through: Milliseconds, at now: Milliseconds
  ) -> Bool {
    guard let former else { return true }
    return through > former
      && (boundary(before: through) > former || abs(now - lastWrite) >= pause(at: now))
  }

  mutating func noteWrite(at now: Milliseconds) { lastWrite = now }
}
