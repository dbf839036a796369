import Pipeline

/// Where a message of a replay comes from.
package struct MessageOrigin: Sendable, Equatable {
  package var path: String
  /// From 1.
  package var line: Int
  /// The row or line as it stands in the file, without its end.
  package var text: [UInt8]

  package init(path: String, line: Int, text: [UInt8]) {
    self.path = path
    self.line = line
    self.text = text
  }
}

/// The messages that a poll lends to the worker: their bytes, and where each comes from.
struct MessageBatch: ~Copyable {
  private struct Entry {
    var key: Range<Int>
    var value: Range<Int>
    var text: Range<Int>
    var file: Int
    var line: Int
  }

  private var entries: [Entry] = []
  private var bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
  private(set) var byteCount = 0
  private var started = (file: -1, line: -1, text: 0..<0)

  deinit { bytes.deallocate() }

  var count: Int { entries.count }

  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    byteCount = 0
    started = (-1, -1, 0..<0)
  }

  /// Begins a message of a line, whose text is kept once for all messages it gives.
  mutating func begin(
    file: Int, line: Int, text: ((UnsafeRawBufferPointer) -> Void) -> Void
  ) {
    guard started.file != file || started.line != line else { return }
    var range = 0..<0
    text { range = append($0) }
    started = (file, line, range)
  }

  mutating func finish(key: some Collection<UInt8>, value: [UInt8]) {
    let keyRange = append(key)
    let valueRange = append(value)
    entries.append(
      Entry(
        key: keyRange, value: valueRange, text: started.text, file: started.file,
        line: started.line))
  }

  /// The messages, whose bytes last until something is appended or removed.
  func lend(slot: Int, firstOffset: Int64, to messages: inout [InputMessage]) {
    for (index, entry) in entries.enumerated() {
      messages.append(
        InputMessage(
          slot: slot, offset: firstOffset + Int64(index), appendTime: nil,
          key: UnsafeRawBufferPointer(rebasing: bytes[entry.key]),
          value: UnsafeRawBufferPointer(rebasing: bytes[entry.value])))
    }
  }

  func origin(of index: Int, files: [FileRecords]) -> MessageOrigin {
    let entry = entries[index]
    return MessageOrigin(
      path: files[entry.file].file.path, line: entry.line, text: Array(bytes[entry.text]))
  }

  private mutating func append(_ added: some Collection<UInt8>) -> Range<Int> {
    let range = byteCount..<byteCount + added.count
    if range.upperBound > bytes.count {
      let larger = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(bytes.count * 2, range.upperBound), alignment: 1)
      larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[0..<byteCount]))
      bytes.deallocate()
      bytes = larger
    }
    UnsafeMutableRawBufferPointer(rebasing: bytes[range]).copyBytes(from: added)
    byteCount = range.upperBound
    return range
  }
}
