import TimeSeries

extension SeriesStates {
  /// The same series with another model's seasons: ring, scaler and inputs come out of the values
  /// that the ring has, as if these were all there had been; LSTM states are stale.
  ///
  /// - Precondition: no row is remembered.
  /// - Complexity: O(rows · capacity), about 3 µs a row.
  package func rebuilt(for settings: ModelSettings) -> SeriesStates {
    var rebuilt = SeriesStates(settings: settings)
    for _ in 0..<count { rebuilt.appendRow() }
    let (old, new) = (layout, rebuilt.layout)
    withReadPointers { source in
      rebuilt.withPointers { target in
        var calendar = StepCalendar()
        for row in 0..<count {
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
          let last = row * Self.scalerWidth + 4
          target.scalers[last] = source.scalers[last]
        }
      }
    }
    rebuilt.markStale()
    return rebuilt
  }
}
