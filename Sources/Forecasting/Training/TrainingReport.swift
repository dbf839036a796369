package import TimeSeries

/// The report of a training and of the decision of the gate, which is published.
package struct TrainingReport: Sendable, Equatable, Codable {
  /// The reason for which the training was due; set by the planner of the training.
  package var reason = TrainingReason.schedule
  package var stream: String
  package var championVersion: Int
  package var challengerVersion: Int
  package var adopted: Bool
  /// Whether the training was full (over whole histories) and not online (a few steps).
  package var isFull: Bool
  /// Event time of the newest target that was trained or validated on.
  package var trainedThrough: Milliseconds
  /// Event times of the oldest and the newest target that were scored, both after `trainedThrough`.
  package var evaluatedFrom: Milliseconds
  package var evaluatedThrough: Milliseconds
  /// Mean pinball loss over the held-out targets, in units of the spread of their series; nil if it
  /// is not finite.
  package var championLoss: Double?
  package var challengerLoss: Double?
  /// Number of targets scored.
  package var evaluatedTargets: Int
  package var series: Int
  /// Number of optimizer steps, including skipped ones.
  package var steps: Int
  /// Result of the validation; nil for an online training, or if nothing validated.
  package var validation: TrainingReport.Validation?
  /// Number of targets trained on; a target counts each time it was seen.
  package var samples: Int
  /// Mean training loss over the last tenth of the steps.
  package var trainingLoss: Double
  /// Peak learning rate.
  package var learningRate: Double
  /// Global norms of the gradients before clipping.
  package var gradientNormMean: Double
  package var gradientNormMax: Double
  /// Share of steps whose gradients were clipped, 0…1.
  package var clippedShare: Double
  /// Number of steps that were skipped because a gradient was not finite.
  package var skippedSteps: Int
  package var seconds: Double
  /// Digest of the challenger's weights.
  package var digest: String
  /// Wall time at which the report was first sent; nil before.
  package var sentAt: Milliseconds?
  /// Why nothing was trained; nil if something was.
  package var skipped: SkippedTraining?

  package struct Validation: Sendable, Equatable, Codable {
    /// Number of the optimizer step after which the best weights were taken.
    package var bestStep: Int
    /// Mean loss of these weights on the validating stretch, computed as in the gate.
    package var bestLoss: Double
    /// Whether the training stopped before its last step because the weights did not become better.
    package var stoppedEarly: Bool
  }
}

/// The reason for which a training is due.
package enum TrainingReason: String, Sendable, Codable {
  /// There was no trained model yet.
  case first
  case schedule
  /// The loss of the champion has risen for good.
  case drift
}

/// The reason for which a training that was due would have learned nothing.
package enum SkippedTraining: String, Sendable, Codable {
  /// No series has two different values in the part to learn from.
  case constant
}

/// Progress of a training.
package struct TrainingProgress: Sendable {
  package var step: Int
  package var totalSteps: Int
  /// Mean loss of this step's minibatch.
  package var loss: Double
}

/// A challenger and the report on it.
package struct TrainingOutcome: Sendable {
  package var challenger: ForecastModel
  package var report: TrainingReport
}

package enum TrainingResult: Sendable {
  case finished(TrainingOutcome)
  /// The histories are too short to train on and to hold data out. Try again with more data.
  case insufficientData
  /// There is nothing to learn in the histories; the report says why. Nothing was trained.
  case skipped(TrainingReport)
  /// The progress handler cancelled the training; it leaves no result.
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
