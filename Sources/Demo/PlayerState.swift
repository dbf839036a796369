import Synchronization
import TimeSeries

/// The progress of the player, for the screen.
final class PlayerState: Sendable {
  struct Position: Sendable {
    /// Share of the recording that was sent.
    var fraction = 0.0
    /// Event time of the newest record sent.
    var time: Milliseconds = 0
    var isFixtureFinished = false
  }

  private let position = Mutex(Position())
  private let points = Atomic<Int>(0)

  var pointCount: Int { points.load(ordering: .acquiring) }
  var current: Position { position.withLock { $0 } }

  func addPoints(_ count: Int) { points.add(count, ordering: .acquiringAndReleasing) }

  func note(fraction: Double, time: Milliseconds) {
    position.withLock {
      $0.fraction = fraction
      $0.time = time
    }
  }

  func finishFixture() { position.withLock { $0.isFixtureFinished = true } }
}
