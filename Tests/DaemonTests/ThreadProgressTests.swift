import Daemon
import Pipeline
import Testing

@Suite("what a thread says of its progress")
struct ThreadProgressTests {
  private static let second: Int64 = 1_000_000_000

  /// A thread that has two partitions and has committed once, at second 0.
  private func working() -> ThreadProgress {
    var progress = ThreadProgress(name: "worker-0", commitIntervalMilliseconds: 1_000, at: 0)
    progress.noteStart()
    progress.beginTurn(at: 0)
    progress.endTurn(standing(commits: 1), isAssigned: true, at: 0)
    return progress
  }

  private func standing(
    commits: Int, uncommitted: Bool = false, partitions: Int = 2, replaying: Int = 0
  ) -> LoopStanding {
    LoopStanding(
      commitCount: commits, hasUncommitted: uncommitted, partitionCount: partitions,
      replayingCount: replaying)
  }

  @Test("a thread is not ready before its group has answered, and ready with no partition at all")
  func spare() {
    var progress = ThreadProgress(name: "worker-0", commitIntervalMilliseconds: 100, at: 0)
    #expect(progress.problem(at: 1)?.contains("no partition is assigned yet") == true)
    progress.noteStart()
    progress.beginTurn(at: 2)
    progress.endTurn(standing(commits: 0, partitions: 0), isAssigned: false, at: 3)
    #expect(progress.problem(at: 4) == "worker-0: no partition is assigned yet")
    progress.beginTurn(at: 5)
    progress.endTurn(standing(commits: 0, partitions: 0), isAssigned: true, at: 6)
    #expect(progress.problem(at: 7) == nil)
    #expect(progress.problem(at: 3_600 * Self.second) == nil)
  }

  @Test("a rebalance is no problem until it lasts")
  func rebalance() {
    var progress = working()
    progress.beginTurn(at: Self.second)
    progress.endTurn(standing(commits: 1, partitions: 0), isAssigned: false, at: Self.second)
    #expect(progress.problem(at: 20 * Self.second) == nil)
    #expect(progress.problem(at: 40 * Self.second) == "worker-0: no partition is assigned yet")
  }

  @Test("aborts in a row are a problem from the third on, until a commit")
  func aborts() {
    var progress = working()
    for number in 1...3 {
      progress.beginTurn(at: Int64(number))
      progress.noteFailure("the broker says no", at: Int64(number))
      // Turns in between go round, but commit nothing.
      progress.beginTurn(at: Int64(number))
      progress.endTurn(standing(commits: 1), isAssigned: true, at: Int64(number))
      #expect((progress.problem(at: Int64(number)) == nil) == (number < 3))
    }
    #expect(
      progress.problem(at: 4)
        == "worker-0: 3 attempts since the last commit have failed, the last one because: "
        + "the broker says no")
    progress.beginTurn(at: 5)
    progress.endTurn(standing(commits: 2), isAssigned: true, at: 6)
    #expect(progress.problem(at: 7) == nil)
  }

  @Test("work that waits for its commit is a problem once the interval is over, with a margin")
  func noCommit() {
    var progress = working()
    progress.beginTurn(at: Self.second)
    progress.endTurn(standing(commits: 1, uncommitted: true), isAssigned: true, at: Self.second)
    #expect(progress.problem(at: 11 * Self.second) == nil)
    #expect(
      progress.problem(at: 13 * Self.second)
        == "worker-0: no commit for 12 s, with work waiting")
    // An abort takes the work back, which waits all the same.
    progress.beginTurn(at: 13 * Self.second)
    progress.noteFailure("aborted", at: 13 * Self.second)
    progress.beginTurn(at: 14 * Self.second)
    progress.endTurn(standing(commits: 1), isAssigned: true, at: 14 * Self.second)
    #expect(progress.problem(at: 14 * Self.second) != nil)
    // Another member has the partitions now.
    progress.beginTurn(at: 15 * Self.second)
    progress.endTurn(standing(commits: 1, partitions: 0), isAssigned: true, at: 15 * Self.second)
    #expect(progress.problem(at: 100 * Self.second) == nil)
  }

  @Test("without work, no commit is missed however long it lasts; a turn that hangs is seen")
  func idleAndHanging() {
    var progress = working()
    for turn in 1...100 {
      progress.beginTurn(at: Int64(turn) * 60 * Self.second)
      progress.endTurn(
        standing(commits: 1), isAssigned: true, at: Int64(turn) * 60 * Self.second)
      #expect(progress.problem(at: Int64(turn + 1) * 60 * Self.second) == nil)
    }
    progress.beginTurn(at: 7_000 * Self.second)
    #expect(progress.problem(at: 7_011 * Self.second) == nil)
    #expect(progress.problem(at: 7_015 * Self.second) == "worker-0: a turn has lasted for 15 s")
  }

  @Test("brokers that cannot be reached are a problem, until one can be")
  func unreachable() {
    var progress = working()
    progress.beginTurn(at: 1)
    progress.endTurn(standing(commits: 1), isAssigned: true, isReachable: false, at: 2)
    #expect(progress.problem(at: 3) == "worker-0: no broker can be reached")
    progress.beginTurn(at: 4)
    progress.endTurn(standing(commits: 1), isAssigned: true, at: 5)
    #expect(progress.problem(at: 6) == nil)
  }

  @Test("a replay is said, with its extent")
  func replay() {
    var progress = working()
    progress.beginTurn(at: 1)
    progress.endTurn(standing(commits: 1, replaying: 1), isAssigned: true, at: 2)
    #expect(progress.problem(at: 3) == "worker-0: replays the log, in 1 of 2 partitions")
  }
}
