/// Growing memory for the bytes of the messages that a source lends to a worker.
///
/// An append may move the memory, so the place of a message is a range while a batch is gathered.
/// Pointers are made when all messages are there. They are valid until the next append.
package struct LentBytes: ~Copyable {
  private var memory: UnsafeMutableRawBufferPointer
  package private(set) var count = 0

  package init() {
    memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 12, alignment: 1)
  }

  deinit { memory.deallocate() }

  package mutating func removeAll() { count = 0 }

  /// - Returns: the range of the appended bytes.
  package mutating func append(_ added: UnsafeRawBufferPointer) -> Range<Int> {
    let range = count..<count + added.count
    if range.upperBound > memory.count {
      let larger = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(memory.count * 2, range.upperBound), alignment: 1)
      larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[0..<count]))
      memory.deallocate()
      memory = larger
    }
    UnsafeMutableRawBufferPointer(rebasing: memory[range]).copyMemory(from: added)
    count = range.upperBound
    return range
  }

  package mutating func append(_ added: [UInt8]) -> Range<Int> {
    added.withUnsafeBytes { append($0) }
  }

  package subscript(range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[range])
  }
}
