// The closing of buckets: which are due, in which order they close, and what step each becomes.

extension AlignmentTable {
  /// The watermark at which the next bucket of any series closes; `.max` if no bucket waits.
  ///
  /// - Complexity: O(1) while a series is active and not ahead, otherwise O(rows).
  package func nextClosing() -> Milliseconds {
    guard !settings.timeIsIndex else { return .max }
    let first = closedThrough + settings.interval
    var earliest = Milliseconds.max
    for row in 0..<count {
      guard let end = nextEnd(row: row) else { continue }
      if end <= first { return first + settings.allowedLateness }
      earliest = min(earliest, end)
    }
    return earliest == .max ? .max : earliest + settings.allowedLateness
  }

  /// Appends rows whose buckets close at the boundary that is due at `watermark`, in the order of
  /// rows, where the last call ended.
  ///
  /// - Precondition: `watermark` is at most `nextClosing()`.
  package mutating func dueRows(
    at watermark: Milliseconds, atMost limit: Int, into rows: inout [Int]
  ) {
    let end = boundary(at: watermark)
    while nextRow < count, rows.count < limit {
      if let next = nextEnd(row: nextRow), next <= end { rows.append(nextRow) }
      nextRow += 1
    }
  }

  /// Closes the buckets of these rows that end at the boundary that is due at `watermark`, or
  /// before.
  ///
  /// - Parameters:
  ///   - rows: of `dueRows`, and remembered.
  ///   - target: the watermark to which time moves now. Of the masked steps in a row that end on the
  ///     way, all but the last are marked as superseded.
  ///   - isSilent: whether time moves because nothing comes. All masked steps are marked as superseded
  ///     then, if the gap has had its forecast.
  /// - Returns: whether the boundary is done in all rows.
  package mutating func close(
    _ rows: [Int], at watermark: Milliseconds, target: Milliseconds, isSilent: Bool = false,
    into steps: inout [Step]
  ) -> Bool {
    let end = boundary(at: watermark)
    let passage = Passage(last: boundary(at: target), isSilent: isSilent)
    for row in rows { closeBuckets(row: row, through: end, in: passage, into: &steps) }
    guard nextRow >= count else { return false }
    nextRow = 0
    closedThrough = max(closedThrough, end)
    return true
  }

  /// Closes all buckets that are due at `watermark`, for an owner that undoes nothing.
  package mutating func advance(to watermark: Milliseconds, into steps: inout [Step]) {
    while dueAt <= watermark {
      let due = min(nextClosing(), watermark)
      var rows: [Int] = []
      dueRows(at: due, atMost: .max, into: &rows)
      _ = close(rows, at: due, target: watermark, into: &steps)
    }
  }

  /// The newest boundary that is due.
  private func boundary(at watermark: Milliseconds) -> Milliseconds {
    AlignmentSettings.floor(watermark - settings.allowedLateness, to: settings.interval)
  }

  /// The end of the series' next bucket to close: the next one of an active series, or the first
  /// with a point.
  private func nextEnd(row: Int) -> Milliseconds? {
    if isActive(row: row) { return lastClosed[row] + settings.interval }
    let filled = firstFilledEnd(row: row)
    return phase[row] == Phase.asleep ? min(filled ?? .max, counterTime[row]) : filled
  }

  private func firstFilledEnd(row: Int) -> Milliseconds? {
    let start = row * readings.width
    var first: Milliseconds?
    for index in start..<start + readings.width where readings.elements[index] > 0 {
      let end = settings.bucketEnd(of: newestTime.elements[index])
      if first.map({ end < $0 }) ?? true { first = end }
    }
    return first
  }

  // MARK: - One series

  /// What moves time past buckets.
  private struct Passage {
    /// The newest boundary on the way.
    var last: Milliseconds
    /// Whether time moves because nothing comes.
    var isSilent = false
  }

  /// Whether a point of this time would close buckets of the series, or begin it.
  package func closesBuckets(row: Int, time: Milliseconds) -> Bool {
    guard isActive(row: row) else { return true }
    return settings.bucketEnd(of: time)
      > lastClosed[row] + Int64(settings.openBuckets) * settings.interval
  }

  /// Gives the bucket that ends at `end` a place in the row. Buckets close that the series' own
  /// points have passed by the lateness; where the horizon holds them, a spare place may do.
  ///
  /// - Returns: whether there is a place.
  mutating func makeRoom(
    row: Int, end: Milliseconds, horizon: Milliseconds, into steps: inout [Step]
  ) -> Bool {
    let earliest = end - Int64(readings.width) * settings.interval
    // What the series' own points have passed, and no other channel can bring any more.
    let passed = min(
      end - Int64(settings.openBuckets) * settings.interval,
      AlignmentSettings.floor(
        max(horizon, AlignmentSettings.validTimes.lowerBound) - settings.allowedLateness,
        to: settings.interval))
    if !isActive(row: row), firstFilledEnd(row: row) == nil {
      // A series that begins, or comes back, has no bucket to wait for.
      let begin = min(end - settings.interval, max(closedThrough, passed))
      guard begin >= earliest || lastClosed[row] >= earliest else { return false }
      if phase[row] == Phase.asleep { phase[row] = Phase.dormant }
      lastClosed[row] = max(lastClosed[row], begin)
      return true
    }
    if lastClosed[row] < passed {
      closeBuckets(row: row, through: passed, in: Passage(last: passed), into: &steps)
      lastClosed[row] = max(lastClosed[row], passed)
    }
    return lastClosed[row] >= earliest
  }

  /// Closes the missing buckets of a series whose buckets close on arrival.
  mutating func closeBuckets(row: Int, before end: Milliseconds, into steps: inout [Step]) {
    guard isActive(row: row) else { return }
    let last = end - settings.interval
    closeBuckets(row: row, through: last, in: Passage(last: last), into: &steps)
  }

  /// Closes the series' buckets up to and including the one that ends at `through`.
  ///
  /// - Complexity: O(buckets), but O(1) for those that pass while the series is dormant.
  private mutating func closeBuckets(
    row: Int, through: Milliseconds, in passage: Passage, into steps: inout [Step]
  ) {
    while let end = nextEnd(row: row), end <= through {
      let index = row * readings.width + slot(of: end)
      if isFilled(index, end: end) {
        closeFilled(row: row, end: end, index: index, into: &steps)
      } else {
        closeEmpty(row: row, end: end, in: passage, into: &steps)
      }
    }
  }

  private func isFilled(_ index: Int, end: Milliseconds) -> Bool {
    readings.elements[index] > 0 && settings.bucketEnd(of: newestTime.elements[index]) == end
  }

  private mutating func closeEmpty(
    row: Int, end: Milliseconds, in passage: Passage, into steps: inout [Step]
  ) {
    if phase[row] == Phase.asleep { return wake(row: row, end: end, into: &steps) }
    lastClosed[row] = end
    missing[row] += 1
    if Int(missing[row]) > settings.maximumGap {
      phase[row] = Phase.dormant
      counterValue[row] = .nan
      counts.dormant += 1
      sleep(row: row, at: end)
      return
    }
    let next = end + settings.interval
    let isNewest =
      next > passage.last || Int(missing[row]) == settings.maximumGap
      || isFilled(row * readings.width + slot(of: next), end: next)
    let isShown = isNewest && (!passage.isSilent || phase[row] == Phase.active)
    if isShown { phase[row] = Phase.missing }
    steps.append(
      Step(row: Int32(row), time: end, value: .nan, flags: isShown ? [] : .superseded))
    counts.gaps += 1
  }

  mutating func closeFilled(row: Int, end: Milliseconds, index: Int, into steps: inout [Step]) {
    var flags: Step.Flags = []
    if isDormant(row: row) {
      flags.insert(.restart)
      counts.restarts += 1
    }
    let resets = counts.resets
    let readingCount = UInt16(clamping: readings.elements[index])
    var value = takeValue(row: row, index: index)
    if counts.resets > resets { flags.insert(.reset) }
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
    steps.append(
      Step(row: Int32(row), time: end, value: value, flags: flags, readings: readingCount))
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
