import NeuralNetwork

/// Compares champion and challenger on the judging steps of the held-out stretch, which neither
/// training nor validation has used.
struct ModelGate {
  let dataset: TrainingDataset
  let split: TrainingSplit
  let model: ModelSettings
  let settings: TrainingSettings

  /// Scores both models and writes the decision into the report: the challenger is adopted if its
  /// loss is lower by more than the margin.
  func judge(
    _ challenger: ForecastModel, against champion: ForecastModel, _ report: inout TrainingReport
  ) {
    let (before, after) =
      champion.settings == challenger.settings
      ? losses(champion.network, challenger.network) : losses(champion, challenger)
    report.evaluatedTargets = before.count / model.quantiles.count
    report.championLoss = before.mean.isFinite ? before.mean : nil
    report.challengerLoss = after.mean.isFinite ? after.mean : nil
    report.adopted =
      after.mean.isFinite
      && (!before.mean.isFinite || after.mean < before.mean * (1 - settings.margin))
  }

  private func losses(
    _ champion: ForecastNetwork, _ challenger: ForecastNetwork
  ) -> (LossSum, LossSum) {
    let stretch = stretch(of: scoredSeries, model)
    return (stretch.loss(of: champion), stretch.loss(of: challenger))
  }

  /// Losses of models with different seasons, which have different units. Both are converted to the
  /// unit of the challenger, for each series with the scales at the beginning of the judging steps.
  private func losses(
    _ champion: ForecastModel, _ challenger: ForecastModel
  ) -> (LossSum, LossSum) {
    var (before, after) = (LossSum(), LossSum())
    for index in scoredSeries {
      var loss = stretch(of: [index], champion.settings).loss(of: champion.network)
      loss.sum *= unit(index, champion.settings) / unit(index, model)
      before += loss
      after += stretch(of: [index], model).loss(of: challenger.network)
    }
    return (before, after)
  }

  private func stretch(of chosen: [Int], _ model: ModelSettings) -> HeldOutStretch {
    HeldOutStretch(
      chosen.map { dataset.series[$0] }, starts: chosen.map { split.judgedFrom[$0] },
      ends: chosen.map { dataset.series[$0].values.count }, model: model, settings: settings)
  }

  private func unit(_ index: Int, _ model: ModelSettings) -> Double {
    var lane = HistoryLane(layout: FeatureLayout(model))
    let end = split.judgedFrom[index]
    lane.begin(dataset.series[index], at: end, end: end)
    return lane.unit
  }

  private var scoredSeries: [Int] { split.judged.evenly(atMost: settings.constants.holdoutSeries) }
}

extension Array where Element == Int {
  /// All elements, or `most` evenly spaced ones if there are more.
  func evenly(atMost most: Int) -> [Int] {
    count <= most ? self : (0..<most).map { self[$0 * count / most] }
  }
}
