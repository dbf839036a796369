package import Pipeline
import Synchronization

/// The progress of a stream; written by its thread, read by the thread that shows it.
package final class StreamActivity: Sendable {
  private let points = Atomic<Int>(0)
  private let forecasts = Atomic<Int>(0)
  private let models = Mutex<ModelRegistry?>(nil)
  private let isEnded = Atomic<Bool>(false)

  package func begin(_ registry: ModelRegistry) { models.withLock { $0 = registry } }

  package func note(points: Int, forecasts: Int) {
    self.points.store(points, ordering: .relaxed)
    self.forecasts.store(forecasts, ordering: .relaxed)
  }

  private var pointCount: Int { points.load(ordering: .relaxed) }
  var forecastCount: Int { forecasts.load(ordering: .relaxed) }
  /// The progress of the training that is under way, if there is one.
  var training: RetrainingProgress? { models.withLock { $0?.progress } }

  /// Also of a stream that was never trained.
  func end() { isEnded.store(true, ordering: .relaxed) }

  /// How much of the work is done, 0…1; the first training is taken for two fifths of it.
  func share(ofPoints count: Int) -> Double {
    if isEnded.load(ordering: .relaxed) { return 1 }
    return 0.6 * Double(pointCount) / Double(max(1, count)) + 0.4 * firstTrainingShare
  }

  /// How far the first training is, 0…1: the largest single piece of the work.
  private var firstTrainingShare: Double {
    guard let registry = models.withLock({ $0 }) else { return 0 }
    if registry.generation > 0 { return 1 }
    return registry.progress.map { Double($0.step) / Double(max(1, $0.stepCount)) } ?? 0
  }
}
