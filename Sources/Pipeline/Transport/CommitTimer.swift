/// Decides when a worker or the router commits: once per interval, and only if there is something
/// to commit.
struct CommitTimer {
  /// Whether anything was done since the last commit.
  var hasUncommitted = false
  /// Commits so far.
  private(set) var count = 0
  private let intervalNanoseconds: Int64
  private var lastNanoseconds: Int64

  init(settings: PipelineSettings, nowNanoseconds: Int64) {
    intervalNanoseconds = settings.commitIntervalMilliseconds * 1_000_000
    lastNanoseconds = nowNanoseconds
  }

  func isDue(atNanoseconds now: Int64, isForced: Bool) -> Bool {
    hasUncommitted && (isForced || now - lastNanoseconds >= intervalNanoseconds)
  }

  mutating func noteCommit(atNanoseconds now: Int64) {
    hasUncommitted = false
    count += 1
    lastNanoseconds = now
  }
}
