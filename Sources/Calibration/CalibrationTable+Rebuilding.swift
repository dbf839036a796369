import TimeSeries

// Other seasons, which a stream's model may have found in the data.

extension CalibrationTable {
  /// The seasons that the baselines have, ascending.
  package var seasons: [Int] { [layout.shortSeason, layout.longSeason].filter { $0 > 0 } }

  /// A table without series for baselines of other seasons; `takeOver` brings the series.
  package func emptied(seasons: [Int]) -> CalibrationTable {
    CalibrationTable(
      settings: settings, interval: layout.interval, seasons: seasons, horizon: layout.horizon,
      levels: (0..<layout.levelCount).map { layout.constants.levels[$0] },
      isNonNegative: layout.isNonNegative)
  }

  /// Takes series over from the table that this one was emptied from: what was learned about
  /// levels, intervals and who forecasts best, and of all series together the coverage; baselines
  /// with a season begin anew.
  ///
  /// - Precondition: no row is remembered.
  package mutating func takeOver(rows: some Sequence<Int>, from former: CalibrationTable) {
    coverage = former.coverage
    for row in rows {
      while count <= row { appendRow() }
      // Corrections, losses and spreads come first and have the same places.
      let common = layout.places.profile
      let source = row * former.learned.width
      let target = row * learned.width
      for place in 0..<common {
        learned.elements[target + place] = former.learned.elements[source + place]
      }
      counts.elements[row * counts.width] = former.counts.elements[row * counts.width]
      for place in row * shifts.width..<(row + 1) * shifts.width {
        shifts.elements[place] = former.shifts.elements[place]
      }
      for place in row * choice.width..<(row + 1) * choice.width {
        choice.elements[place] = former.choice.elements[place]
      }
    }
  }
}
