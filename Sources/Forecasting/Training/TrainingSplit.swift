import TimeSeries

/// The division of the histories in time: steps that are trained on, that validate, and that judge.
/// The boundaries are the same times for all series. Held-out steps are later than the steps
/// trained on, and the judging steps are later than the validating ones.
///
///     ─────── trained on ───────┊─ validates ─┊─ judges ─→ newest
///                              cut
struct TrainingSplit {
  /// The latest time that may be a target of training.
  let cut: Milliseconds
  /// Number of steps of each series up to the cut.
  let trainEnds: [Int]
  /// Index of the first judging step of each series; equal to `trainEnds` if nothing validates.
  let judgedFrom: [Int]
  /// Indices of the series that have validating steps, and of those that have judging steps.
  let validated: [Int]
  let judged: [Int]
  /// The newest time that was trained or validated on.
  let trainedThrough: Milliseconds
  let evaluatedFrom: Milliseconds
  let evaluatedThrough: Milliseconds

  /// Nil if the histories are too short for both training and judging.
  ///
  /// The held-out stretch is a share of the longest history: at least two horizons, at most a long
  /// season or eight horizons, whichever is longer, and never more than a third of the history. It
  /// is thus long enough to tell models apart, and short enough to leave the newest data for
  /// training.
  ///
  /// - Parameter validationShare: share of the held-out stretch that validates. Nothing validates
  ///   if this part or the rest would be shorter than two horizons.
  init?(
    _ dataset: TrainingDataset, model: ModelSettings, settings: TrainingSettings,
    validationShare: Double = 0
  ) {
    guard let newest = dataset.newestTime, dataset.longestHistory >= settings.minimumHistory
    else { return nil }
    let longest = dataset.longestHistory
    let most = max(model.seasons.last ?? 0, 8 * model.horizon)
    let share = Int(Double(longest) * settings.holdoutShare)
    let least = 2 * model.horizon
    let length = min(max(min(share, most), least), longest / 3)
    let validating = Int(Double(length) * validationShare)
    let judging = min(validating, length - validating) < least ? length : length - validating
    let interval = dataset.interval
    func steps(before count: Int) -> [Int] {
      let time = newest - Int64(count) * interval
      return dataset.series.map { Self.steps(of: $0, upTo: time, interval: interval) }
    }
    let (ends, starts) = (steps(before: length), steps(before: judging))
    cut = newest - Int64(length) * interval
    (trainEnds, judgedFrom) = (ends, starts)
    validated = dataset.series.indices.filter { ends[$0] > 0 && ends[$0] < starts[$0] }
    judged = dataset.series.indices.filter {
      starts[$0] > 0 && starts[$0] < dataset.series[$0].values.count
    }
    func time(_ index: Int, _ step: Int) -> Milliseconds {
      let series = dataset.series[index]
      return series.lastTime - Int64(series.values.count - 1 - step) * interval
    }
    let used = dataset.series.indices.filter { starts[$0] > 0 }.map { time($0, starts[$0] - 1) }
    guard ends.contains(where: { $0 > 0 }), let trainedThrough = used.max(),
      let evaluatedFrom = judged.map({ time($0, starts[$0]) }).min(),
      let evaluatedThrough = judged.map({ dataset.series[$0].lastTime }).max()
    else { return nil }
    self.trainedThrough = trainedThrough
    self.evaluatedFrom = evaluatedFrom
    self.evaluatedThrough = evaluatedThrough
  }

  /// Number of steps of a series, or of a part of one, up to the cut.
  func trainEnd(of series: TrainingDataset.Series, interval: Milliseconds) -> Int {
    Self.steps(of: series, upTo: cut, interval: interval)
  }

  private static func steps(
    of series: TrainingDataset.Series, upTo cut: Milliseconds, interval: Milliseconds
  ) -> Int {
    let after = series.lastTime - cut
    let steps = after <= 0 ? 0 : (after - 1) / interval + 1
    return max(0, series.values.count - Int(min(steps, Int64(series.values.count))))
  }
}
