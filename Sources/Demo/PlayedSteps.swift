import Synchronization
import TimeSeries

/// The steps of the values played, aligned by the daemon's own rules; forecasts are compared with
/// them. Filled by the player, read by the screen.
final class PlayedSteps: Sendable {
  private let values = Mutex<[String: [Milliseconds: Double]]>([:])
  /// Buckets kept a series: more than a recording of three hours has.
  private static let bucketsMaximum = 1_200

  func record(_ step: Step, of series: String) {
    guard !step.isMasked else { return }
    values.withLock { values in
      values[series, default: [:]][step.time] = step.value
      guard let count = values[series]?.count, count > Self.bucketsMaximum else { return }
      let times = values[series]?.keys.sorted() ?? []
      for time in times.prefix(count / 4) { values[series]?[time] = nil }
    }
  }

  func value(of series: String, at time: Milliseconds) -> Double? {
    values.withLock { $0[series]?[time] }
  }

  func values(of series: String) -> [Milliseconds: Double] {
    values.withLock { $0[series] ?? [:] }
  }
}
