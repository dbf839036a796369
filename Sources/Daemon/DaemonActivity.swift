import Metrics
package import Pipeline

/// Counts of a running daemon that any thread may read.
package struct DaemonActivity: Sendable {
  let metrics: PipelineMetrics
  let models: ModelRegistry
  let trainer: TrainerThread

  /// Points that the router has written.
  package var routedPointCount: Int { Int(metrics.routedPoints.value) }
  /// Points that came in time, repeated ones included.
  package var pointCount: Int { Int(metrics.points.inTime) }
  package var forecastCount: Int { Int(metrics.forecasts.value) }
  package var anomalyCount: Int { Int(metrics.anomalies.value) }
  package var reportCount: Int { Int(metrics.retrainings.value) }
  /// Partitions that are assigned to the workers.
  package var assignedPartitionCount: Int { Int(metrics.assignedPartitions.value) }
  /// Whether a training is running or waiting.
  package var isTraining: Bool { trainer.isBusy }
  package var trainingProgress: RetrainingProgress? { models.progress }

  /// Counts of points and messages that were not used, by reason, without reasons that have not
  /// occurred.
  package var drops: [(reason: String, count: Int)] {
    metrics.unused
  }
}
