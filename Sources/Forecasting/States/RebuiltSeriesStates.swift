import TimeSeries

/// All states of a stream's series, rebuilt for a model with other seasons that is not in use yet.
///
/// Other seasons need rings, scalers and inputs of another form. Those of a series are built from
/// the values in its ring, as if there had been no others. So they depend on the series' state
/// alone, and not on when they are built. A cache, as `ReplayedHiddenStates` is.
package struct RebuiltSeriesStates: Sendable {
  package let model: ForecastModel
  package private(set) var states: SeriesStates
  private var round = PreparationRound()

  package init(_ model: ForecastModel) {
    self.model = model
    states = SeriesStates(settings: model.settings)
  }

  /// Rows without a state that would count now.
  package func missingCount(of former: SeriesStates) -> Int { round.missingCount(of: former) }

  /// Rebuilds the next rows that are missing, round and round, and replays their LSTM states.
  ///
  /// - Returns: the rows.
  /// - Precondition: as for `ReplayedHiddenStates.prepare`.
  package mutating func prepare(
    atMost count: Int, of former: SeriesStates, workspace: inout ForecastingWorkspace
  ) -> [Int] {
    let rows = round.next(count, of: former)
    take(rows, of: former)
    states.rewarm(rows: rows, model: model, workspace: &workspace)
    return rows
  }

  /// Rebuilds all series that are missing; their LSTM states are stale.
  ///
  /// - Returns: the rows.
  /// - Precondition: no row is remembered.
  package mutating func complete(of former: SeriesStates) -> [Int] {
    let missing = (0..<former.count).filter {
      !round.isCurrent($0, time: former.lastTime($0))
    }
    take(missing, of: former)
    for row in missing { states.stale.elements[row] = 1 }
    states.recountStale()
    return missing
  }

  private mutating func take(_ rows: [Int], of former: SeriesStates) {
    guard let last = rows.max() else { return }
    while states.count <= last { states.appendRow() }
    for row in rows { states.reset(row: row) }
    states.rebuild(rows: rows, from: former)
  }
}

extension SeriesStates {
  /// Builds rows from the same series' states under other seasons. Their LSTM states are left
  /// stale.
  ///
  /// - Complexity: O(rows · capacity), about 3 µs a row.
  fileprivate mutating func rebuild(rows: some Sequence<Int>, from states: SeriesStates) {
    let (old, new) = (states.layout, layout)
    states.withReadPointers { source in
      withPointers { target in
        var calendar = StepCalendar()
        for row in rows {
          let past = source.ring(row, old)
          let anchor = source.scaler(row).anchor
          var scaler = SeriesScaler()
          var ring = target.ring(row, new)
          for back in (0..<past.count).reversed() {
            let offset = past.offset(back: back)
            calendar.move(to: source.times[row] - Int64(back) * old.interval, layout: new)
            let step = ring.steps
            let input = acceptStep(
              new, scaler: &scaler, ring: &ring, calendar: calendar,
              value: offset.isNaN ? .nan : anchor + Double(offset))
            target.store(input, row: row, step: step)
          }
          target.store(scaler, ring: ring, row: row)
          target.times[row] = source.times[row]
          target.store(lastValue: source.lastValue(row), row: row)
        }
      }
    }
  }
}
