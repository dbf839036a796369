import Configuration
import Forecasting
import Metrics
import Pipeline
import StatusServer
import TimeSeries

/// The daemon's state as the status server shows it, from the metrics and models that its threads
/// update.
struct DaemonStatus: Sendable {
  let configuration: DaemonConfiguration
  let models: ModelRegistry
  let metrics: PipelineMetrics
  let health: DaemonHealth
  private let clock = SystemClock()
  private let startedAt: Int64

  init(
    configuration: DaemonConfiguration, models: ModelRegistry, metrics: PipelineMetrics,
    health: DaemonHealth
  ) {
    self.configuration = configuration
    self.models = models
    self.metrics = metrics
    self.health = health
    startedAt = SystemClock().now()
  }

  func snapshot() -> StatusSnapshot {
    StatusSnapshot(
      liveness: health.liveness(), readiness: health.readiness, status: status)
  }

  private var status: StatusValue {
    .object([
      "version": .string(forecastdVersion),
      "uptime_seconds": .integer((clock.now() - startedAt) / 1_000),
      "points": .integer(Int64(metrics.points.inTime)),
      "forecasts": .integer(Int64(metrics.forecasts.value)),
      "anomalies": .integer(Int64(metrics.anomalies.value)),
      "commits": .integer(Int64(metrics.commits.value)),
      "aborts": .integer(Int64(metrics.aborts.value)),
      "retrainings": .integer(Int64(metrics.retrainings.value)),
      "streams": .array(configuration.pipeline.streams.map(describe)),
    ])
  }

  private func describe(_ stream: StreamSettings) -> StatusValue {
    let model = models.champion(of: stream.name)
    return .object([
      "name": .string(stream.name),
      "interval_ms": .integer(stream.alignment.interval),
      "horizon": .integer(Int64(stream.model.horizon)),
      "model": .integer(Int64(model?.version ?? 0)),
      "model_digest": .string(model?.digest ?? ""),
      "trained_through": .integer(model.map { $0.version > 0 ? $0.trainedThrough : 0 } ?? 0),
    ])
  }
}
