import Glibc

/// Writes a piece of a line, such as progress that is redrawn.
func writeError(raw text: String) { _ = writeAll(Array(text.utf8), to: STDERR_FILENO) }

/// Writes all of it to standard output at once, so that lines of threads do not mix.
func writeOutput(_ text: String) { _ = writeOutput(bytes: Array(text.utf8)) }

/// - Returns: false where nobody reads any more, as after `| head`, which is no error of ours.
func writeOutput(bytes: [UInt8]) -> Bool { writeAll(bytes, to: STDOUT_FILENO) }

func writeError(_ text: String) {
  _ = writeAll(Array((text.hasSuffix("\n") ? text : text + "\n").utf8), to: STDERR_FILENO)
}

private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
  bytes.withUnsafeBytes { bytes in
    var written = 0
    while written < bytes.count {
      let count = write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return false }
      written += count
    }
    return true
  }
}
