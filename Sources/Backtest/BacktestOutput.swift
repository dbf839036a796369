import Glibc
import Replay
import TimeSeries

/// The files of a backtest; they get their names when they are complete.
final class BacktestOutput: Sendable {
  private let directory: String
  private let plans: [StreamPlan]

  /// - Throws: where the directory cannot be made.
  init(directory: String, plans: [StreamPlan]) throws(BacktestError) {
    self.directory = directory
    self.plans = plans
    do throws(ReplayError) {
      try OutputDirectory.make(directory)
    } catch {
      throw .file("\(error)")
    }
  }

  /// The table of the forecasts of one stream, written while the backtest runs.
  final class Table {
    private static let flushByteCount = 1 << 20
    private let table: ForecastTable
    private let file: PartFile
    private var pending: [UInt8] = []

    fileprivate init(path: String, plan: StreamPlan) throws(BacktestError) {
      table = ForecastTable(plan)
      do throws(ReplayError) {
        file = try PartFile(path: path)
      } catch {
        throw .file("\(error)")
      }
    }

    func append(
      _ forecast: ForecastRecorder.Matured, actuals: [Double]
    ) throws(BacktestError) {
      table.append(forecast, actuals: actuals, to: &pending)
      if pending.count >= Self.flushByteCount { try flush() }
    }

    private func flush() throws(BacktestError) {
      do throws(ReplayError) {
        try file.write(pending)
      } catch {
        throw .file("\(error)")
      }
      pending.removeAll(keepingCapacity: true)
    }

    func finish() throws(BacktestError) {
      try flush()
      do throws(ReplayError) {
        try file.finish()
      } catch {
        throw .file("\(error)")
      }
    }
  }

  func table(_ number: Int, _ plan: StreamPlan) throws(BacktestError) -> Table {
    try Table(path: partPath(number), plan: plan)
  }

  private func partPath(_ number: Int) -> String { "\(directory)/forecasts-\(number).csv" }

  /// Joins the streams' forecasts into one table.
  func finish() throws(BacktestError) {
    do throws(ReplayError) {
      let file = try PartFile(path: directory + "/forecasts.csv")
      try file.write(
        ForecastTable.header(quantiles: plans.first?.quantiles ?? []))
      for number in plans.indices { try file.append(contentsOf: partPath(number)) }
      try file.finish()
      for number in plans.indices { unlink(partPath(number)) }
    } catch {
      throw .file("\(error)")
    }
  }

  func write(_ name: String, _ bytes: [UInt8]) throws(BacktestError) {
    do throws(ReplayError) {
      let file = try PartFile(path: "\(directory)/\(name)")
      try file.write(bytes)
      try file.finish()
    } catch {
      throw .file("\(error)")
    }
  }
}
