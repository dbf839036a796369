package import TimeSeries

/// What a training did and what the gate made of it: the evidence that is published.
package struct TrainingReport: Sendable, Equatable, Codable {
  /// What made the training due; set by whoever planned it.
  package var reason = TrainingReason.schedule
  package var stream: String
  package var championVersion: Int
  package var challengerVersion: Int
  package var adopted: Bool
  /// Whether it passed through whole histories rather than taking few steps.
  package var isFull: Bool
  /// Event time of the newest target trained or validated on.
  package var trainedThrough: Milliseconds
  /// Event time of the oldest and the newest target scored, both after `trainedThrough`.
  package var evaluatedFrom: Milliseconds
  package var evaluatedThrough: Milliseconds
  /// Mean pinball loss over the held-out targets in units of their series' spread; nil where it is
  /// not finite.
  package var championLoss: Double?
  package var challengerLoss: Double?
  /// Targets scored.
  package var evaluatedTargets: Int
  package var series: Int
  /// Optimizer steps, skipped ones included.
  package var steps: Int
  /// Of a full training that part of the held-out stretch validated.
  package var validation: TrainingReport.Validation?
  /// Targets trained on, each as often as it was seen.
  package var samples: Int
  /// Mean training loss of the last tenth of the steps.
  package var trainingLoss: Double
  /// Peak learning rate.
  package var learningRate: Double
  /// Global norms before clipping.
  package var gradientNormMean: Double
  package var gradientNormMax: Double
  /// Share of steps whose gradients were clipped, 0…1.
  package var clippedShare: Double
  /// Steps not taken because a gradient was not finite.
  package var skippedSteps: Int
  package var seconds: Double
  /// Of the challenger's weights.
  package var digest: String

  package struct Validation: Sendable, Equatable, Codable {
    /// Optimizer steps before the weights that were kept.
    package var bestStep: Int
    /// Their mean loss on the stretch, as the gate measures it.
    package var bestLoss: Double
    /// Whether the training ended for want of better weights, and not with its schedule.
    package var stoppedEarly: Bool
  }
}

/// What makes a training due.
package enum TrainingReason: String, Sendable, Codable {
  /// There was no trained model yet.
  case first
  case schedule
  /// The loss of the model in use had risen for good.
  case drift
}

/// Where a training stands.
package struct TrainingProgress: Sendable {
  package var step: Int
  package var totalSteps: Int
  /// Of this step's minibatch.
  package var loss: Double
}

/// A challenger and the evidence on it.
package struct TrainingOutcome: Sendable {
  package var challenger: ForecastModel
  package var report: TrainingReport
}

package enum TrainingResult: Sendable {
  case finished(TrainingOutcome)
  /// The histories are too short to train on and to hold data out; try again with more.
  case insufficientData
  /// The progress handler asked for the end; nothing is left of the training.
  case cancelled
}

/// Sums over the steps of one training.
struct TrainingStatistics {
  var steps = 0
  var samples = 0
  var skipped = 0
  var clipped = 0
  var normSum = 0.0
  var normMaximum = 0.0
  var losses: [Double] = []

  var normMean: Double { steps > skipped ? normSum / Double(steps - skipped) : 0 }
  var clippedShare: Double { steps > skipped ? Double(clipped) / Double(steps - skipped) : 0 }
  var finalLoss: Double {
    let last = losses.suffix(max(1, losses.count / 10))
    return last.isEmpty ? 0 : last.reduce(0, +) / Double(last.count)
  }
}
