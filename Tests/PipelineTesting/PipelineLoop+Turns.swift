package import Pipeline

/// The error that a source did not end in the allowed number of turns.
package struct SourceNotEnded: Error {
  package let turns: Int
}

extension PipelineLoop where Self: ~Copyable {
  /// Runs turns until the source has ended, with recovery from aborts.
  ///
  /// - Returns: the number of turns.
  /// - Throws: the errors that `recover` throws, and `SourceNotEnded`.
  @discardableResult
  package mutating func runToEnd(turnsMaximum: Int = 100_000) throws -> Int {
    for turn in 1...turnsMaximum {
      if try runOnceOrRecover() == .ended { return turn }
    }
    throw SourceNotEnded(turns: turnsMaximum)
  }

  /// Runs a number of turns, with recovery from aborts.
  package mutating func run(turns: Int) throws {
    for _ in 0..<turns { _ = try runOnceOrRecover() }
  }

  /// - Returns: `nil` if the turn was aborted.
  private mutating func runOnceOrRecover() throws(TransportError) -> Worker.Progress? {
    do throws(TransportError) {
      return try runOnce()
    } catch {
      try recover(from: error)
      return nil
    }
  }
}
