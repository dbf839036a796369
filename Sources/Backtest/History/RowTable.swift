import MetricFormats
import Replay
package import TimeSeries

/// A table whose rows are series, as the M4 competition ships them: a header, then in each row the
/// series' name and its values, of which there may be fewer than columns.
///
/// - Source: Makridakis, Spiliotis & Assimakopoulos 2020, "The M4 Competition", Hourly-train.csv.
struct RowTable {
  private(set) var rows: [(name: String, values: [Double])] = []

  /// - Throws: where the file cannot be read or has a value that is no number.
  init(path: String) throws(BacktestError) {
    do throws(ReplayError) {
      let reader = LineReader(path: path, byteCount: try FileStatus(path).byteCount)
      var isHeader = true
      while let line = try reader.next() {
        if isHeader {
          isHeader = false
          continue
        }
        if line.allSatisfy({ $0 <= 0x20 }) { continue }
        rows.append(try Self.row(line, at: "\(path):\(reader.lineNumber)"))
      }
    } catch {
      throw .file("\(error)")
    }
    guard !rows.isEmpty else {
      throw .file("\(path): no series: the first line is a header, each further one a series")
    }
  }

  private static func row(
    _ line: UnsafeRawBufferPointer, at place: String
  ) throws(ReplayError) -> (name: String, values: [Double]) {
    var fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
      unquoted($0)
    }
    // Shorter series end in empty fields; empty ones between values are missing.
    while fields.count > 1, fields.last == "" { fields.removeLast() }
    var values: [Double] = []
    for field in fields.dropFirst() {
      let value = field.isEmpty || field == "NA" ? Double.nan : Double(field)
      guard let value else {
        throw .unreadable(path: place, reason: "'\(field)' is not a number")
      }
      values.append(value.isFinite ? value : .nan)
    }
    return (fields[0], values)
  }

  private static func unquoted(_ field: Slice<UnsafeRawBufferPointer>) -> String {
    var field = field
    while let first = field.first, first <= 0x20 { field.removeFirst() }
    while let last = field.last, last <= 0x20 { field.removeLast() }
    if field.count > 1, field.first == UInt8(ascii: "\""), field.last == UInt8(ascii: "\"") {
      field = field.dropFirst().dropLast()
    }
    return String(decoding: field, as: UTF8.self)
  }
}

extension History {
  /// Series without times. The rows of the first table are the past of the rows of the second, and
  /// all are forecast from one moment, the end of the past.
  ///
  /// - Parameter interval: time from step to step, which the tables do not have.
  /// - Throws: where a table cannot be read, or the second one lacks a series.
  package init(
    train: String, test: String, interval: Milliseconds
  ) throws(BacktestError) {
    let past = try RowTable(path: train)
    let future = try RowTable(path: test)
    let tests = Dictionary(future.rows.map { ($0.name, $0.values) }) { first, _ in first }
    let end = Self.untimedEnd(interval)
    var series: [Series] = []
    for (number, row) in past.rows.enumerated() {
      guard let targets = tests[row.name] else {
        throw .file("\(test): has no row '\(row.name)', which \(train) has")
      }
      let values = row.values + targets
      let known = values.indices.filter { values[$0].isFinite }
      var entry = Series(key: SeriesKey(canonical: row.name.utf8).canonical, kind: .gauge)
      entry.hasTimes = false
      entry.times = known.map { end + Milliseconds($0 - row.values.count) * interval }
      entry.values = known.map { values[$0] }
      // The rows of each series are counted separately.
      entry.files = [number]
      series.append(entry)
    }
    self.init(series: series)
    fileCount = 2
    testLength = past.rows.compactMap { tests[$0.name]?.count }.max()
  }

  /// The time at which the past of every series ends.
  package static func untimedEnd(_ interval: Milliseconds) -> Milliseconds { 1_000_000 * interval }
}
