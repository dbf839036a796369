import Glibc
import MetricFormats
import Scores

extension ReplayReport {
  /// The report for a terminal: a summary, and the series that went best and worst.
  ///
  /// - Parameter seriesMaximum: lines of each of the two tables.
  package func text(seriesMaximum: Int = 10) -> String {
    var lines = summary
    let ranked = comparedSeries.filter(\.score.ratio.isFinite).sorted {
      $0.score.ratio == $1.score.ratio
        ? $0.key < $1.key : $0.score.ratio < $1.score.ratio
    }
    if ranked.count <= 2 * seriesMaximum {
      lines += table(ranked, title: "series")
    } else {
      lines += table(Array(ranked.prefix(seriesMaximum)), title: "best \(seriesMaximum) series")
      lines += table(Array(ranked.suffix(seriesMaximum)), title: "worst \(seriesMaximum) series")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var summary: [String] {
    var lines = [
      "\(files) files, \(points) points, \(series.count) series in \(streams.count) streams, "
        + "\(steps) steps in \(number(seconds)) s",
      "\(forecastRecords) forecasts, \(anomalies) anomalies, \(missingValues) missing values, "
        + "\(deadLetters) dead letters",
    ]
    if !drops.isEmpty {
      let reasons = drops.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      lines.append("dropped: " + reasons.joined(separator: ", "))
    }
    lines += timeNotices.map { "notice: " + $0 }
    for stream in streams {
      let rounds = retrainings.filter { $0.stream == stream.name }
      let learned = rounds.filter { $0.skipped == nil }
      let losses = learned.last.map {
        ", last loss \(number($0.championLoss ?? .nan)) → \(number($0.challengerLoss))"
      }
      lines.append(
        "\(stream.name): \(learned.count) retrainings, \(learned.count { $0.isAdopted }) adopted"
          + (losses ?? ""))
      if learned.count < rounds.count {
        lines.append("  nothing to train on: every series had one value only")
      }
    }
    if !comparedSeries.isEmpty {
      lines.append(
        "median forecast better than seasonal naive on \(seriesBelowSeasonalNaive) of "
          + "\(comparedSeries.count) series; median error ratio \(number(medianRatio)); "
          + "80 % interval covers \(number(coverage * 100)) %")
    }
    return lines
  }

  private func table(_ rows: [Series], title: String) -> [String] {
    guard !rows.isEmpty else { return [] }
    let width = min(60, max(title.count, rows.map(\.key.count).max() ?? 0))
    let heading = ["steps", "anomalies", "MAE", "naive MAE", "ratio", "covered"]
    var lines = ["", padded(title, width) + heading.map { padded($0, -11) }.joined()]
    for row in rows {
      let cells = [
        "\(row.steps)", "\(row.anomalies)", number(row.score.median.mean),
        number(row.score.naive.mean), number(row.score.ratio),
        number(row.score.coverage.share * 100) + " %",
      ]
      lines.append(padded(row.key, width) + cells.map { padded($0, -11) }.joined())
    }
    return lines
  }

  /// Cut or filled to a width; filled in front where that is negative.
  private func padded(_ text: String, _ width: Int) -> String {
    let length = abs(width)
    let cut = text.count > length ? text.prefix(length - 1) + "…" : text[...]
    let blanks = String(repeating: " ", count: length - cut.count)
    return width < 0 ? blanks + cut : cut + blanks
  }

  /// Four significant digits.
  private func number(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    guard value != 0 else { return "0" }
    let digits = 3 - Int(log10(abs(value)).rounded(.down))
    guard digits > 0 else { return abs(value) < 1e15 ? "\(Int64(value.rounded()))" : "\(value)" }
    guard digits < 12 else { return "\(value)" }
    let scale = pow(10, Double(digits))
    return "\((value * scale).rounded() / scale)"
  }
}
