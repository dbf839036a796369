import Glibc

/// Secrets that systemd hands to the service in files only it can read (`LoadCredential=`).
///
/// - Source: https://systemd.io/CREDENTIALS/
package struct Credentials: Sendable {
  /// systemd's own limit of one credential.
  package static let bytesMaximum = 1 << 20

  /// Nil where no credentials were passed.
  package let directory: String?

  package init(directory: String?) {
    self.directory = directory
  }

  /// Those of this process.
  package static func ofThisProcess() -> Credentials {
    Credentials(directory: getenv("CREDENTIALS_DIRECTORY").map { String(cString: $0) })
  }

  /// The secret of this name, without the newline editors leave at the end.
  ///
  /// - Throws: `ServiceManagerError`, which says what to add to the unit; never with the secret in
  ///   it.
  package func text(named name: String) throws(ServiceManagerError) -> String {
    let bytes = try contents(named: name)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .credentialNotText(name: name)
    }
    return text.last?.isNewline == true ? String(text.dropLast()) : text
  }

  /// Where the secret lies, for libraries that read files themselves.
  package func path(named name: String) throws(ServiceManagerError) -> String {
    guard isName(name) else { throw .invalidCredentialName(name) }
    guard let directory else { throw .noCredentials(wanted: name) }
    return "\(directory)/\(name)"
  }

  private func contents(named name: String) throws(ServiceManagerError) -> [UInt8] {
    let descriptor = open(try path(named: name), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(name) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Self.bytesMaximum + 1)
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        // `filled` is less than the count here, so the address is inside of the buffer.
        read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(name) }
      if count == 0 { return Array(bytes.prefix(filled)) }
      filled += count
    }
    throw .credentialTooLarge(name: name, bytesMaximum: Self.bytesMaximum)
  }

  private func unreadable(_ name: String) -> ServiceManagerError {
    .credentialUnreadable(name: name, reason: String(cString: strerror(errno)))
  }

  /// Nothing that could lead out of the directory.
  private func isName(_ name: String) -> Bool {
    name != "." && name != ".." && (1...255).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
      }
  }
}
