/// How the values of a generated fixture are written.
package enum FixtureFormat: String, CaseIterable, Sendable {
  case influx
  case telegraf
  case csv

  package var fileName: String {
    switch self {
    case .influx: "metrics.influx"
    case .telegraf: "metrics.jsonl"
    case .csv: "metrics.csv"
    }
  }

  package var summary: String {
    switch self {
    case .influx: "Influx line protocol: `SHAPE,series=NAME value=V NANOSECONDS`"
    case .telegraf:
      "Telegraf JSON, a metric a line: `name` is the shape, tag `series`, field `value`, "
        + "`timestamp` in seconds"
    case .csv: "long CSV: `series,time,value`"
    }
  }

  var header: String {
    self == .csv ? "series,time,value\n" : ""
  }

  /// Names consist of letters, digits and underscores, so none of the formats needs an escape.
  func append(
    _ value: Double, of series: GeneratedSeries, at seconds: Int64, timeText: String,
    to bytes: inout [UInt8]
  ) {
    let isInteger = series.shape.isInteger
    switch self {
    case .influx:
      bytes.append(
        contentsOf: "\(series.shape.rawValue),series=\(series.name) value=".utf8)
      FixtureNumber.append(value, isInteger: isInteger, to: &bytes)
      bytes.append(contentsOf: "\(isInteger ? "i" : "") \(seconds)000000000\n".utf8)
    case .telegraf:
      bytes.append(contentsOf: #"{"fields":{"value":"#.utf8)
      FixtureNumber.append(value, isInteger: isInteger, to: &bytes)
      let tail =
        #"},"name":"\#(series.shape.rawValue)","tags":{"series":"\#(series.name)"},"#
        + #""timestamp":\#(seconds)}"#
      bytes.append(contentsOf: tail.utf8)
      bytes.append(UInt8(ascii: "\n"))
    case .csv:
      bytes.append(contentsOf: "\(series.name),\(timeText),".utf8)
      FixtureNumber.append(value, isInteger: isInteger, to: &bytes)
      bytes.append(UInt8(ascii: "\n"))
    }
  }
}
