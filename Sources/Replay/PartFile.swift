import Glibc

/// A file that is written under `NAME.part` and gets its name when it is complete.
package struct PartFile: ~Copyable {
  private let path: String
  private let descriptor: Int32

  /// Replaces what an interrupted run has left.
  package init(path: String) throws(ReplayError) {
    self.path = path
    descriptor = open(path + ".part", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure(path) }
  }

  deinit { close(descriptor) }

  package func write(_ bytes: [UInt8]) throws(ReplayError) {
    let result = bytes.withUnsafeBytes { bytes -> Result<Void, ReplayError> in
      do throws(ReplayError) {
        return .success(try writeAll(bytes))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// Appends all of another file.
  package func append(contentsOf path: String) throws(ReplayError) {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw Self.failure(path) }
    defer { close(source) }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Self.failure(path) }
      if count == 0 { return }
      try write(Array(buffer[..<count]))
    }
  }

  private func writeAll(_ bytes: UnsafeRawBufferPointer) throws(ReplayError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(path) }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
  }

  /// Makes the file durable and gives it its name.
  package func finish() throws(ReplayError) {
    guard fsync(descriptor) == 0, rename(path + ".part", path) == 0 else {
      throw Self.failure(path)
    }
  }

  private static func failure(_ path: String) -> ReplayError {
    .output(path: path, reason: String(cString: strerror(errno)))
  }
}
