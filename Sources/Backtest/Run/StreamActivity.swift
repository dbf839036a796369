import Pipeline
import Synchronization

/// The progress of a stream; written by its thread, read by the thread that shows it.
final class StreamActivity: Sendable {
  private let points = Atomic<Int>(0)
  private let forecasts = Atomic<Int>(0)
  private let models = Mutex<ModelRegistry?>(nil)

  func begin(_ registry: ModelRegistry) { models.withLock { $0 = registry } }

  func note(points: Int, forecasts: Int) {
    self.points.store(points, ordering: .relaxed)
    self.forecasts.store(forecasts, ordering: .relaxed)
  }

  var pointCount: Int { points.load(ordering: .relaxed) }
  var forecastCount: Int { forecasts.load(ordering: .relaxed) }
  /// The progress of the training that is under way, if there is one.
  var training: RetrainingProgress? { models.withLock { $0?.progress } }

  /// How far the first training is, 0…1: the largest single piece of the work.
  var firstTrainingShare: Double {
    guard let registry = models.withLock({ $0 }) else { return 0 }
    if registry.generation > 0 { return 1 }
    return registry.progress.map { Double($0.step) / Double(max(1, $0.stepCount)) } ?? 0
  }
}
