import Glibc

/// A file that is created or emptied, and closed with its owner.
struct FixtureFile: ~Copyable {
  private let descriptor: Int32
  private let path: String

  init(path: String) throws(FixtureError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    self.path = path
    guard descriptor >= 0 else { throw Self.error(path) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  func write(_ bytes: [UInt8]) throws(FixtureError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw Self.error(path)
      }
      written += count
    }
  }

  /// One level deep: a missing parent is more likely a typing error than a wish.
  static func makeDirectory(_ path: String) throws(FixtureError) {
    if mkdir(path, 0o755) != 0, errno != EEXIST { throw error(path) }
  }

  private static func error(_ path: String) -> FixtureError {
    .notWritable(path: path, reason: String(cString: strerror(errno)))
  }
}
