import MetricFormats
package import TimeSeries

/// Reads the series of a CSV file row by row; docs/formats.md specifies the headers.
package struct CSVReader {
  /// The kinds of tables, with the indexes of their columns.
  private enum Layout {
    case single(value: Int)
    case long(series: Int, value: Int)
    case wide(keys: [[UInt8]?])
  }

  private let contents: [UInt8]
  private var position: Int
  private let layout: Layout
  /// How the time of a row is found.
  package let times: CSVTimes
  private let columnCount: Int
  /// Number of the next row, which is its time in tables that have no other.
  private var rowNumber: Int
  private let fileKey: [UInt8]
  private var fields = CSVFields()

  /// - Parameters:
  ///   - contents: the bytes of the file.
  ///   - seriesName: name of the series of a file that holds only one, usually the file's name
  ///     without the extension.
  ///   - times: how the time of a row is found; `nil` decides by the first rows.
  ///   - firstRow: number of the first row, where the contents are a part of the file.
  /// - Throws: where the first line is not a header.
  package init(
    contents: [UInt8], seriesName: String, times: CSVTimes? = nil, firstRow: Int = 0
  ) throws(CSVError) {
    self.contents = contents
    position = contents.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    fileKey = SeriesKey(name: seriesName, labels: []).canonical
    var header = CSVFields()
    guard header.readRow(of: contents, from: &position) else { throw .empty }
    let names = (0..<header.count).map { header.text($0) }
    let lowercased = names.map { $0.lowercased() }
    guard names.allSatisfy({ Double($0) == nil }) else { throw .noHeader }

    columnCount = names.count
    rowNumber = firstRow
    let value = lowercased.firstIndex(of: "value")
    let series = lowercased.firstIndex { Self.seriesNames.contains($0) }
    let label = lowercased.firstIndex { Self.labelNames.contains($0) }
    let isLong = series != nil && value != nil
    let isSingle =
      !isLong && value != nil && (names.count == 1 || names.count == (label == nil ? 2 : 3))
    let rows = position
    self.times =
      times
      ?? CSVTimes(
        header: lowercased,
        first: names.indices.first { !isLong || ($0 != series && $0 != value) } ?? 0,
        isLong: isLong, isWide: !isLong && !isSingle,
        numbers: { column in
          Self.numbers(contents, from: rows, column: column, columnCount: names.count)
        })
    guard names.count > 1 || !self.times.areReal else { throw .tooFewColumns }
    if isLong, let series, let value {
      layout = .long(series: series, value: value)
    } else if isSingle, let value {
      layout = .single(value: value)
    } else {
      let column = self.times.column
      layout = .wide(
        keys: names.enumerated().map { index, name in
          index == column || name.isEmpty ? nil : SeriesKey(canonical: name.utf8).canonical
        })
    }
  }

  /// The column's fields in the first rows, `nil` for what is no number.
  private static func numbers(
    _ contents: [UInt8], from start: Int, column: Int, columnCount: Int
  ) -> [Double?] {
    var position = start
    var fields = CSVFields()
    var numbers: [Double?] = []
    while numbers.count < 64, fields.readRow(of: contents, from: &position) {
      guard fields.count == columnCount, columnCount > 1 || !fields.isEmpty(0) else { continue }
      if case .number(let number)? = fields.decimal(column) {
        numbers.append(number)
      } else {
        numbers.append(nil)
      }
    }
    return numbers
  }

  private static let seriesNames: Set<String> = ["series", "name", "metric"]
  private static let labelNames: Set<String> = ["label", "anomaly", "is_anomaly"]

  /// Appends the points of up to that many rows; a point's and a drop's `message` is the index of
  /// its row among them.
  ///
  /// - Returns: the number of rows; 0 at the end of the file.
  package mutating func read(rowCountMaximum: Int, into batch: inout PointBatch) -> Int {
    var count = 0
    while count < rowCountMaximum, fields.readRow(of: contents, from: &position) {
      // Blank lines have one empty field.
      if fields.count == 1, fields.isEmpty(0) { continue }
      if let reason = readRow(UInt32(count), into: &batch) {
        batch.drops.append(Drop(message: UInt32(count), reason: reason))
      }
      count += 1
    }
    return count
  }

  private mutating func readRow(_ row: UInt32, into batch: inout PointBatch) -> DropReason? {
    defer { rowNumber += 1 }
    guard fields.count == columnCount, let time = time() else { return .malformed }
    switch layout {
    case .single(let value):
      return append(value, key: fileKey, time: time, row, into: &batch)
    case .long(let series, let value):
      guard !fields.isEmpty(series), fields.isUTF8(series) else { return .notAMetric }
      let key = SeriesKey(canonical: fields.text(series).utf8).canonical
      return append(value, key: key, time: time, row, into: &batch)
    case .wide(let keys):
      var reason: DropReason?
      for (column, key) in keys.enumerated() {
        guard let key else { continue }
        reason = append(column, key: key, time: time, row, into: &batch) ?? reason
      }
      return reason
    }
  }

  /// The time of the current row.
  private func time() -> Milliseconds? {
    switch times {
    case .column(let column): fields.time(column)
    case .index(let column): fields.index(column).map { $0 * CSVTimes.indexInterval }
    case .rowNumber: Milliseconds(rowNumber) * CSVTimes.indexInterval
    }
  }

  private func append(
    _ column: Int, key: [UInt8], time: Milliseconds, _ row: UInt32, into batch: inout PointBatch
  ) -> DropReason? {
    guard !fields.isEmpty(column) else {
      batch.missingValueCount += 1
      return nil
    }
    switch fields.decimal(column) {
    case nil: return .malformed
    case .notFinite: return .notFinite
    case .number(let value):
      let start = UInt32(batch.keyBytes.count)
      batch.keyBytes.append(contentsOf: key)
      batch.points.append(
        Point(
          keyStart: start, keyLength: UInt32(key.count), message: row, kind: .gauge, time: time,
          value: value))
      return nil
    }
  }
}
