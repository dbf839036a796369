package import TimeSeries

/// What the model keeps of every series of one stream in one partition: LSTM state, ring of recent
/// values, scaler, counters.
///
/// With the default model 1,993 bytes a series.
package struct SeriesStates: SeriesTable {
  static let counterWidth = 3
  static let scalerWidth = 5

  package let settings: ModelSettings
  let layout: FeatureLayout
  /// [stateSize]
  var hidden: Column<Float>
  /// [cellSize]; one unused element where the cell has no state beside h
  var cell: Column<Float>
  /// [capacity + profiles' slots] offsets from the anchor, NaN where missing
  var ring: Column<Float>
  /// [replaySteps, 2] `StepInput`s of the newest steps, at their number modulo replaySteps
  var inputs: Column<Int16>
  /// anchor, mean, variance, difference, last value
  var scalers: Column<Double>
  /// steps, observed, compared
  var counters: Column<Int64>
  var times: Column<Int64>
  /// 1 where the LSTM state is an earlier model's
  var stale: Column<UInt8>
  /// Rows that are stale.
  package internal(set) var staleCount = 0
  /// No row before this one is stale.
  var staleScan = 0

  package init(settings: ModelSettings) {
    self.settings = settings
    layout = FeatureLayout(settings)
    let shape = settings.networkShape
    hidden = Column(width: shape.stateSize, initial: 0)
    cell = Column(width: max(1, shape.cellSize), initial: 0)
    ring = Column(width: layout.memorySize, initial: .nan)
    inputs = Column(width: 2 * FeatureLayout.replaySteps, initial: 0)
    scalers = Column(width: Self.scalerWidth, initial: 0)
    counters = Column(width: Self.counterWidth, initial: 0)
    times = Column(width: 1, initial: .min)
    stale = Column(width: 1, initial: 0)
  }

  /// Bytes of all columns for one series.
  package var bytesPerSeries: Int {
    4 * (hidden.width + cell.width + ring.width) + 2 * inputs.width
      + 8 * (scalers.width + counters.width + 1) + 1
  }

  package var count: Int { times.elements.count }

  /// Steps taken, missing ones included.
  package func stepCount(_ row: Int) -> Int { Int(counters.elements[row * Self.counterWidth]) }

  /// Steps taken that had a value.
  package func observedCount(_ row: Int) -> Int {
    Int(counters.elements[row * Self.counterWidth + 1])
  }

  /// Event time of the newest step, `.min` before the first.
  package func lastTime(_ row: Int) -> Milliseconds { times.elements[row] }

  /// Whether two values were observed, the least from which level and spread can be told.
  package func canForecast(_ row: Int) -> Bool { observedCount(row) >= 2 }

  /// The numbers of those of the rows that can be forecast.
  package func selectForecastable(_ rows: [Int], into numbers: inout [Int]) {
    numbers.removeAll(keepingCapacity: true)
    for (number, row) in rows.enumerated() where canForecast(row) { numbers.append(number) }
  }

  /// Whether the series' statistics are too young to be relied on.
  package func isWarming(_ row: Int) -> Bool { observedCount(row) < settings.warmingSteps }

  /// Forgets the series' past: for a restart after a gap that is longer than what the ring holds, or
  /// for another series.
  package mutating func reset(row: Int) {
    if isStale(row) { staleCount -= 1 }
    resetColumns(row: row)
  }

  func scaler(_ row: Int) -> SeriesScaler {
    Self.loadScaler(row, scalers.elements, counters.elements)
  }

  @inline(__always)
  static func loadScaler(
    _ row: Int, _ scalers: UnsafePointer<Double>, _ counters: UnsafePointer<Int64>
  ) -> SeriesScaler {
    var scaler = SeriesScaler()
    let place = row * scalerWidth
    scaler.anchor = scalers[place]
    scaler.mean = scalers[place + 1]
    scaler.variance = scalers[place + 2]
    scaler.difference = scalers[place + 3]
    scaler.observed = counters[row * counterWidth + 1]
    scaler.compared = counters[row * counterWidth + 2]
    return scaler
  }
}
