import Backtest
import Replay
import TimeSeries

/// A table of one series in memory, a row for each line behind the header that is not blank.
///
/// The detector gets `points`, which are read from the columns of time and value alone. The labels
/// are for scores.
struct LabelledTable: Sendable {
  /// A row that has both a time and a value.
  struct UsablePoint: Sendable {
    var row: Int
    var time: Milliseconds
    var value: Double
  }

  /// Number of first rows that show the interval of a series. They are not judged, so that what is
  /// said of a row never follows from a later one.
  static let surveyedRows = 33

  private let bytes: [UInt8]
  /// The fields of time and value of each row, as they are written.
  private var fields: [(time: Range<Int>, value: Range<Int>)] = []
  private(set) var points: [UsablePoint] = []
  /// False where the rows are only numbered.
  private(set) var hasTimes = true
  /// `nil` if the table has no labels.
  private(set) var labels: [Bool]?

  var rowCount: Int { fields.count }

  func time(ofRow row: Int) -> ArraySlice<UInt8> { bytes[fields[row].time] }
  func value(ofRow row: Int) -> ArraySlice<UInt8> { bytes[fields[row].value] }

  /// - Parameter path: names the table in errors.
  /// - Throws: where the first line is not a header.
  init(_ bytes: [UInt8], path: String) throws(BacktestError) {
    self.bytes = bytes
    var lines = Lines(bytes)
    guard let first = lines.next() else { throw .file("\(path): the file is empty") }
    let header = try TableHeader(bytes[first], path: path)
    if header.label != nil { labels = [] }
    /// Numbers of the rows that have all fields.
    var wholeRows: [Int] = []
    while let line = lines.next() {
      let raw = RawFields(bytes[line])
      let isWhole = raw.isWellFormed && raw.ranges.count == header.columnCount
      if isWhole { wholeRows.append(fields.count) }
      let none = line.upperBound..<line.upperBound
      func field(_ column: Int) -> Range<Int> {
        raw.ranges.indices.contains(column) ? raw.ranges[column] : none
      }
      fields.append((field(header.time), field(header.value)))
      if let column = header.label { labels?.append(Self.isSet(bytes[field(column)])) }
    }
    do throws(CSVError) {
      try readPoints(wholeRows)
    } catch {
      throw .file("\(path):1: \(error)")
    }
  }

  /// The end of each point's bucket, and the row.
  func bucketEnds(_ alignment: AlignmentSettings) -> [(row: Int, end: Milliseconds)] {
    points.filter { AlignmentSettings.validTimes.contains($0.time) }.map {
      ($0.row, alignment.bucketEnd(of: $0.time))
    }
  }

  /// The interval that the first rows show.
  var interval: Milliseconds {
    guard hasTimes else { return CSVTimes.indexInterval }
    var sampling = SamplingInterval()
    for point in points.prefix(while: { $0.row < Self.surveyedRows }) {
      sampling.observe(point.time)
    }
    return sampling.rounded ?? 60_000
  }

  private static func isSet(_ field: ArraySlice<UInt8>) -> Bool {
    let text = RawFields.text(field)
    if let number = Double(text) { return number.isFinite && number != 0 }
    return ["true", "yes"].contains(text.lowercased())
  }

  // MARK: - Points

  private mutating func readPoints(_ rows: [Int]) throws(CSVError) {
    let surveyed = rows.prefix { $0 < Self.surveyedRows }
    let times = try CSVReader(contents: columns(surveyed), seriesName: "value").times
    hasTimes = times.areReal
    var reader = try CSVReader(contents: columns(rows[...]), seriesName: "value", times: times)
    var batch = PointBatch()
    _ = reader.read(rowCountMaximum: rows.count, into: &batch)
    points = batch.points.map {
      UsablePoint(row: rows[Int($0.message)], time: $0.time, value: $0.value)
    }
  }

  /// A table of the times and values of some rows.
  private func columns(_ rows: ArraySlice<Int>) -> [UInt8] {
    var table = Array("timestamp,value\n".utf8)
    for row in rows {
      table.append(contentsOf: time(ofRow: row))
      table.append(UInt8(ascii: ","))
      table.append(contentsOf: value(ofRow: row))
      table.append(UInt8(ascii: "\n"))
    }
    return table
  }
}

/// The lines of a file that are not blank, without what ends them.
struct Lines {
  private let bytes: [UInt8]
  private var position: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  mutating func next() -> Range<Int>? {
    while position < bytes.count {
      let start = position
      var end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      position = end + 1
      if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
      if bytes[start..<end].contains(where: { $0 > 0x20 }) { return start..<end }
    }
    return nil
  }
}
