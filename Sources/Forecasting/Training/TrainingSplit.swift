import TimeSeries

/// Which steps of the histories are trained on, which validate and which judge, by points in time
/// that are the same for all series: everything held out is later than everything trained on, and
/// what judges is later than what validates.
///
///     ─────── trained on ───────┊─ validates ─┊─ judges ─→ newest
///                              cut
struct TrainingSplit {
  /// Newest time that may be a target of training.
  let cut: Milliseconds
  /// Steps of each series up to the cut.
  let trainEnds: [Int]
  /// The step of each series at which what judges begins; `trainEnds` where nothing validates.
  let judgedFrom: [Int]
  /// Series with steps that validate, and with steps that judge.
  let validated: [Int]
  let judged: [Int]
  /// Newest time trained or validated on.
  let trainedThrough: Milliseconds
  let evaluatedFrom: Milliseconds
  let evaluatedThrough: Milliseconds

  /// Nil where the histories do not reach for both training and judging.
  ///
  /// The held-out stretch is a share of the longest history, between two horizons and a long season
  /// or eight horizons: long enough to tell models apart, short enough to leave the newest data.
  ///
  /// - Parameter validationShare: of the held-out stretch; nothing validates where its part or the
  ///   rest would be shorter than two horizons.
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

  /// Steps of a series, or of a part of one, up to the cut.
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
