import TimeSeries

/// Splits the steps of a segment into rounds. A series occurs at most once in a round, and its
/// steps keep their order from round to round.
///
/// A segment in which no series closed two buckets makes one round. Buffers are reused.
struct StepRounds {
  /// Step numbers, round after round.
  private(set) var order: [Int32] = []
  /// Where each round ends in `order`.
  private(set) var ends: [Int] = []
  private var roundOfStep: [Int32] = []
  private var stepsOfRow: [Int32] = []

  /// - Parameters:
  ///   - rows: the row of each step.
  ///   - rowCount: one more than the largest row.
  mutating func arrange(rows: [Int32], rowCount: Int) {
    order.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    roundOfStep.removeAll(keepingCapacity: true)
    if stepsOfRow.count < rowCount {
      stepsOfRow.append(contentsOf: repeatElement(0, count: rowCount - stepsOfRow.count))
    }
    var roundCount: Int32 = 0
    for row in rows {
      let round = stepsOfRow[Int(row)]
      stepsOfRow[Int(row)] = round + 1
      roundOfStep.append(round)
      roundCount = max(roundCount, round + 1)
    }
    for row in rows { stepsOfRow[Int(row)] = 0 }
    placeByRound(count: rows.count, roundCount: Int(roundCount))
  }

  /// Makes a round of each run of steps of one time, in their order.
  mutating func arrange(times: some Sequence<Milliseconds>) {
    order.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    var former: Milliseconds?
    for (step, time) in times.enumerated() {
      if let former, former != time { ends.append(step) }
      former = time
      order.append(Int32(step))
    }
    if !order.isEmpty { ends.append(order.count) }
  }

  /// Sorts the steps by round with a counting sort. It is stable, so that steps keep their order
  /// within a round.
  private mutating func placeByRound(count: Int, roundCount: Int) {
    ends.append(contentsOf: repeatElement(0, count: roundCount))
    for round in roundOfStep { ends[Int(round)] += 1 }
    var start = 0
    for round in 0..<roundCount {
      let size = ends[round]
      ends[round] = start
      start += size
    }
    order.append(contentsOf: repeatElement(0, count: count))
    for (step, round) in roundOfStep.enumerated() {
      order[ends[Int(round)]] = Int32(step)
      ends[Int(round)] += 1
    }
  }

  var count: Int { ends.count }

  func range(ofRound round: Int) -> Range<Int> { (round == 0 ? 0 : ends[round - 1])..<ends[round] }
}
