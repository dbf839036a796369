import Calibration
import Forecasting
import Numerics
import TimeSeries

/// Drives states, store and model over given series as a worker would: one call a step.
struct SeriesStream {
  static let hour: Milliseconds = 3_600_000
  static let start: Milliseconds = 1_700_000_000_000 / hour * hour

  var model: ForecastModel
  var states: SeriesStates
  var store: TrainingStore
  private let indices: [Int]
  private let count: Int
  private(set) var step = 0

  init(count: Int, model: ForecastModel, training: TrainingSettings = TrainingSettings()) {
    self.count = count
    self.model = model
    states = SeriesStates(settings: model.settings)
    for _ in 0..<count { states.appendRow() }
    var store = TrainingStore(interval: model.settings.interval, settings: training)
    indices = (0..<count).map { store.index(ofKey: Array("series-\($0)".utf8)) }
    self.store = store
  }

  static func time(_ step: Int) -> Milliseconds { start + Int64(step) * hour }

  /// - Shape: series [count][steps]
  mutating func feed(
    _ series: [[Double]], steps: Range<Int>, workspace: inout ForecastingWorkspace
  ) {
    for step in steps {
      let values = series.map { $0[step] }
      states.advance(
        rows: Array(0..<count), times: Array(repeating: Self.time(step), count: count),
        values: values, model: model, workspace: &workspace)
      for index in 0..<count {
        store.append(series: indices[index], time: Self.time(step), value: values[index])
      }
      self.step = step + 1
    }
  }

  /// Scale and newest observed value of a series, not a number before the first.
  func origin(_ row: Int) -> (scale: SeriesScale, newest: Double) {
    let origins = BaselineOrigins(capacity: 1, horizon: model.settings.horizon)
    states.describeOrigins([row], origins)
    return (origins.inputs[0].scale, origins.inputs[0].newest)
  }

  func forecast(_ workspace: inout ForecastingWorkspace) -> ForecastBatch {
    var batch = ForecastBatch()
    states.forecast(
      rows: Array(0..<count), model: model, workspace: &workspace, into: &batch)
    return batch
  }
}

extension ModelSettings {
  /// Small and quick, hourly, with a daily season.
  static func small(
    seasons: [Int] = [24], horizon: Int = 12, hiddenSize: Int = 24, nonNegative: Bool = false
  ) -> ModelSettings {
    ModelSettings(
      interval: SeriesStream.hour, seasons: seasons, horizon: horizon,
      quantiles: [0.1, 0.25, 0.5, 0.75, 0.9], hiddenSize: hiddenSize, nonNegative: nonNegative)
  }
}

extension TrainingSettings {
  /// Enough to learn simple series within a second.
  static var quick: TrainingSettings {
    var settings = TrainingSettings()
    settings.fullSteps = 300
    return settings
  }
}

struct TrainingFailure: Error { var result: String }

extension Trainer {
  /// A training that must come to its end.
  mutating func finish(
    _ champion: ForecastModel, _ dataset: TrainingDataset, version: Int = 1, seed: UInt64
  ) throws -> TrainingOutcome {
    let result = train(
      champion: champion, dataset: dataset, version: version, seed: seed, seconds: { 0 })
    guard case .finished(let outcome) = result else {
      throw TrainingFailure(result: "\(result)")
    }
    return outcome
  }
}

/// Series with known laws.
enum Synthetic {
  /// Daily sine of random amplitude, level and phase, and normal noise of half the amplitude.
  static func seasonal(count: Int, steps: Int, seed: UInt64) -> [[Double]] {
    var random = RandomGenerator(seed: seed)
    return (0..<count).map { _ in
      let level = random.uniform(-50, 200)
      let amplitude = random.uniform(1, 30)
      let phase = random.uniform(0, 1)
      return (0..<steps).map { step in
        level + amplitude * sine(Double(step) / 24 + phase) + 0.5 * amplitude * random.normal()
      }
    }
  }

  /// A mean-reverting walk without season: x ← 0.8 x + noise.
  static func autoregressive(count: Int, steps: Int, seed: UInt64) -> [[Double]] {
    var random = RandomGenerator(seed: seed)
    return (0..<count).map { _ in
      let level = random.uniform(10, 1000)
      let scale = random.uniform(0.1, 10)
      var x = 0.0
      return (0..<steps).map { _ in
        x = 0.8 * x + random.normal()
        return level + scale * x
      }
    }
  }

  /// sin 2πx to 1e-3 without the C library: Bhaskara's formula.
  static func sine(_ x: Double) -> Double {
    let place = x - x.rounded(.down)
    let half = place < 0.5 ? place * 2 : place * 2 - 1
    let value = 16 * half * (1 - half) / (5 - 4 * half * (1 - half))
    return place < 0.5 ? value : -value
  }
}
