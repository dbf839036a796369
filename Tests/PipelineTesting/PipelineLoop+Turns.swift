package import Pipeline

/// A source that was expected to end has not.
package struct SourceNotEnded: Error {
  package let turns: Int
}

extension PipelineLoop where Self: ~Copyable {
  /// Turns until the source has ended, answering aborts.
  ///
  /// - Returns: the number of turns.
  /// - Throws: what `recover` does not answer, and `SourceNotEnded`.
  @discardableResult
  package mutating func runToEnd(turnsMaximum: Int = 100_000) throws -> Int {
    for turn in 1...turnsMaximum {
      if try runOnceOrRecover() == .ended { return turn }
    }
    throw SourceNotEnded(turns: turnsMaximum)
  }

  /// Turns a number of times, answering aborts.
  package mutating func run(turns: Int) throws {
    for _ in 0..<turns { _ = try runOnceOrRecover() }
  }

  /// - Returns: `nil` where the turn was aborted.
  private mutating func runOnceOrRecover() throws(TransportError) -> Worker.Progress? {
    do throws(TransportError) {
      return try runOnce()
    } catch {
      try recover(from: error)
      return nil
    }
  }
}
