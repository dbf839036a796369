import TimeSeries

/// Alignment the slow and obvious way: all readings of all buckets are kept, and after each point the
/// buckets of every series are closed one by one.
struct AlignmentReference {
  struct Series {
    /// By bucket end; the readings in the order in which they came.
    var buckets: [Milliseconds: [(time: Milliseconds, value: Double)]] = [:]
    /// Buckets to this end are closed; `nil` before the first point.
    var closed: Milliseconds?
    var isActive = false
    var gap = 0
    var newest = Milliseconds.min
    var isCounter = false
    var previous: (time: Milliseconds, value: Double)?
    var steps: [Step] = []
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
    let passed = watermark == .min ? nil : boundary(watermark)
    if rows[point.series] == nil {
      rows[point.series] = series.count
      series.append(Series())
    }
    let row = rows[point.series]!
    let end = boundary(point.time, lateness: 0) + settings.interval
    let outcome = add(point, end: end, to: &series[row], passed: passed)
    watermark = max(watermark, point.time)
    // A series that begins behind the others has until time moves on.
    guard passed.map({ boundary(watermark) > $0 }) ?? true else { return outcome }
    for row in series.indices {
      close(&series[row], row: row, through: boundary(watermark))
    }
    return outcome
  }

  private func add(
    _ point: SeriesPoint, end: Milliseconds, to series: inout Series, passed: Milliseconds?
  ) -> PointOutcome {
    if let closed = series.closed, end <= closed {
      return settings.closeOnArrival && end == closed && series.gap == 0 ? .duplicate : .late
    }
    let open = Int64(settings.openBuckets) * settings.interval
    if !settings.closeOnArrival, !series.isActive, series.buckets.isEmpty {
      let begin = min(end - settings.interval, max(passed ?? .min, end - open))
      series.closed = max(series.closed ?? begin, begin)
    } else if !settings.closeOnArrival, let closed = series.closed {
      // The series' own points have passed these by the lateness.
      close(&series, row: rows[point.series]!, through: end - open)
      if !series.isActive { series.closed = max(closed, series.closed!, end - open) }
    }
    var readings = series.buckets[end] ?? []
    var outcome = point.time < series.newest ? PointOutcome.outOfOrder : .accepted
    if settings.closeOnArrival { outcome = .accepted }
    let newest = readings.indices.max { readings[$0].time < readings[$1].time }
    if let newest, readings[newest].time == point.time {
      outcome = readings[newest].value == point.value ? .duplicate : .revised
      readings[newest].value = point.value
    } else {
      readings.append((point.time, point.value))
    }
    series.buckets[end] = readings
    series.newest = max(series.newest, point.time)
    if outcome.isUsed { series.isCounter = point.kind == .counter }
    if settings.closeOnArrival { close(&series, row: rows[point.series]!, through: end) }
    return outcome
  }

  private func close(_ series: inout Series, row: Int, through last: Milliseconds) {
    while true {
      let first = series.buckets.keys.min()
      let next = series.isActive ? series.closed! + settings.interval : first ?? .max
      guard next <= last else { return }
      series.closed = next
      if let readings = series.buckets.removeValue(forKey: next) {
        var flags: Step.Flags = series.gap > settings.maximumGap ? .restart : []
        if flags.contains(.restart) { series.previous = nil }
        let former = series.previous
        let value = value(readings, isCounter: series.isCounter, previous: &series.previous)
        if value.isNaN { flags.insert(.valueless) }
        if value.isNaN, let former, let present = series.previous, present.value < former.value {
          flags.insert(.reset)
        }
        series.steps.append(Step(row: Int32(row), time: next, value: value, flags: flags))
        series.gap = 0
        series.isActive = true
      } else {
        series.gap += 1
        series.isActive = series.gap <= settings.maximumGap
        if series.isActive {
          series.steps.append(Step(row: Int32(row), time: next, value: .nan))
        }
      }
    }
  }

  private func boundary(_ time: Milliseconds, lateness: Milliseconds? = nil) -> Milliseconds {
    let time = time - (lateness ?? settings.allowedLateness)
    var index = time / settings.interval
    if time % settings.interval < 0 { index -= 1 }
    return index * settings.interval
  }

  /// All steps of a row that are due by the last watermark.
  func steps(row: Int) -> [Step] { series[row].steps }

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
}
