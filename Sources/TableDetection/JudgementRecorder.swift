import Detection
import Pipeline
import TimeSeries

/// Observes the steps of one table's series, and gives what the detector says of each to its row.
///
/// Each bucket closes with its first row, so steps with a value come in the order of these rows.
/// Rows between them were late, or not the first of their bucket.
final class JudgementRecorder: PipelineObserver {
  private let points: [(row: Int, end: Milliseconds)]
  private var next = 0
  private let firstRow: Int
  private(set) var judgements: [RowJudgement]
  private(set) var judgedCount = 0

  /// - Parameters:
  ///   - points: the row of each point, and the end of its bucket.
  ///   - firstRow: the first row that may be judged.
  init(points: [(row: Int, end: Milliseconds)], rowCount: Int, firstRow: Int) {
    self.points = points
    self.firstRow = firstRow
    judgements = Array(repeating: .none, count: rowCount)
  }

  func judged(
    series key: [UInt8], stream: String, time: Milliseconds, value: Double,
    verdict: AnomalyVerdict
  ) {
    guard !value.isNaN, let place = points[next...].firstIndex(where: { $0.end == time }) else {
      return
    }
    next = place + 1
    let row = points[place].row
    guard row >= firstRow else { return }
    judgements[row] = RowJudgement(verdict)
    judgedCount += 1
  }

  func step(series key: [UInt8], stream: String, time: Milliseconds, value: Double) {}

  func forecast(
    series key: [UInt8], stream: String, time: Milliseconds, values: UnsafeBufferPointer<Double>,
    network: UnsafeBufferPointer<Double>, forecaster: Forecaster, isWarming: Bool
  ) {}
}
