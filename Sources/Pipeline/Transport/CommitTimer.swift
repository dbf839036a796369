/// Decides when a worker or the router commits: once per interval between commits in the mean, and only
/// if there is something to commit.
///
/// After a pause a few commits may follow each other more closely. The end of a step, its points and
/// the channels' times then come one after the other, and none of them waits a whole interval for the
/// reason that the one before it has just been committed.
struct CommitTimer {
  /// Whether anything was done since the last commit.
  var hasUncommitted = false
  /// Commits so far.
  private(set) var count = 0
  private let intervalNanoseconds: Int64
  private var lastNanoseconds: Int64
  /// The time that is saved up for commits, at the last one.
  private var savedNanoseconds: Int64 = 0

  /// The most commits that may follow each other closely.
  private static let closeMaximum: Int64 = 4
  /// Commits are at least this part of the interval apart.
  private static let partMinimum: Int64 = 10

  init(settings: PipelineSettings, nowNanoseconds: Int64) {
    intervalNanoseconds = settings.commitIntervalMilliseconds * 1_000_000
    lastNanoseconds = nowNanoseconds
  }

  func isDue(atNanoseconds now: Int64, isForced: Bool) -> Bool {
    guard hasUncommitted, !isForced else { return hasUncommitted }
    return now - lastNanoseconds >= intervalNanoseconds / Self.partMinimum
      && saved(atNanoseconds: now) >= intervalNanoseconds
  }

  /// How long a poll may wait, so that what is done is committed as soon as it is due.
  func wait(atNanoseconds now: Int64, atMost milliseconds: Int) -> Int {
    guard hasUncommitted else { return milliseconds }
    let missing = max(
      lastNanoseconds + intervalNanoseconds / Self.partMinimum - now,
      intervalNanoseconds - saved(atNanoseconds: now), 0)
    return min(milliseconds, Int((missing + 999_999) / 1_000_000))
  }

  /// Nothing is saved up while a commit takes its time: where that is long, commits are further apart.
  mutating func noteCommit(fromNanoseconds start: Int64, toNanoseconds end: Int64) {
    hasUncommitted = false
    count += 1
    savedNanoseconds = max(0, saved(atNanoseconds: start) - intervalNanoseconds)
    lastNanoseconds = end
  }

  private func saved(atNanoseconds now: Int64) -> Int64 {
    min(savedNanoseconds + now - lastNanoseconds, Self.closeMaximum * intervalNanoseconds)
  }
}
