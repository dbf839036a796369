import CVectorKernels

/// An instruction-set level that this processor can run. KernelLevels.h has the list of all.
struct KernelLevel {
  let number: Int32

  static var best: KernelLevel { KernelLevel(number: kernelLevelBest()) }

  /// The most portable first.
  static var supported: [KernelLevel] {
    (0..<Int32(KERNEL_LEVELS)).filter { kernelLevelIsSupported($0) }
      .map { KernelLevel(number: $0) }
  }

  /// Ends the process: a supported level has a table of every kind of kernels.
  func failAsUnsupported() -> Never {
    preconditionFailure("level \(number) has no table")
  }
}
