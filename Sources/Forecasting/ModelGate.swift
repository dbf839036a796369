import NeuralNetwork
import Numerics
import TimeSeries

/// Scores networks on the held-out stretch: pinball loss over all origins there, every other one, in
/// units of the series' spread, each series' state settled from zero over the burn-in before it.
struct ModelGate {
  static let batch = 32
  static let originStride = 2
  static let windowStride = 8

  let dataset: TrainingDataset
  let split: TrainingSplit
  let model: ModelSettings
  let settings: TrainingSettings

  /// Scores both and writes the verdict: adopted where the loss is lower by the margin.
  func judge(
    _ challenger: ForecastModel, against champion: ForecastModel, _ report: inout TrainingReport
  ) {
    let (before, after) =
      champion.settings == challenger.settings
      ? (loss(of: champion.network), loss(of: challenger.network))
      : losses(champion, challenger)
    report.evaluatedTargets = before.count / model.quantiles.count
    report.championLoss = before.mean.isFinite ? before.mean : nil
    report.challengerLoss = after.mean.isFinite ? after.mean : nil
    report.adopted =
      after.mean.isFinite
      && (!before.mean.isFinite || after.mean < before.mean * (1 - settings.margin))
  }

  /// The sum is over targets and quantiles.
  func loss(of network: ForecastNetwork) -> LossSum { loss(of: network, over: scoredSeries) }

  private func loss(of network: ForecastNetwork, over chosen: [Int]) -> LossSum {
    var total = LossSum()
    var workspace = ForecastTrainingWorkspace()
    for first in stride(from: 0, to: chosen.count, by: Self.batch) {
      let group = Array(chosen[first..<min(first + Self.batch, chosen.count)])
      total += loss(of: network, series: group, workspace: &workspace)
    }
    return total
  }

  /// Losses of models with different seasons, whose units differ: both in the challenger's, converted
  /// series by series with the scales at the cut.
  private func losses(
    _ champion: ForecastModel, _ challenger: ForecastModel
  ) -> (LossSum, LossSum) {
    let other = ModelGate(
      dataset: dataset, split: split, model: champion.settings, settings: settings)
    var (before, after) = (LossSum(), LossSum())
    for index in scoredSeries {
      var loss = other.loss(of: champion.network, over: [index])
      loss.sum *= other.unit(index) / unit(index)
      before += loss
      after += self.loss(of: challenger.network, over: [index])
    }
    return (before, after)
  }

  private func unit(_ index: Int) -> Double {
    var lane = HistoryLane(layout: FeatureLayout(model))
    let end = split.trainEnds[index]
    lane.begin(dataset.series[index], at: end, end: end)
    return lane.unit
  }

  /// All held-out series, or evenly spaced ones where they are many.
  var scoredSeries: [Int] {
    let count = split.heldOut.count
    let most = settings.holdoutSeries
    if count <= most { return split.heldOut }
    return (0..<most).map { split.heldOut[$0 * count / most] }
  }

  private func loss(
    of network: ForecastNetwork, series: [Int], workspace: inout ForecastTrainingWorkspace
  ) -> LossSum {
    let window = model.architecture.fixedWindow
    if window == 0 {
      return loss(
        of: network, series: series, burnIn: settings.burnIn, steps: settings.chunk,
        positions: Array(stride(from: 0, to: settings.chunk, by: Self.originStride)),
        workspace: &workspace)
    }
    // Each window has one origin, its last step: windows from several starts on.
    var total = LossSum()
    for offset in stride(from: 0, to: window, by: Self.windowStride) {
      total += loss(
        of: network, series: series, burnIn: window - 1 - offset, steps: window,
        positions: [window - 1], workspace: &workspace)
    }
    return total
  }

  private func loss(
    of network: ForecastNetwork, series: [Int], burnIn: Int, steps: Int, positions: [Int],
    workspace: inout ForecastTrainingWorkspace
  ) -> LossSum {
    let layout = FeatureLayout(model)
    var lanes = series.map { index in
      var lane = HistoryLane(layout: layout)
      // The origin at the cut is the first whose targets are all held out.
      let origin = split.trainEnds[index] - 1
      lane.begin(
        dataset.series[index], at: max(0, origin - burnIn),
        end: dataset.series[index].values.count, firstOrigin: origin)
      return lane
    }
    var total = LossSum()
    var isFirst = true
    while lanes.contains(where: { !$0.isFinished }) {
      var chunk = ForecastTrainingChunk(
        shape: network.shape, steps: steps, batch: lanes.count, positions: positions)
      if !isFirst, model.architecture.fixedWindow == 0 {
        chunk.initialHidden.mutable.copy(from: workspace.finalHidden.elements)
        chunk.initialCell.mutable.copy(from: workspace.finalCell.elements)
      }
      isFirst = false
      let pointers = ChunkPointers(&chunk, layout: layout)
      for index in lanes.indices {
        _ = lanes[index].write(into: pointers, lane: index, positions: positions)
      }
      total += network.loss(chunk, workspace: &workspace)
    }
    return total
  }
}
