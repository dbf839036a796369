import CommandLineInterface
import Glibc
import MetricFormats
import Pipeline
import TimeSeries

extension BacktestReport {
  /// The report for a terminal.
  ///
  /// - Parameter width: columns that it may take; `nil` is without bound.
  package func text(width: Int? = nil) -> String {
    let accuracy = overall
    var lines = [
      "\(series.count) series, \(pointCount) points, \(forecastCount) forecasts, "
        + "\(accuracy.targets) values compared in \(Self.number(seconds, 1)) s; seed "
        + "\(options.seed)"
    ]
    if unusableValues > 0 { lines.append("\(unusableValues) values could not be read") }
    lines += timeNotices.map { "notice: " + $0 }
    let adopted = retrainings.count { $0.isAdopted }
    lines.append("\(retrainings.count) trainings, \(adopted) adopted")
    for result in streams {
      lines.append(
        "\(result.plan.stream.name): \(result.plan.series.count) series, seasons \(result.seasonText)"
      )
    }
    lines += [""] + table(accuracy).lines(width: width) + [""]
    if !accuracy.forecasters.isEmpty {
      lines.append(
        "forecasts by: "
          + accuracy.forecasters.map { "\($0.forecaster.title) \(Self.percent($0.share))" }
          .joined(separator: ", "))
    }
    if let worst = accuracy.worst {
      lines.append("worst series: \(worst.series), MASE \(Self.number(worst.scaledError, 3))")
    }
    if let furthest = accuracy.furthestCoverage {
      lines.append(
        "80 % interval furthest from 80 %: \(furthest.series), "
          + "\(Self.percent(furthest.coverage)) covered")
    }
    return lines.map { Terminal.sanitized($0) }.joined(separator: "\n") + "\n"
  }

  private func table(_ accuracy: Accuracy) -> TextTable {
    var table = TextTable([
      TextTable.Column(""), TextTable.Column("MASE", .right), TextTable.Column("mWQL", .right),
      TextTable.Column("covered 80 %", .right), TextTable.Column("covered 95 %", .right),
      TextTable.Column("loss ratio", .right),
    ])
    table.append([
      accuracy.published.title, Self.number(accuracy.published.scaledError, 3),
      Self.number(accuracy.published.weightedLoss, 3),
      accuracy.coverage80.map(Self.percent) ?? "", accuracy.coverage95.map(Self.percent) ?? "", "",
    ])
    for baseline in [accuracy.network] + accuracy.baselines {
      table.append([
        baseline.title, Self.number(baseline.scaledError, 3),
        Self.number(baseline.weightedLoss, 3), "", "", Self.number(baseline.lossRatio, 3),
      ])
    }
    return table
  }

  package static func percent(_ share: Double) -> String { number(share * 100, 1) + " %" }

  /// With so many decimals, or a dash where it is not known.
  package static func number(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return "–" }
    let scale = pow(10, Double(decimals))
    let scaled = (abs(value) * scale).rounded()
    // Beyond that a Double has no such decimals.
    guard scaled < 1e15 else { return "\(value)" }
    let digits = String(Int64(scaled))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "-" : ""
    return decimals == 0
      ? sign + padded : "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
  }
}
