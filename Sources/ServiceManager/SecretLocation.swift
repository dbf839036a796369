import Glibc

/// Where a secret lies.
package enum SecretLocation: Sendable, Equatable, CustomStringConvertible {
  /// A file that systemd has made for a credential of the service.
  case credential(name: String, path: String)
  case file(path: String)

  package var path: String {
    switch self {
    case .credential(_, let path), .file(let path): path
    }
  }

  package var description: String {
    switch self {
    case .credential(let name, let path): "the credential \(name) (\(path))"
    case .file(let path): "the file \(path)"
    }
  }

  /// The secret, without the newline editors leave at the end.
  ///
  /// - Throws: `ServiceManagerError`, which says what to do; never with the secret in it.
  package func text() throws(ServiceManagerError) -> String {
    guard let text = String(validating: try contents(), as: UTF8.self) else {
      throw .secretNotText(self)
    }
    return text.last?.isNewline == true ? String(text.dropLast()) : text
  }

  /// The bytes of the file, of which there may be `Credentials.bytesMaximum`.
  package func contents() throws(ServiceManagerError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable() }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Credentials.bytesMaximum + 1)
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        // `filled` is less than the count here, so the address is inside of the buffer.
        read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw unreadable() }
      if count == 0 { return Array(bytes.prefix(filled)) }
      filled += count
    }
    throw .secretTooLarge(self, bytesMaximum: Credentials.bytesMaximum)
  }

  private func unreadable() -> ServiceManagerError {
    .secretUnreadable(self, reason: String(cString: strerror(errno)))
  }
}
