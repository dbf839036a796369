package import MetricFormats
package import TimeSeries

/// The points of one file, some rows or lines at a time, for callers that keep them in memory.
package struct HistoryReader {
  private let file: ReplayFile
  private let reader: LineReader
  private let decoder: LineDecoder
  private var block = RecordBlock()

  /// - Parameter lineFormat: of a file that is not a table.
  package init(file: ReplayFile, lineFormat: InputFormat) {
    self.file = file
    reader = LineReader(path: file.path, byteCount: file.byteCount)
    decoder = LineDecoder(lineFormat)
  }

  /// The rows that the last call of `next` has read; `message` is the index among them.
  package var batch: PointBatch { block.batch }

  /// Whether the file has times; otherwise its rows are only numbered.
  package var hasTimes: Bool { block.hasTimes }

  /// Goes on to the next rows; false at the end of the file.
  ///
  /// - Throws: where the file cannot be read, or is not the table that its name says it is.
  package mutating func next() throws(ReplayError) -> Bool {
    try block.fill(from: reader, file: file, decoder: decoder)
  }
}
