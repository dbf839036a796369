// The closing of buckets: which are due, in which order they close, and what step each becomes.

extension AlignmentTable {
  /// Whether `advance(to: watermark, …)` would close a bucket.
  ///
  /// - Complexity: O(1).
  package func isDue(at watermark: Milliseconds) -> Bool { watermark >= dueAt }

  /// Appends the rows that `advance` may change, and that must be remembered before it.
  ///
  /// - Complexity: O(rows).
  package func dueRows(into rows: inout [Int]) {
    let width = readings.width
    for row in 0..<count {
      let isFilled = readings.elements[row * width..<(row + 1) * width].contains { $0 > 0 }
      if isFilled || phase[row] == Phase.active { rows.append(row) }
    }
  }

  /// Closes every bucket of which the watermark has reached the end plus the allowed lateness.
  ///
  /// - Precondition: if `isDue`, the rows of `dueRows` are remembered.
  /// - Complexity: O(1) if nothing is due, otherwise O(rows) for each bucket boundary. Once all
  ///   series are dormant, the rest of a long jump is O(1).
  package mutating func advance(to watermark: Milliseconds, into steps: inout [Step]) {
    guard isDue(at: watermark) else { return }
    let target = AlignmentSettings.floor(
      watermark - settings.allowedLateness, to: settings.interval)
    var quietBoundaries = 0
    while closedThrough < target {
      let isQuiet = !closeBuckets(endingAt: closedThrough + settings.interval, into: &steps)
      closedThrough += settings.interval
      quietBoundaries = isQuiet ? quietBoundaries + 1 : 0
      // An active series changes at every boundary, unless it has closed later buckets already. No
      // bucket is further ahead than the width of a row. After that many boundaries without a
      // change, no series is active and no bucket is filled, so no later boundary changes anything.
      if quietBoundaries > readings.width { closedThrough = target }
    }
  }

  /// - Returns: whether any row changed.
  private mutating func closeBuckets(endingAt end: Milliseconds, into steps: inout [Step]) -> Bool {
    var hasChanged = false
    let slot = slot(of: end)
    for row in 0..<count where lastClosed[row] < end {
      let index = row * readings.width + slot
      if readings.elements[index] > 0 {
        closeFilled(row: row, end: end, index: index, into: &steps)
      } else if phase[row] == Phase.active {
        closeEmpty(row: row, end: end, into: &steps)
      } else {
        continue
      }
      hasChanged = true
    }
    return hasChanged
  }

  mutating func closeEmpty(row: Int, end: Milliseconds, into steps: inout [Step]) {
    lastClosed[row] = end
    missing[row] += 1
    if Int(missing[row]) > settings.maximumGap {
      phase[row] = Phase.dormant
      counterValue[row] = .nan
      counts.dormant += 1
    } else {
      steps.append(Step(row: Int32(row), time: end, value: .nan))
      counts.gaps += 1
    }
  }

  mutating func closeFilled(row: Int, end: Milliseconds, index: Int, into steps: inout [Step]) {
    var flags: Step.Flags = []
    if phase[row] == Phase.dormant {
      flags.insert(.restart)
      counts.restarts += 1
    }
    var value = takeValue(row: row, index: index)
    if value.isFinite {
      counts.steps += 1
    } else {
      value = .nan  // a sum beyond what a Float64 holds, or a counter without a rate
      flags.insert(.valueless)
      counts.valueless += 1
    }
    readings.elements[index] = 0
    phase[row] = Phase.active
    missing[row] = 0
    lastClosed[row] = end
    steps.append(Step(row: Int32(row), time: end, value: value, flags: flags))
  }

  private mutating func takeValue(row: Int, index: Int) -> Double {
    let readingCount = readings.elements[index]
    let newest = newestValue.elements[index]
    if settings.aggregation == .count { return Double(readingCount) }
    if settings.aggregation == .rate || isCounter[row] == 1 {
      return takeRate(row: row, time: newestTime.elements[index], value: newest)
    }
    if readingCount == 1 { return newest }
    let total = settings.aggregation.fold(earlier.elements[index], newest)
    return settings.aggregation == .mean ? total / Double(readingCount) : total
  }

  private mutating func takeRate(row: Int, time: Milliseconds, value: Double) -> Double {
    let previous = counterValue[row]
    let seconds = settings.rateTime(time - counterTime[row])
    counterValue[row] = value
    counterTime[row] = time
    guard !previous.isNaN else { return .nan }
    switch CounterChange(from: previous, to: value) {
    case .increase(let increase):
      return increase / seconds
    case .wrap(let increase):
      counts.wraps += 1
      return increase / seconds
    case .reset:
      counts.resets += 1
      return .nan
    }
  }
}
