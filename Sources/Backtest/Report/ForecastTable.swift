import TimeSeries

/// Writes forecasts as rows of `forecasts.csv`: `series,origin,step,time,actual,q0.1,…,forecaster`.
///
/// Numbers are the shortest texts that read back as the same Float64, so that scores computed from
/// the table are those of the report.
struct ForecastTable {
  private let plan: StreamPlan
  private let names: [[UInt8]]

  init(_ plan: StreamPlan) {
    self.plan = plan
    names = plan.series.map { Self.field($0.source.name) }
  }

  static func header(quantiles: [Double]) -> [UInt8] {
    let levels = quantiles.map { "q\($0)" }
    return Array(
      (["series,origin,step,time,actual"] + levels + ["forecaster"]).joined(separator: ",").utf8)
      + [UInt8(ascii: "\n")]
  }

  /// - Parameter actuals: values of the forecast's series by row.
  func append(
    _ forecast: ForecastRecorder.Matured, actuals: [Double], to bytes: inout [UInt8]
  ) {
    let window = plan.windows[plan.series[forecast.series].window]
    let levels = plan.quantiles.count
    for step in 1...window.horizon {
      let row = forecast.origin + step
      bytes.append(contentsOf: names[forecast.series])
      append(forecast.origin, to: &bytes)
      append(step, to: &bytes)
      bytes.append(UInt8(ascii: ","))
      window.group.appendTime(ofRow: row, to: &bytes)
      bytes.append(UInt8(ascii: ","))
      if actuals[row].isFinite { bytes.append(contentsOf: actuals[row].description.utf8) }
      for level in 0..<levels {
        bytes.append(UInt8(ascii: ","))
        bytes.append(
          contentsOf: forecast.values[(step - 1) * levels + level].description.utf8)
      }
      bytes.append(UInt8(ascii: ","))
      bytes.append(contentsOf: forecast.forecaster.name.description.utf8)
      bytes.append(UInt8(ascii: "\n"))
    }
  }

  private func append(_ number: Int, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: ","))
    bytes.append(contentsOf: number.description.utf8)
  }

  /// Quoted where the table needs it.
  private static func field(_ text: String) -> [UInt8] {
    guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else {
      return Array(text.utf8)
    }
    var bytes = [UInt8(ascii: "\"")]
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") { bytes.append(byte) }
      bytes.append(byte)
    }
    bytes.append(UInt8(ascii: "\""))
    return bytes
  }
}
