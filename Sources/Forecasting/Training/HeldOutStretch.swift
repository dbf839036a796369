import NeuralNetwork
import Numerics

/// Scores networks on one stretch of some histories. The score is the pinball loss at every second
/// origin of the stretch (every eighth, if the network reads windows), in units of the spread of
/// each series. The state of each series is first warmed up from zero over the steps before.
///
/// The histories are prepared once, however many networks are scored.
struct HeldOutStretch {
  private static let batch = 32
  private static let originStride = 2
  private static let windowStride = 8

  /// Lanes that are read together, chunk by chunk, from their present positions.
  private struct Pass {
    var lanes: [HistoryLane]
    let steps: Int
    let positions: [Int]
  }

  private let layout: FeatureLayout
  private let isWindowed: Bool
  private var passes: [Pass] = []

  /// - Parameters:
  ///   - starts: for each series, the step at which the stretch begins. The origin before it is the
  ///     first one whose targets are all within the stretch.
  ///   - ends: for each series, the step at which the stretch ends; later steps are not known.
  init(
    _ series: [TrainingDataset.Series], starts: [Int], ends: [Int], model: ModelSettings,
    settings: TrainingSettings
  ) {
    layout = FeatureLayout(model)
    let window = model.architecture.fixedWindow
    isWindowed = window > 0
    for first in stride(from: 0, to: series.count, by: Self.batch) {
      let group = first..<min(first + Self.batch, series.count)
      func add(burnIn: Int, steps: Int, positions: [Int]) {
        let lanes = group.map { index in
          var lane = HistoryLane(layout: layout)
          let origin = starts[index] - 1
          lane.begin(
            series[index], at: max(0, origin - burnIn), end: ends[index], firstOrigin: origin)
          return lane
        }
        passes.append(Pass(lanes: lanes, steps: steps, positions: positions))
      }
      if !isWindowed {
        add(
          burnIn: settings.constants.burnIn, steps: settings.chunk,
          positions: Array(stride(from: 0, to: settings.chunk, by: Self.originStride)))
      }
      // Each window has one origin, its last step. Passes that start `windowStride` steps apart
      // give an origin every `windowStride` steps.
      for offset in stride(from: 0, to: window, by: Self.windowStride) {
        add(burnIn: window - 1 - offset, steps: window, positions: [window - 1])
      }
    }
  }

  /// The loss, summed over targets and quantiles.
  func loss(of network: ForecastNetwork) -> LossSum {
    var total = LossSum()
    var workspace = ForecastTrainingWorkspace()
    for pass in passes { total += loss(of: network, pass, workspace: &workspace) }
    return total
  }

  private func loss(
    of network: ForecastNetwork, _ pass: Pass, workspace: inout ForecastTrainingWorkspace
  ) -> LossSum {
    var lanes = pass.lanes
    var total = LossSum()
    var isFirst = true
    while lanes.contains(where: { !$0.isFinished }) {
      var chunk = ForecastTrainingChunk(
        shape: network.shape, steps: pass.steps, batch: lanes.count, positions: pass.positions)
      if !isFirst, !isWindowed {
        chunk.initialHidden.mutable.copy(from: workspace.finalHidden.elements)
        chunk.initialCell.mutable.copy(from: workspace.finalCell.elements)
      }
      isFirst = false
      let pointers = ChunkPointers(&chunk, layout: layout)
      for index in lanes.indices {
        _ = lanes[index].write(into: pointers, lane: index, positions: pass.positions)
      }
      total += network.loss(chunk, workspace: &workspace)
    }
    return total
  }
}
