import TimeSeries

/// Decides when a training starts from a model with other seasons than the champion's.
///
/// Seasons are looked for at each training, in what it trains on and not in what is held out. Other
/// ones than the champion's make the training a full one, from an untrained model of their form,
/// and its result a challenger like any other. One that the gate has refused is tried again when
/// there is half as much data again. Seasons that are no longer found are kept, but those of an
/// untrained model, which are a guess, give way to what is found.
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

  /// Takes note of the gate's verdict.
  mutating func note(isAdopted: Bool) {
    if isTrying, isAdopted { tried = nil }
  }
}
