import Numerics
import TimeSeries

/// Passes through one history and writes its features and targets into one lane of training chunks,
/// with the functions that also compute the features of the stream.
struct HistoryLane {
  /// Number of values that must have been observed before a forecast is trained on or scored;
  /// before that the scale is not known.
  static let youngestOrigin: Int64 = 24
  /// Bound of targets, in units of the series: outliers are clipped here.
  static let targetMaximum = 200.0

  private let layout: FeatureLayout
  private var scaler = SeriesScaler()
  private var offsets: [Float]
  private var calendar = StepCalendar()
  private var values: [Double] = []
  private var firstTime: Milliseconds = 0
  /// Index of the next step of the history.
  private(set) var position = 0
  /// Index of the end: steps and targets from here on are not known.
  private(set) var end = 0
  /// Origins before this index are not scored.
  private var firstOrigin = 0

  init(layout: FeatureLayout) {
    self.layout = layout
    offsets = Array(repeating: .nan, count: layout.memorySize)
  }

  /// Unit of forecasts at the present position: the mean absolute seasonal difference, in the unit
  /// of the series.
  var unit: Double { scaler.scales.unit }

  /// Whether the end of the history is reached.
  var isFinished: Bool { position >= end }

  /// Starts a history that is known up to `end`, and moves to `start`.
  ///
  /// - Parameters:
  ///   - firstOrigin: index of the first origin that is scored.
  ///   - isMirrored: whether the sign of the values is turned.
  mutating func begin(
    _ series: TrainingDataset.Series, at start: Int, end: Int, firstOrigin: Int = 0,
    isMirrored: Bool = false
  ) {
    precondition(start >= 0 && end <= series.values.count)
    values = series.values
    if isMirrored {
      for index in values.indices { values[index].negate() }
    }
    firstTime = series.lastTime - Int64(series.values.count - 1) * layout.interval
    position = 0
    self.end = end
    self.firstOrigin = firstOrigin
    scaler = SeriesScaler()
    for index in offsets.indices { offsets[index] = .nan }
    skip(to: min(start, end))
  }

  /// Moves to `start` without writing features.
  private mutating func skip(to start: Int) {
    let layout = layout
    var scaler = scaler
    let from = position
    var calendar = calendar
    let firstTime = firstTime
    values.withUnsafeBufferPointer { values in
      offsets.withUnsafeMutableBufferPointer { offsets in
        guard let base = offsets.baseAddress else { return }
        var ring = SeriesRing(offsets: base, layout: layout, steps: from)
        for index in from..<max(from, start) {
          calendar.move(to: firstTime + Int64(index) * layout.interval, layout: layout)
          _ = acceptStep(
            layout, scaler: &scaler, ring: &ring, calendar: calendar, value: values[index])
        }
      }
    }
    self.scaler = scaler
    position = max(from, start)
  }

  /// Writes the next steps of the history into a lane of a chunk. Nothing counts beyond its end.
  ///
  /// - Returns: the number of targets that count.
  mutating func write(
    into chunk: ChunkPointers, lane: Int, positions: [Int]
  ) -> Int {
    let layout = layout
    var scaler = scaler
    var calendar = calendar
    let from = position
    let steps = min(chunk.steps, end - from)
    let (firstTime, end, firstOrigin) = (firstTime, end, firstOrigin)
    let counted = values.withUnsafeBufferPointer { values in
      offsets.withUnsafeMutableBufferPointer { offsets in
        guard let base = offsets.baseAddress else { return 0 }
        var ring = SeriesRing(offsets: base, layout: layout, steps: from)
        var counted = 0
        var next = 0
        for step in 0..<max(0, steps) {
          let index = from + step
          calendar.move(to: firstTime + Int64(index) * layout.interval, layout: layout)
          let input = acceptStep(
            layout, scaler: &scaler, ring: &ring, calendar: calendar, value: values[index])
          input.write(calendar, into: chunk.inputs(step: step, lane: lane))
          guard next < positions.count, positions[next] == step else { continue }
          if index >= firstOrigin, scaler.observed >= Self.youngestOrigin,
            !scaler.scales.isConstant
          {
            writeOrigin(
              layout, scaler: scaler, ring: ring, calendar: calendar,
              context: chunk.context(position: next, lane: lane),
              bases: chunk.bases(position: next, lane: lane))
            counted += Self.writeTargets(
              values, after: index, end: end, scaler: scaler, chunk, position: next, lane: lane)
          }
          next += 1
        }
        return counted
      }
    }
    self.scaler = scaler
    self.calendar = calendar
    position = from + max(0, steps)
    return counted
  }

  private static func writeTargets(
    _ values: UnsafeBufferPointer<Double>, after origin: Int, end: Int, scaler: SeriesScaler,
    _ chunk: ChunkPointers, position: Int, lane: Int
  ) -> Int {
    let targets = chunk.targets(position: position, lane: lane)
    let mask = chunk.mask(position: position, lane: lane)
    let unit = scaler.scales.unit
    var counted = 0
    for step in 0..<min(chunk.horizon, end - origin - 1) {
      let value = values[origin + 1 + step]
      guard value.isFinite else { continue }
      let target = ((value - scaler.anchor) - scaler.mean) / unit
      targets[step] = Float(min(max(target, -targetMaximum), targetMaximum))
      mask[step] = 1
      counted += 1
    }
    return counted
  }
}

/// Addresses of the parts of a chunk, valid while the chunk is neither moved nor used otherwise.
struct ChunkPointers {
  let steps: Int
  let batch: Int
  let horizon: Int
  private let contextSize: Int
  private let baseSize: Int
  private let inputs: UnsafeMutablePointer<Float>
  private let context: UnsafeMutablePointer<Float>
  private let bases: UnsafeMutablePointer<Float>
  private let targets: UnsafeMutablePointer<Float>
  private let mask: UnsafeMutablePointer<Float>

  init(_ chunk: inout ForecastTrainingChunk, layout: FeatureLayout) {
    steps = chunk.steps
    batch = chunk.batch
    horizon = layout.horizon
    contextSize = layout.contextSize
    baseSize = layout.baseCount * layout.horizon
    guard let inputs = chunk.inputs.mutable.baseAddress,
      let context = chunk.context.mutable.baseAddress,
      let bases = chunk.bases.mutable.baseAddress,
      let targets = chunk.targets.mutable.baseAddress,
      let mask = chunk.mask.mutable.baseAddress
    else { preconditionFailure("a FloatBuffer has an address, whatever its count") }
    self.inputs = inputs
    self.context = context
    self.bases = bases
    self.targets = targets
    self.mask = mask
  }

  func inputs(step: Int, lane: Int) -> UnsafeMutablePointer<Float> {
    inputs + (step * batch + lane) * FeatureLayout.inputSize
  }
  func context(position: Int, lane: Int) -> UnsafeMutablePointer<Float> {
    context + (position * batch + lane) * contextSize
  }
  func bases(position: Int, lane: Int) -> UnsafeMutablePointer<Float> {
    bases + (position * batch + lane) * baseSize
  }
  func targets(position: Int, lane: Int) -> UnsafeMutablePointer<Float> {
    targets + (position * batch + lane) * horizon
  }
  func mask(position: Int, lane: Int) -> UnsafeMutablePointer<Float> {
    mask + (position * batch + lane) * horizon
  }
}
