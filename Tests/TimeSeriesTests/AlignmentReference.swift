import TimeSeries

/// Alignment the slow and obvious way: all readings are kept, and steps are made at the end.
struct AlignmentReference {
  struct Series {
    /// By bucket end; the readings in the order in which they came.
    var buckets: [Milliseconds: [(time: Milliseconds, value: Double)]] = [:]
    var newest = Milliseconds.min
    var newestBucket = Milliseconds.min
    var isCounter = false
  }

  let settings: AlignmentSettings
  var watermark = Milliseconds.min
  var rows: [Int: Int] = [:]
  var series: [Series] = []

  init(settings: AlignmentSettings) { self.settings = settings }

  mutating func add(_ point: SeriesPoint) -> PointOutcome {
    if let recordTime = point.recordTime, point.time > recordTime + settings.futureTolerance {
      return .future
    }
    watermark = max(watermark, point.time)
    if rows[point.series] == nil {
      rows[point.series] = series.count
      series.append(Series())
    }
    let row = rows[point.series]!
    let end = bucketEnd(point.time)
    if end + settings.allowedLateness <= watermark { return .late }
    if settings.closeOnArrival {
      if end == series[row].newestBucket { return .duplicate }
      if end < series[row].newestBucket { return .late }
      series[row].newestBucket = end
    }
    var readings = series[row].buckets[end] ?? []
    let isOlder = point.time < series[row].newest
    var outcome = isOlder ? PointOutcome.outOfOrder : .accepted
    let newest = readings.indices.max { readings[$0].time < readings[$1].time }
    if let newest, readings[newest].time == point.time {
      outcome = readings[newest].value == point.value ? .duplicate : .revised
      readings[newest].value = point.value
    } else {
      readings.append((point.time, point.value))
    }
    series[row].buckets[end] = readings
    series[row].newest = max(series[row].newest, point.time)
    series[row].isCounter = point.kind == .counter
    return outcome
  }

  /// All steps of a row that are due by the last watermark.
  func steps(row: Int) -> [Step] {
    let series = series[row]
    guard let first = series.buckets.keys.min(), let last = series.buckets.keys.max() else {
      return []
    }
    var end = first
    var steps: [Step] = []
    var gap = 0
    var previous: (time: Milliseconds, value: Double)?
    while true {
      let isDue = end + settings.allowedLateness <= watermark
      let isArrived = settings.closeOnArrival && end <= last
      guard isDue || isArrived else { return steps }
      if let readings = series.buckets[end] {
        var flags: Step.Flags = gap > settings.maximumGap ? .restart : []
        if gap > settings.maximumGap { previous = nil }
        let value = value(readings, isCounter: series.isCounter, previous: &previous)
        if value.isNaN { flags.insert(.valueless) }
        steps.append(Step(row: Int32(row), time: end, value: value, flags: flags))
        gap = 0
      } else {
        gap += 1
        if gap <= settings.maximumGap {
          steps.append(Step(row: Int32(row), time: end, value: .nan))
        }
      }
      end += settings.interval
    }
  }

  private func value(
    _ readings: [(time: Milliseconds, value: Double)], isCounter: Bool,
    previous: inout (time: Milliseconds, value: Double)?
  ) -> Double {
    let values = readings.map(\.value)
    let last = readings.max { $0.time < $1.time }!
    if settings.aggregation == .count { return Double(values.count) }
    if isCounter || settings.aggregation == .rate {
      defer { previous = last }
      guard let previous, last.value >= previous.value else { return .nan }
      return (last.value - previous.value) / (Double(last.time - previous.time) / 1000)
    }
    switch settings.aggregation {
    case .mean: return values.reduce(0, +) / Double(values.count)
    case .sum: return values.reduce(0, +)
    case .min: return values.min()!
    case .max: return values.max()!
    default: return last.value
    }
  }

  private func bucketEnd(_ time: Milliseconds) -> Milliseconds {
    var index = time / settings.interval
    if time % settings.interval < 0 { index -= 1 }
    return (index + 1) * settings.interval
  }
}
