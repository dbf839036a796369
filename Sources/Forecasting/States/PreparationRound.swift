import TimeSeries

/// Which rows of a stream are prepared for a model that is not in use yet, and which are next.
///
/// A prepared row counts until its series takes another step, which changes its newest step's time.
struct PreparationRound: Sendable {
  /// The time of each row's newest step when the row was prepared.
  private var times: [Milliseconds] = []
  private var scan = 0

  func isCurrent(_ row: Int, time: Milliseconds) -> Bool {
    row < times.count && times[row] == time && time != .min
  }

  /// Number of rows that have a step and are not prepared.
  func missingCount(of states: SeriesStates) -> Int {
    (0..<states.count).count { row in
      let time = states.lastTime(row)
      return time != .min && !isCurrent(row, time: time)
    }
  }

  /// The next rows that are missing, at most so many, round and round; they count as prepared.
  mutating func next(_ most: Int, of states: SeriesStates) -> [Int] {
    let count = states.count
    if times.count < count {
      times.append(contentsOf: repeatElement(.min, count: count - times.count))
    }
    var chosen: [Int] = []
    var looked = 0
    while chosen.count < most, looked < count {
      if scan >= count { scan = 0 }
      let time = states.lastTime(scan)
      if time != .min, !isCurrent(scan, time: time) {
        chosen.append(scan)
        times[scan] = time
      }
      scan += 1
      looked += 1
    }
    return chosen
  }
}
