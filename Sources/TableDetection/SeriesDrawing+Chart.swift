import Backtest
import Scores

extension SeriesDrawing {
  private static let width = 1040.0

  /// The values, the interval of their forecasts, the labels and the incidents.
  func seriesChart(name: String) -> Chart {
    let range = valueRange
    var chart = Chart(
      width: Self.width, height: 230, x: rowRange, y: range,
      description: "Values, intervals and incidents of \(name)")
    writeStripes(&chart)
    writeBands(&chart, within: range)
    chart.axes(x: [], y: Chart.ticks(range, count: 4), xTitle: "", yTitle: "value")
    chart.line(valuePoints, style: "actual")
    for incident in incidents {
      chart.dot(
        x: Double(incident.row), y: incident.value,
        style: incident.isRight ?? false ? "right" : "wrong", title: incident.title)
    }
    return chart
  }

  /// The score of each row, over the same places.
  func scoreChart(name: String) -> Chart {
    var chart = Chart(
      width: Self.width, height: 126, x: rowRange, y: 0...1,
      description: "Anomaly scores of \(name)")
    writeStripes(&chart)
    chart.axes(
      x: ticks.map { Chart.Tick(value: Double($0.row), label: $0.text) },
      y: [0, 0.5, 1].map { Chart.Tick(value: $0, label: Chart.shortNumber($0)) }, xTitle: "",
      yTitle: "score")
    chart.line(columns.map { (x: $0.row, y: $0.score) }, style: "score")
    return chart
  }

  private var rowRange: ClosedRange<Double> { 0...Double(max(1, rowCount - 1)) }

  /// Of the values, with a margin that shows intervals beyond them.
  private var valueRange: ClosedRange<Double> {
    let (low, high) = columns.reduce((Double.nan, Double.nan)) {
      (.minimum($0.0, $1.low), .maximum($0.1, $1.high))
    }
    guard low.isFinite, high.isFinite, (high - low).isFinite else { return 0...1 }
    let margin = (high - low) * 0.08
    return low - margin...high + margin
  }

  /// A line that reaches from the lowest to the highest value of each column.
  private var valuePoints: [(x: Double, y: Double)] {
    columns.flatMap { column in
      column.low == column.high
        ? [(x: column.row, y: column.low)]
        : [(x: column.row, y: column.low), (x: column.row, y: column.high)]
    }
  }

  private func writeStripes(_ chart: inout Chart) {
    guard let windows else { return }
    for window in windows.windows {
      chart.stripe(
        from: Double(window.lowerBound) - 0.5, to: Double(window.upperBound) + 0.5,
        style: "window", title: "window")
    }
    for run in windows.runs {
      chart.stripe(
        from: Double(run.lowerBound) - 0.5, to: Double(run.upperBound) + 0.5, style: "labelled",
        title: "labelled")
    }
  }

  private func writeBands(_ chart: inout Chart, within range: ClosedRange<Double>) {
    func clamped(_ value: Double) -> Double {
      min(max(value, range.lowerBound), range.upperBound)
    }
    var band: [(x: Double, low: Double, high: Double)] = []
    for column in columns {
      if column.lower.isFinite, column.upper.isFinite {
        band.append((x: column.row, low: clamped(column.lower), high: clamped(column.upper)))
      } else {
        chart.band(band, style: "band-80")
        band = []
      }
    }
    chart.band(band, style: "band-80")
  }
}
