import Pipeline

/// The messages that a poll lends to the worker: their bytes, and the origin of each.
struct ReplayBatch: ~Copyable {
  private struct Entry {
    var key: Range<Int>
    var value: Range<Int>
    var text: Range<Int>
    var file: Int
    var line: Int
  }

  private var entries: [Entry] = []
  private var bytes = LentBytes()
  private var started = (file: -1, line: -1, text: 0..<0)

  var count: Int { entries.count }
  var byteCount: Int { bytes.count }

  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    bytes.removeAll()
    started = (-1, -1, 0..<0)
  }

  /// Begins a message of a line. The text of the line is kept once for all of its messages.
  mutating func begin(
    file: Int, line: Int, text: ((UnsafeRawBufferPointer) -> Void) -> Void
  ) {
    guard started.file != file || started.line != line else { return }
    var range = 0..<0
    text { range = bytes.append($0) }
    started = (file, line, range)
  }

  mutating func finish(key: UnsafeRawBufferPointer, value: [UInt8]) {
    let keyRange = bytes.append(key)
    let valueRange = bytes.append(value)
    entries.append(
      Entry(
        key: keyRange, value: valueRange, text: started.text, file: started.file,
        line: started.line))
  }

  /// Appends the messages; their bytes are valid until something is appended or removed here.
  func lend(slot: Int, firstOffset: Int64, to messages: inout [InputMessage]) {
    for (index, entry) in entries.enumerated() {
      messages.append(
        InputMessage(
          slot: slot, offset: firstOffset + Int64(index), recordTime: nil, recordClock: .producer,
          key: bytes[entry.key], value: bytes[entry.value]))
    }
  }

  func origin(of index: Int, files: [FileRecords]) -> MessageOrigin {
    let entry = entries[index]
    return MessageOrigin(
      path: files[entry.file].file.path, line: entry.line, text: Array(bytes[entry.text]))
  }
}
