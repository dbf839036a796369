// Other seasons, which a stream's model may have found in the data.

extension CalibrationTable {
  /// The seasons that the baselines have, ascending.
  package var seasons: [Int] { [layout.shortSeason, layout.longSeason].filter { $0 > 0 } }

  /// The same series with baselines of other seasons: what was learned about levels, intervals and who
  /// forecasts best is kept, baselines with a season begin anew.
  package func rebuilt(seasons: [Int]) -> CalibrationTable {
    var table = CalibrationTable(
      settings: settings, interval: layout.interval, seasons: seasons, horizon: layout.horizon,
      levels: (0..<layout.levelCount).map { layout.constants.levels[$0] },
      isNonNegative: layout.isNonNegative)
    table.coverage = coverage
    for row in 0..<count {
      table.appendRow()
      // Corrections, losses and spreads come first and have the same places.
      let common = layout.profileOffset
      let source = row * numbers.width
      let target = row * table.numbers.width
      table.numbers.elements.replaceSubrange(
        target..<target + common, with: numbers.elements[source..<source + common])
      table.counts.elements[row * counts.width] = counts.elements[row * counts.width]
    }
    table.shifts.elements = shifts.elements
    table.choice.elements = choice.elements
    return table
  }
}
