import TimeSeries

// Change to other seasons, which a training may have found in the data.

extension CalibrationTable {
  /// The seasons of the baselines, ascending.
  package var seasons: [Int] { [layout.shortSeason, layout.longSeason].filter { $0 > 0 } }

  /// An empty table whose baselines have other seasons; `takeOver` adds the series.
  package func emptied(seasons: [Int]) -> CalibrationTable {
    CalibrationTable(
      settings: settings, interval: layout.interval, seasons: seasons, horizon: layout.horizon,
      levels: (0..<layout.levelCount).map { layout.constants.levels[$0] },
      isNonNegative: layout.isNonNegative, timeZone: layout.timeZone)
  }

  /// Copies series from the table that this one was emptied from: the shifts, widenings, spreads,
  /// running losses and choices of each series, and the coverage of all. Baselines with a season
  /// start anew.
  ///
  /// - Precondition: no row is remembered.
  package mutating func takeOver(rows: some Sequence<Int>, from former: CalibrationTable) {
    coverage = former.coverage
    for row in rows {
      while count <= row { appendRow() }
      // Widenings, losses and spreads come first, and have the same places in both tables.
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
