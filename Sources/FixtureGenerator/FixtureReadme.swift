extension GeneratedFixture {
  /// Says what the fixture is, how it is made again, and what is true of every series.
  package func readme(_ format: FixtureFormat) -> String {
    var text = """
      # Generated metrics

      Made by, and made again byte for byte on any machine by

          \(command(format))

      - `\(format.fileName)`: \(format.summary);
        ordered by time, then by series. A missing value has no line. Numbers have
        \(FixtureNumber.significantDigits) significant digits, counts all of theirs.
      - `labels.csv`: `series,start,end,kind`, the anomalies; `start` and `end` are the times of the
        first and the last affected step. The first third of every series has none.
      - `events.csv`: the same for what happens without being an anomaly.

      \(specification.series) series of \(specification.steps) steps of \
      \(specification.intervalSeconds) s, from \(specification.timeText(ofStep: 0)) (UTC) on.

      | series | what it is | seasons | anomalies |
      |---|---|---|---|

      """
    for line in series {
      let kinds = line.anomalies.map { "\($0.kind.rawValue)" }.joined(separator: ", ")
      text += "| `\(line.name)` | \(line.shape.summary) | \(line.shape.seasons) | \(kinds) |\n"
    }
    text += "\n| anomaly | meaning |\n|---|---|\n"
    for kind in AnomalyKind.allCases { text += "| `\(kind.rawValue)` | \(kind.summary) |\n" }
    text += "\n| event | meaning |\n|---|---|\n"
    for kind in BenignKind.allCases { text += "| `\(kind.rawValue)` | \(kind.summary) |\n" }
    return text
  }

  private func command(_ format: FixtureFormat) -> String {
    var words = [
      "forecastd fixture generate --output DIR --seed \(specification.seed)",
      "--series \(specification.series) --steps \(specification.steps)",
      "--interval \(specification.intervalSeconds)s",
      "--start \(specification.timeText(ofStep: 0)) --format \(format.rawValue)",
    ]
    if specification.shapes != SeriesShape.allCases {
      words.append("--shapes " + specification.shapes.map(\.rawValue).joined(separator: ","))
    }
    return words.joined(separator: " ")
  }
}
