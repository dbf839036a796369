package import TimeSeries

/// The settings that fix the form of a model. A change of any of them needs a new model.
package struct ModelSettings: Sendable, Equatable {
  /// Time from step to step, milliseconds.
  package var interval: Milliseconds
  /// Number of recent steps kept for each series. Default 256; the ring is longer if a season needs
  /// it.
  package var window: Int
  /// Season lengths in steps, ascending, at most two: a short and a long one. Default none.
  package var seasons: [Int]
  /// Number of steps of each forecast. Default 24.
  package var horizon: Int
  /// Levels that are computed, in (0, 1), ascending. A setting of the stream chooses which of them
  /// are published. Default `ForecastLevels.standard`.
  package var quantiles: [Double]
  /// Hidden units of each LSTM layer. Default 64.
  package var hiddenSize: Int
  /// Number of LSTM layers. Default 1.
  package var layerCount: Int
  /// Whether forecasts below zero are raised to zero. Default false.
  package var nonNegative: Bool
  /// The form of the network. Default: an LSTM with carried state and a residual head of quantiles.
  package var architecture: ModelArchitecture
  /// Time zone of the calendar features. Default UTC; `nil` if time is an index. An index has no
  /// calendar: phases of seasons are counted in steps, and no step is on a weekend.
  package var timeZone: TimeZoneRules?

  package init(
    interval: Milliseconds, window: Int = 256, seasons: [Int] = [], horizon: Int = 24,
    quantiles: [Double] = ForecastLevels.standard, hiddenSize: Int = 64, layerCount: Int = 1,
    nonNegative: Bool = false, architecture: ModelArchitecture = ModelArchitecture(),
    timeZone: TimeZoneRules? = .utc
  ) {
    self.interval = interval
    self.window = window
    self.seasons = seasons
    self.horizon = horizon
    self.quantiles = quantiles
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.nonNegative = nonNegative
    self.architecture = architecture
    self.timeZone = timeZone
  }

  /// Name of the calendar in files: a name of the tz database, or `index` if there is none.
  package var calendarName: String { timeZone?.name ?? "index" }

  /// Number of steps of the longest season that the ring can hold.
  package static var ringSeasonMaximum: Int { FeatureLayout.ringSeasonMaximum }

  /// Number of steps in the ring of a series: the window, or the longest season in the ring plus a
  /// horizon, if that is more. After a change to standard time a day is longer by what the clocks
  /// are changed.
  ///
  /// Seasons of more than `ringSeasonMaximum` steps (288) are kept as profiles instead.
  package var ringCapacity: Int {
    let held = seasons.last { $0 <= FeatureLayout.ringSeasonMaximum } ?? 0
    let civil = CivilSteps(interval: interval, season: held, zone: timeZone)
    return max(window, held + max(horizon, civil.yearlyChange + 1))
  }

  /// Number of observed steps after which the statistics of a series no longer count as warming up.
  package var warmingSteps: Int { max(32, seasons.first ?? 0) }

  /// - Throws: the first setting that is out of range.
  package func validate() throws(ForecastingError) {
    try require(interval > 0, "interval", "must be positive")
    try require((32...65536).contains(window), "window", "must be 32…65536 steps")
    try require(seasons.count <= 2, "seasons", "may hold at most two lengths")
    try require(
      seasons.allSatisfy { (2...16384).contains($0) }, "seasons", "must be 2…16384 steps each")
    try require(isAscending(seasons), "seasons", "must be ascending")
    try require((1...1024).contains(horizon), "horizon", "must be 1…1024 steps")
    try require((1...99).contains(quantiles.count), "quantiles", "must be 1…99 levels")
    try require(
      quantiles.allSatisfy { $0 > 0 && $0 < 1 }, "quantiles", "must be between 0 and 1")
    try require(isAscending(quantiles), "quantiles", "must be ascending")
    try require((1...1024).contains(hiddenSize), "hiddenSize", "must be 1…1024 units")
    try require((1...8).contains(layerCount), "layerCount", "must be 1…8 layers")
    try architecture.validate()
  }
}

func require(
  _ condition: Bool, _ name: String, _ reason: String
) throws(ForecastingError) {
  if !condition { throw .invalidSetting(name: name, reason: reason) }
}

private func isAscending<Value: Comparable>(_ values: [Value]) -> Bool {
  zip(values, values.dropFirst()).allSatisfy { $0 < $1 }
}
