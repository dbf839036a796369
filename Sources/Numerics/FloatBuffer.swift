import Glibc

/// Owned, zero-initialised floats on a 64-byte boundary (a cache line and the widest register).
package struct FloatBuffer: ~Copyable {
  private let base: UnsafeMutablePointer<Float>
  package let count: Int

  package init(count: Int) {
    precondition(count >= 0)
    // aligned_alloc wants a size that is a multiple of the alignment; never zero bytes.
    let bytes = max(64, (count * MemoryLayout<Float>.stride + 63) & ~63)
    guard let memory = aligned_alloc(64, bytes) else {
      preconditionFailure("out of memory: \(bytes) bytes")
    }
    memset(memory, 0, bytes)
    base = memory.bindMemory(to: Float.self, capacity: max(1, bytes / 4))
    self.count = count
  }

  package init(copying source: UnsafeBufferPointer<Float>) {
    self.init(count: source.count)
    mutable.copy(from: source)
  }

  deinit {
    free(base)
  }

  /// Valid while the buffer lives and is not mutated.
  package var elements: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: base, count: count)
  }

  /// Valid while the buffer lives and nobody else reads it.
  package var mutable: UnsafeMutableBufferPointer<Float> {
    mutating get { UnsafeMutableBufferPointer(start: base, count: count) }
  }

  package subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count)
      return base[index]
    }
    set {
      precondition(index >= 0 && index < count)
      base[index] = newValue
    }
  }

  /// Replaces the buffer by a zeroed one of this count unless it has it; the content is not kept.
  package mutating func resize(_ newCount: Int) {
    if count != newCount { self = FloatBuffer(count: newCount) }
  }

  /// Replaces the buffer by a larger, zeroed one where it is too small; the content is not kept.
  package mutating func reserve(_ minimum: Int) {
    if count < minimum { self = FloatBuffer(count: minimum) }
  }
}

// Safety: a FloatBuffer is the only owner of its memory, which it writes through only in mutating
// accesses; sharing it between threads is sharing an immutable value.
extension FloatBuffer: @unchecked Sendable {}

extension UnsafeMutableBufferPointer where Element == Float {
  /// Copies all of `source` to the start of this buffer.
  package func copy(from source: UnsafeBufferPointer<Float>) {
    precondition(source.count <= count)
    guard let target = baseAddress, let origin = source.baseAddress else { return }
    target.update(from: origin, count: source.count)
  }

  package func fill(_ value: Float) {
    update(repeating: value)
  }
}
