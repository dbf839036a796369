import Backtest
import Glibc
import Replay
import TestSupport
import TimeSeries

/// Hourly series with a season of eight hours, quick to train on.
enum SampleHistory {
  static let start: Milliseconds = 1_600_000_000_000 / 3_600_000 * 3_600_000

  static func rows(_ count: Int, series: Int = 3) -> [[Double]] {
    var random = SplitMix(seed: 42)
    return (0..<count).map { row in
      (0..<series).map { number in
        let noise = random.uniform() - 0.5
        let phase = Double((row + number) % 8) / 8 * 2 * Double.pi
        return Double(number + 1) * (10 + 3 * sin(phase) + noise)
      }
    }
  }

  /// As a wide table.
  static func table(_ rows: [[Double]], names: [String]? = nil) -> String {
    let names = names ?? (rows.first ?? []).indices.map { "series\($0)" }
    var text = "Time," + names.joined(separator: ",") + "\n"
    for (row, values) in rows.enumerated() {
      text += "\(start + Milliseconds(row) * 3_600_000)"
      for value in values { text += value.isNaN ? "," : ",\(value)" }
      text += "\n"
    }
    return text
  }

  static func options(from: Int = 240) -> BacktestOptions {
    var options = BacktestOptions()
    options.seasons = .steps([8])
    options.horizon = 6
    options.from = .row(from)
    options.every = 5
    options.retrainEvery = 40
    return options
  }
}
