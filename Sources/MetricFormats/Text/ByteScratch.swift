import TimeSeries

/// Memory of a fixed size in which text is built. A class only to own the memory.
///
/// Writing beyond the capacity writes nothing and returns an end beyond the capacity, so a caller
/// checks once at the end.
final class ByteScratch {
  let base: UnsafeMutablePointer<UInt8>
  let capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    base = .allocate(capacity: capacity + Self.slack)
  }

  deinit { base.deallocate() }

  /// Words are stored whole, up to this far behind the end.
  private static let slack = 16

  @inline(__always)
  func append(_ byte: UInt8, at position: Int) -> Int {
    guard position < capacity else { return capacity + 1 }
    base[position] = byte
    return position + 1
  }

  @inline(__always)
  func append(_ bytes: Bytes, at position: Int) -> Int {
    guard position + bytes.count <= capacity else { return capacity + 1 }
    if let source = bytes.baseAddress {
      (base + position).update(from: source, count: bytes.count)
    }
    return position + bytes.count
  }

  /// Appends with the escapes of canonical series keys (`SeriesKeyEscape`), eight bytes at a time
  /// while there is nothing to escape.
  func appendEscaped(_ bytes: Bytes, at start: Int) -> Int {
    guard let source = bytes.baseAddress, start + bytes.count <= capacity else {
      return bytes.isEmpty ? start : capacity + 1
    }
    var position = start
    var index = 0
    while index + 8 <= bytes.count, position + 8 <= capacity {
      let word = UnsafeRawPointer(source + index).loadUnaligned(as: UInt64.self)
      guard !SeriesKeyEscape.isNeeded(in: word) else { break }
      UnsafeMutableRawPointer(base + position).storeBytes(of: word, as: UInt64.self)
      position += 8
      index += 8
    }
    if index > 0, index < bytes.count, index + 8 > bytes.count {
      // The rest, with some of the bytes before it once more, makes a whole word.
      let word = UnsafeRawPointer(source + bytes.count - 8).loadUnaligned(as: UInt64.self)
      if !SeriesKeyEscape.isNeeded(in: word) {
        position = start + bytes.count
        UnsafeMutableRawPointer(base + position - 8).storeBytes(of: word, as: UInt64.self)
        return position
      }
    }
    while index < bytes.count {
      guard position + 4 <= capacity + Self.slack, position <= capacity else {
        return capacity + 1
      }
      let (bytes, count) = SeriesKeyEscape.escaped(source[index])
      UnsafeMutableRawPointer(base + position).storeBytes(of: bytes, as: UInt32.self)
      position += count
      index += 1
    }
    return position <= capacity ? position : capacity + 1
  }
}
