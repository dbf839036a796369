import TimeSeries

/// Which steps of the histories are trained on and which are held out, by one point in time for all
/// series: everything held out is later than everything trained on.
struct TrainingSplit {
  /// Newest time that may be a target of training.
  let cut: Milliseconds
  /// Steps of each series up to the cut.
  let trainEnds: [Int]
  /// Series with steps after the cut.
  let heldOut: [Int]
  /// Newest time trained on.
  let trainedThrough: Milliseconds
  let evaluatedFrom: Milliseconds
  let evaluatedThrough: Milliseconds

  /// Nil where the histories do not reach for both.
  ///
  /// The held-out stretch is a share of the longest history, between two horizons and a long season
  /// or eight horizons: long enough to tell models apart, short enough to leave the newest data.
  init?(_ dataset: TrainingDataset, model: ModelSettings, settings: TrainingSettings) {
    guard let newest = dataset.newestTime, dataset.longestHistory >= settings.minimumHistory
    else { return nil }
    let longest = dataset.longestHistory
    let most = max(model.seasons.last ?? 0, 8 * model.horizon)
    let share = Int(Double(longest) * settings.holdoutShare)
    let length = min(max(min(share, most), 2 * model.horizon), longest / 3)
    let interval = dataset.interval
    let cut = newest - Int64(length) * interval
    self.cut = cut
    trainEnds = dataset.series.map { Self.steps(of: $0, upTo: cut, interval: interval) }
    let ends = trainEnds
    heldOut = dataset.series.indices.filter { index in
      ends[index] > 0 && ends[index] < dataset.series[index].values.count
    }
    func time(_ index: Int, _ step: Int) -> Milliseconds {
      let series = dataset.series[index]
      return series.lastTime - Int64(series.values.count - 1 - step) * interval
    }
    let trained = dataset.series.indices.filter { ends[$0] > 0 }.map { time($0, ends[$0] - 1) }
    guard let trainedThrough = trained.max(),
      let evaluatedFrom = heldOut.map({ time($0, ends[$0]) }).min(),
      let evaluatedThrough = heldOut.map({ dataset.series[$0].lastTime }).max()
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
