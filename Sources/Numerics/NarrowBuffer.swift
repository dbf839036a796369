import Glibc

/// Owned, zero-initialised 16-bit floats: half the memory of a `FloatBuffer`.
///
/// States and activations live here between the steps that compute with them in Float.
package struct NarrowBuffer: ~Copyable {
  package let format: NarrowFormat
  package let count: Int
  private let base: UnsafeMutablePointer<UInt16>

  package init(_ format: NarrowFormat, count: Int) {
    precondition(count >= 0)
    self.format = format
    self.count = count
    // aligned_alloc wants a size that is a multiple of the alignment; never zero bytes.
    let bytes = max(64, (count * MemoryLayout<UInt16>.stride + 63) & ~63)
    guard let memory = aligned_alloc(64, bytes) else {
      preconditionFailure("out of memory: \(bytes) bytes")
    }
    memset(memory, 0, bytes)
    base = memory.bindMemory(to: UInt16.self, capacity: bytes / 2)
  }

  deinit {
    free(base)
  }

  /// Rounds `count` floats into the places from `offset` on.
  package mutating func store(_ source: UnsafePointer<Float>, at offset: Int = 0, count: Int) {
    precondition(offset >= 0 && count >= 0 && offset + count <= self.count)
    NarrowKernels.current.narrow(source, to: format, into: base + offset, count: count)
  }

  /// `count` floats from the places from `offset` on; exact.
  package func load(
    into target: UnsafeMutablePointer<Float>, at offset: Int = 0, count: Int
  ) {
    precondition(offset >= 0 && count >= 0 && offset + count <= self.count)
    NarrowKernels.current.widen(base + offset, from: format, into: target, count: count)
  }
}

// Safety: a NarrowBuffer is the only owner of its memory, which it writes through only in mutating
// accesses; sharing it between threads is sharing an immutable value.
extension NarrowBuffer: @unchecked Sendable {}
