import MetricFormats
import TimeSeries

/// The messages of one file in its order: a compact record for each point, and a refusal for each
/// reason why a row or line could not be used.
final class FileRecords {
  let file: ReplayFile
  /// Index of the file among the files of the replay.
  let number: Int
  /// Time of the current message; a refusal has the time of the message before it.
  private(set) var time: Milliseconds = .min
  /// Empty values: they are missing, and neither points nor refusals.
  private(set) var missingValueCount = 0

  private let reader: LineReader
  private let decoder: LineDecoder
  private var block = RecordBlock()
  private var row = 0
  private var point = -1
  private var drop = 0
  private var isRefusal = false
  private var isStarted = false
  private var value: [UInt8] = []

  init(file: ReplayFile, number: Int, decoder: LineDecoder) {
    self.file = file
    self.number = number
    self.decoder = decoder
    reader = LineReader(path: file.path, byteCount: file.byteCount)
  }

  /// Whether the file has times; otherwise its rows are only numbered.
  var hasTimes: Bool { block.hasTimes }
  var consumedByteCount: Int { reader.consumedByteCount }
  var lineNumber: Int { block.lineNumbers[row] }

  /// Goes to the next message; false at the end of the file.
  func advance() throws(ReplayError) -> Bool {
    if !isStarted {
      isStarted = true
      guard try fill() else { return false }
    } else if isRefusal {
      drop += 1
    } else {
      point += 1
    }
    while true {
      if point < block.batch.points.count, block.batch.points[point].message == row {
        isRefusal = false
        time = block.batch.points[point].time
        return true
      }
      if drop < block.batch.drops.count, block.batch.drops[drop].message == row {
        isRefusal = true
        return true
      }
      row += 1
      if row >= block.rowCount, try !fill() { return false }
    }
  }

  /// Notes the series and the time of the current message, if it is a point.
  func note(in times: inout SeriesTimes) {
    guard !isRefusal else { return }
    let point = block.batch.points[point]
    let key = Int(point.keyStart)..<Int(point.keyStart) + Int(point.keyLength)
    times.note(point.time, of: Array(block.batch.keyBytes[key]))
  }

  /// Copies the current message.
  func appendMessage(to batch: inout ReplayBatch) {
    value.removeAll(keepingCapacity: true)
    batch.begin(file: number, line: lineNumber) { take in block.withText(ofRow: row, take) }
    if isRefusal {
      CompactPoints.appendRefusal(block.batch.drops[drop].reason, to: &value)
      batch.finish(key: UnsafeRawBufferPointer(start: nil, count: 0), value: value)
    } else {
      let point = block.batch.points[point]
      CompactPoints.begin(&value)
      CompactPoints.append(kind: point.kind, time: point.time, value: point.value, to: &value)
      let start = Int(point.keyStart)
      let key = start..<start + Int(point.keyLength)
      block.batch.keyBytes.withUnsafeBytes { keys in
        batch.finish(key: UnsafeRawBufferPointer(rebasing: keys[key]), value: value)
      }
    }
  }

  private func fill() throws(ReplayError) -> Bool {
    row = 0
    point = 0
    drop = 0
    let hasRows = try block.fill(from: reader, file: file, decoder: decoder)
    missingValueCount += block.batch.missingValueCount
    return hasRows
  }
}
