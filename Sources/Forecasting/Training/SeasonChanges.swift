import TimeSeries

/// Decides whether a training starts from a model with other seasons than the champion.
///
/// Each training looks for seasons in the data that it trains on, but not in the held-out stretch.
/// If it finds other seasons than those of the champion, the training is full and starts from an
/// untrained model with these seasons; its result is a challenger like any other. Seasons that the
/// gate has refused are tried again when the data have grown by half. Seasons that are no longer
/// found are kept. Only the seasons of an untrained model, which are a guess, are replaced by the
/// seasons that are found.
struct SeasonChanges: Sendable {
  private static let growth = 1.5
  private var tried: (seasons: [Int], steps: Int)?
  private var isTrying = false

  /// - Returns: the model to start from.
  mutating func start(
    from champion: ForecastModel, _ dataset: TrainingDataset, training: TrainingSettings,
    seed: UInt64
  ) -> ForecastModel {
    isTrying = false
    guard
      let split = TrainingSplit(
        dataset, model: champion.settings, settings: training,
        validationShare: training.validationShare)
    else { return champion }
    let histories = dataset.series.indices.map { index in
      Array(dataset.series[index].values.prefix(split.trainEnds[index]))
    }
    let found = SeasonSearch().seasons(of: histories)
    let steps = histories.reduce(0) { $0 + $1.count }
    let isNews =
      champion.version == 0
      ? found != champion.settings.seasons && !found.isEmpty
      : !Set(found).isSubset(of: champion.settings.seasons)
    guard isNews else { return champion }
    if let tried, tried.seasons == found, Double(steps) < Self.growth * Double(tried.steps) {
      return champion
    }
    tried = (found, steps)
    isTrying = true
    var settings = champion.settings
    settings.seasons = found
    return ForecastModel.untrained(stream: champion.stream, settings: settings, seed: seed)
  }

  /// Records the decision of the gate.
  mutating func note(isAdopted: Bool) {
    if isTrying, isAdopted { tried = nil }
  }
}
