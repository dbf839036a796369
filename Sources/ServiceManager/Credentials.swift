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

  /// Where the secret of this name lies.
  ///
  /// - Throws: `ServiceManagerError`, which says what to add to the unit.
  package func location(of name: String) throws(ServiceManagerError) -> SecretLocation {
    guard isName(name) else { throw .invalidCredentialName(name) }
    guard let directory else { throw .noCredentials(wanted: name) }
    return .credential(name: name, path: "\(directory)/\(name)")
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
