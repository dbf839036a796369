import MetricFormats
import TimeSeries

/// A few rows or lines of a file, decoded: their points, drops and text.
struct RecordBlock {
  /// Rows decoded at once; more would only take more memory in each of many files.
  private static let rowCountMaximum = 64

  /// The `message` of points and drops is the index of the row.
  private(set) var batch = PointBatch()
  private(set) var lineNumbers: [Int] = []
  /// The text of the rows; of a table also its header before them.
  private var text: [UInt8] = []
  private var textRanges: [Range<Int>] = []
  private var header: [UInt8] = []
  /// How the times of a table are found; decided by its first rows.
  private var times: CSVTimes?
  private var tableRowCount = 0
  /// A row that was read already, and must be decoded alone.
  private var heldBack: (text: [UInt8], line: Int)?

  var rowCount: Int { lineNumbers.count }
  /// Whether the points have real times, and not indexes or numbers of rows.
  var hasTimes: Bool { times?.areReal ?? true }

  func withText<Result>(ofRow row: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    text.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[textRanges[row]])) }
  }

  /// Replaces the rows by the next rows or lines of a file.
  ///
  /// - Parameter decoder: decodes lines, not rows of tables.
  /// - Returns: false at the end of the file.
  mutating func fill(
    from reader: LineReader, file: ReplayFile, decoder: LineDecoder
  ) throws(ReplayError) -> Bool {
    removeAll()
    switch file.content {
    case .csv: return try fillWithRows(from: reader, seriesName: file.seriesName)
    case .lines: return try fillWithLines(from: reader, decoder: decoder)
    }
  }

  private mutating func fillWithLines(
    from reader: LineReader, decoder: LineDecoder
  ) throws(ReplayError) -> Bool {
    while rowCount < Self.rowCountMaximum, let line = try reader.next() {
      // Comments of line protocol; no other format has lines that begin so.
      guard let first = line.first(where: { $0 > 0x20 }), first != UInt8(ascii: "#") else {
        continue
      }
      decoder.decode(line, index: UInt32(rowCount), into: &batch)
      append(line, number: reader.lineNumber)
    }
    return rowCount > 0
  }

  /// The first line of the file is the header of the table, which each block begins with.
  private mutating func fillWithRows(
    from reader: LineReader, seriesName: String
  ) throws(ReplayError) -> Bool {
    if header.isEmpty {
      while header.isEmpty, let line = try reader.next() {
        if !Self.isBlank(line) { header = Array(line) + [UInt8(ascii: "\n")] }
      }
      guard !header.isEmpty else { return false }
    }
    text = header
    if let row = heldBack {
      heldBack = nil
      row.text.withUnsafeBytes { append($0, number: row.line) }
    } else {
      try readRows(from: reader)
    }
    do {
      // Also for a table without rows, so that a wrong header is reported.
      var table = try CSVReader(
        contents: text, seriesName: seriesName, times: times, firstRow: tableRowCount)
      times = table.times
      tableRowCount += rowCount
      let count = table.read(rowCountMaximum: rowCount + 1, into: &batch)
      assert(count == rowCount, "rows are lines")
    } catch {
      throw .notACSV(path: reader.path, error)
    }
    return rowCount > 0
  }

  /// A quote that is not closed in its line would make the rest of the table a part of its field.
  /// Such a row is read alone, so that only this row is refused.
  private mutating func readRows(from reader: LineReader) throws(ReplayError) {
    while rowCount < Self.rowCountMaximum, let line = try reader.next() {
      if Self.isBlank(line) { continue }
      let quoteCount = line.reduce(0) { $0 + ($1 == UInt8(ascii: "\"") ? 1 : 0) }
      if quoteCount % 2 == 1, rowCount > 0 {
        heldBack = (Array(line), reader.lineNumber)
        return
      }
      append(line, number: reader.lineNumber)
      if quoteCount % 2 == 1 { return }
    }
  }

  private mutating func append(_ line: UnsafeRawBufferPointer, number: Int) {
    textRanges.append(text.count..<text.count + line.count)
    text.append(contentsOf: line)
    text.append(UInt8(ascii: "\n"))
    lineNumbers.append(number)
  }

  private mutating func removeAll() {
    batch.removeAll()
    lineNumbers.removeAll(keepingCapacity: true)
    text.removeAll(keepingCapacity: true)
    textRanges.removeAll(keepingCapacity: true)
  }

  private static func isBlank(_ line: UnsafeRawBufferPointer) -> Bool {
    line.allSatisfy { $0 <= 0x20 }
  }
}
