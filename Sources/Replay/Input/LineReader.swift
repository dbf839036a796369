import Glibc

/// Reads a file line by line through one buffer, so that a file of any size takes the same memory.
///
/// The file is opened for each chunk and not kept open, so that thousands of files can be merged
/// under any limit of descriptors.
package final class LineReader {
  /// Longer lines are cut: the worker refuses messages beyond this as oversized anyway.
  static let lineByteCountMaximum = (1 << 20) + 1
  private static let chunkByteCount = 1 << 16

  package let path: String
  /// Number of the line that `next` returned last, from 1.
  package private(set) var lineNumber = 0
  private var buffer: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  private var fileOffset = 0
  private let byteCount: Int

  /// - Parameter byteCount: how much of the file to read; bytes appended meanwhile are not read.
  package init(path: String, byteCount: Int) {
    self.path = path
    self.byteCount = byteCount
    buffer = .allocate(byteCount: min(Self.chunkByteCount, max(byteCount, 1)), alignment: 1)
  }

  deinit { buffer.deallocate() }

  /// Bytes of the file that were returned so far.
  var consumedByteCount: Int { fileOffset - (end - start) }

  /// The next line without its end (`\n` or `\r\n`), cut where it is too long; `nil` at the end.
  ///
  /// The bytes are the reader's and last until the next call.
  package func next() throws(ReplayError) -> UnsafeRawBufferPointer? {
    var searched = start
    while true {
      if let newline = newline(from: searched) {
        return take(upTo: newline, next: newline + 1)
      }
      if fileOffset >= byteCount {
        return start < end ? take(upTo: end, next: end) : nil
      }
      if end - start >= Self.lineByteCountMaximum { return try takeCutLine() }
      let known = end - start
      try fill()
      searched = start + known
    }
  }

  private func take(upTo lineEnd: Int, next: Int) -> UnsafeRawBufferPointer {
    var line = UnsafeRawBufferPointer(rebasing: buffer[start..<lineEnd])
    if line.last == UInt8(ascii: "\r") { line = UnsafeRawBufferPointer(rebasing: line.dropLast()) }
    if lineNumber == 0, line.starts(with: [0xEF, 0xBB, 0xBF]) {
      line = UnsafeRawBufferPointer(rebasing: line.dropFirst(3))
    }
    start = next
    lineNumber += 1
    return line
  }

  /// Returns the beginning of a line, and skips the rest of it.
  private func takeCutLine() throws(ReplayError) -> UnsafeRawBufferPointer {
    let kept = start + Self.lineByteCountMaximum
    if kept < end {
      // No newline is in the buffer: the caller has searched it.
      end = kept
    }
    let head = UnsafeMutableRawBufferPointer.allocate(byteCount: kept - start, alignment: 1)
    defer { head.deallocate() }
    head.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<kept]))
    start = 0
    end = 0
    while fileOffset < byteCount {
      try fill()
      if let newline = newline(from: start) {
        start = newline + 1
        break
      }
      start = end
    }
    // Puts the head in front of the bytes read after it.
    let rest = end - start
    let grown = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(buffer.count, head.count + rest), alignment: 1)
    grown.copyMemory(from: UnsafeRawBufferPointer(head))
    UnsafeMutableRawBufferPointer(rebasing: grown[head.count..<head.count + rest]).copyMemory(
      from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
    buffer.deallocate()
    buffer = grown
    start = head.count
    end = head.count + rest
    lineNumber += 1
    return UnsafeRawBufferPointer(rebasing: buffer[0..<head.count])
  }

  private func newline(from position: Int) -> Int? {
    guard position < end, let base = buffer.baseAddress,
      let found = memchr(base + position, Int32(UInt8(ascii: "\n")), end - position)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  /// Reads more bytes behind the known ones, which move to the front or into a larger buffer.
  private func fill() throws(ReplayError) {
    let known = end - start
    if let base = buffer.baseAddress, start > 0 {
      memmove(base, base + start, known)
      start = 0
      end = known
    }
    if end == buffer.count {
      let larger = UnsafeMutableRawBufferPointer.allocate(
        byteCount: buffer.count * 2, alignment: 1)
      larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[0..<end]))
      buffer.deallocate()
      buffer = larger
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    var count = -1
    repeat {
      count = pread(
        descriptor, buffer.baseAddress.map { $0 + end },
        min(buffer.count - end, byteCount - fileOffset), fileOffset)
    } while count < 0 && errno == EINTR
    guard count >= 0 else { throw failure() }
    guard count > 0 else {
      throw .unreadable(path: path, reason: "it became shorter while it was read")
    }
    end += count
    fileOffset += count
  }

  private func failure() -> ReplayError {
    .unreadable(path: path, reason: String(cString: strerror(errno)))
  }
}
