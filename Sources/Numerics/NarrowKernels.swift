import CVectorKernels

/// 16-bit floating-point formats that states, activations and weights can be stored in.
///
/// Arithmetic is always in Float. Conversion to 16 bits rounds to nearest, ties to even.
package enum NarrowFormat: Sendable, CaseIterable {
  /// IEEE 754 binary16: 11 bits of precision, to 65,504; smallest normal 6.1e-5.
  case float16
  /// Float's upper half: 8 bits of precision, Float's range.
  case bfloat16

  /// Half of the distance from 1 to the next number: the largest relative rounding error.
  package var roundingError: Double {
    switch self {
    case .float16: 0x1p-11
    case .bfloat16: 0x1p-8
    }
  }
}

/// The conversions and products of narrow storage at one instruction-set level. What they promise
/// is in CVectorKernels' NarrowKernels.h.
package struct NarrowKernels: Sendable {
  let table: NarrowKernelTable

  /// The best level this processor can run.
  package static let current = NarrowKernels(.best)

  /// All levels this processor can run, the most portable first, for tests and benchmarks.
  package static func levels() -> [NarrowKernels] { KernelLevel.supported.map { Self($0) } }

  private init(_ level: KernelLevel) {
    guard let table = narrowKernelTable(level.number) else { level.failAsUnsupported() }
    self.table = table.pointee
  }

  /// e.g. `x86-64-v4`.
  package var name: String { String(cString: table.name) }

  /// - Shape: x, y [count]
  package func narrow(
    _ x: UnsafePointer<Float>, to format: NarrowFormat, into y: UnsafeMutablePointer<UInt16>,
    count: Int
  ) {
    switch format {
    case .float16: table.float16FromFloat(count, x, y)
    case .bfloat16: table.bfloat16FromFloat(count, x, y)
    }
  }

  /// - Shape: x, y [count]
  package func widen(
    _ x: UnsafePointer<UInt16>, from format: NarrowFormat, into y: UnsafeMutablePointer<Float>,
    count: Int
  ) {
    switch format {
    case .float16: table.floatFromFloat16(count, x, y)
    case .bfloat16: table.floatFromBfloat16(count, x, y)
    }
  }
}
