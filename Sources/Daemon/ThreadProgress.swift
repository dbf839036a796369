package import Pipeline

/// What a thread of the pipeline has done and what it waits for, as a readiness check must know it.
///
/// Only commits are progress: a thread whose turns go round, but whose transactions all fail, publishes
/// nothing. Times are monotonic nanoseconds.
package struct ThreadProgress: Sendable {
  package let name: String
  /// The longest time from the first uncommitted work to its commit, and of a turn.
  private let allowedNanoseconds: Int64
  /// Whether the thread has had clients, and whether the group has given it its partitions, if only
  /// none.
  package private(set) var hasStarted = false
  private var isAssigned = false
  private var hasBeenAssigned = false
  private var isReachable = true
  private var standing = LoopStanding()
  private var turnBegan: Int64?
  /// Since when there has been work that no commit has covered.
  private var waitingSince: Int64?
  /// Since when the thread has had no assignment.
  private var unassignedSince: Int64
  /// Failed attempts since the last commit.
  package private(set) var failureCount = 0
  private var lastFailure = ""

  /// Commits wait for brokers that fail over, and a turn that restores many series takes some seconds.
  private static let marginNanoseconds: Int64 = 10_000_000_000
  /// A rebalance takes everything from a member for some seconds.
  private static let rebalanceNanoseconds: Int64 = 30_000_000_000
  /// An abort or two around a rebalance are ordinary.
  private static let failuresMaximum = 3

  package init(name: String, commitIntervalMilliseconds: Int64, at now: Int64) {
    self.name = name
    allowedNanoseconds = commitIntervalMilliseconds * 1_000_000 + Self.marginNanoseconds
    unassignedSince = now
  }

  /// The thread has made its clients and a new loop.
  package mutating func noteStart() {
    hasStarted = true
    standing = LoopStanding()
  }

  package mutating func beginTurn(at now: Int64) { turnBegan = now }

  /// A turn has ended without an error.
  ///
  /// - Parameter isReachable: whether a broker can be reached; else nobody knows what work there is.
  package mutating func endTurn(
    _ new: LoopStanding, isAssigned: Bool, isReachable: Bool = true, at now: Int64
  ) {
    self.isReachable = isReachable
    if self.isAssigned, !isAssigned { unassignedSince = now }
    self.isAssigned = isAssigned
    hasBeenAssigned = hasBeenAssigned || isAssigned
    let hasCommitted = new.commitCount != standing.commitCount
    let began = turnBegan ?? now
    turnBegan = nil
    standing = new
    if hasCommitted || new.partitionCount == 0 { waitingSince = nil }
    if new.hasUncommitted { waitingSince = waitingSince ?? began }
    // Without work, there is nothing that could fail.
    if hasCommitted || waitingSince == nil { failureCount = 0 }
  }

  /// A turn, or the start of the loop, has failed. What it was to commit is done again.
  package mutating func noteFailure(_ reason: String, at now: Int64) {
    failureCount += 1
    lastFailure = reason
    if standing.partitionCount > 0 { waitingSince = waitingSince ?? turnBegan ?? now }
    turnBegan = nil
  }

  /// Why the thread does not publish what is to be published; `nil` if it does, or has nothing to do.
  package func problem(at now: Int64) -> String? {
    if failureCount >= Self.failuresMaximum {
      return "\(name): \(failureCount) attempts since the last commit have failed, the last one "
        + "because: \(lastFailure)"
    }
    if let turnBegan, now - turnBegan > allowedNanoseconds {
      return "\(name): a turn has lasted for \(seconds(now - turnBegan))"
    }
    if let waitingSince, now - waitingSince > allowedNanoseconds {
      return "\(name): no commit for \(seconds(now - waitingSince)), with work waiting"
    }
    if !isReachable { return "\(name): no broker can be reached" }
    if !hasStarted { return "\(name): is starting, no partition is assigned yet" }
    if !isAssigned, !hasBeenAssigned || now - unassignedSince > Self.rebalanceNanoseconds {
      return "\(name): no partition is assigned yet"
    }
    if standing.replayingCount > 0 {
      return "\(name): replays the log, in \(standing.replayingCount) of "
        + "\(standing.partitionCount) partitions"
    }
    return nil
  }

  private func seconds(_ nanoseconds: Int64) -> String { "\(nanoseconds / 1_000_000_000) s" }
}
