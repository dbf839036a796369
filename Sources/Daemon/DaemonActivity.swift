import Metrics
package import Pipeline

/// Numbers of a running daemon that any thread may read.
package struct DaemonActivity: Sendable {
  let metrics: PipelineMetrics
  let models: ModelRegistry
  let trainer: TrainerThread

  /// Points that the router wrote by series.
  package var routedPointCount: Int { Int(metrics.routedPoints.value) }
  /// Points put into the bucket of a series.
  package var pointCount: Int { Int(metrics.points.inTime) }
  package var forecastCount: Int { Int(metrics.forecasts.value) }
  package var anomalyCount: Int { Int(metrics.anomalies.value) }
  package var reportCount: Int { Int(metrics.retrainings.value) }
  /// Partitions that the workers have.
  package var assignedPartitionCount: Int { Int(metrics.assignedPartitions.value) }
  /// Whether a training is under way or waits for its turn.
  package var isTraining: Bool { trainer.isBusy }
  package var trainingProgress: RetrainingProgress? { models.progress }

  /// What was not used, by reason; reasons that never came up are left out.
  package var drops: [(reason: String, count: Int)] {
    metrics.drops.nonZero
  }
}
