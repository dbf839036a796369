/// A loop that a thread of the pipeline runs: a worker or the router.
package protocol PipelineLoop: ~Copyable {
  /// What the loop has done and has yet to do, after a turn.
  var standing: LoopStanding { get }
  /// - Throws: an error that the caller passes to `recover`.
  mutating func runOnce() throws(TransportError) -> Worker.Progress
  /// - Throws: the error itself, if only new clients can help, or nothing can.
  mutating func recover(from error: TransportError) throws(TransportError)
  /// Commits what is pending, and saves what a restart needs.
  mutating func shutDown() throws(TransportError)
}

/// What a loop has done and has yet to do.
package struct LoopStanding: Sendable, Equatable {
  /// Commits so far.
  package var commitCount: Int
  /// Whether something is to be committed.
  package var hasUncommitted: Bool
  package var partitionCount: Int
  /// Partitions that have not reached their committed offsets yet.
  package var replayingCount: Int

  package init(
    commitCount: Int = 0, hasUncommitted: Bool = false, partitionCount: Int = 0,
    replayingCount: Int = 0
  ) {
    self.commitCount = commitCount
    self.hasUncommitted = hasUncommitted
    self.partitionCount = partitionCount
    self.replayingCount = replayingCount
  }
}

extension Worker: PipelineLoop {
  package var standing: LoopStanding {
    LoopStanding(
      commitCount: commits.count, hasUncommitted: commits.hasUncommitted,
      partitionCount: partitions.count, replayingCount: partitions.count { $0.isReplaying })
  }
}

extension Router: PipelineLoop {}
