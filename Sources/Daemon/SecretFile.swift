import KafkaClient
package import ServiceManager

/// A file with a secret, as the configuration names it. A bare name is a credential of the service;
/// a path is any other file.
package enum SecretFile {
  /// - Parameter setting: where the name was written, for errors: `kafka.sasl_password_file`.
  package static func text(
    _ name: String, setting: String
  ) throws(SecretFileError) -> String {
    do throws(ServiceManagerError) {
      return try location(of: name).text()
    } catch {
      throw SecretFileError(setting: setting, reason: error)
    }
  }

  /// The full path of a file that a library reads by itself.
  ///
  /// - Throws: also if the file cannot be read, because the library would not say which it is.
  static func path(_ name: String, setting: String) throws(SecretFileError) -> String {
    do throws(ServiceManagerError) {
      let location = try location(of: name)
      _ = try location.contents()
      return location.path
    } catch {
      throw SecretFileError(setting: setting, reason: error)
    }
  }

  private static func location(of name: String) throws(ServiceManagerError) -> SecretLocation {
    if name.contains("/") { return .file(path: absolutePath(of: name)) }
    return try Credentials.ofThisProcess().location(of: name)
  }
}

/// Why a secret cannot be read, and which setting names it.
package struct SecretFileError: Error, CustomStringConvertible {
  package let setting: String
  package let reason: ServiceManagerError

  package var description: String { "\(setting): \(reason)" }

  /// Whether a credential is wanted of a process that is not the service, such as one in a shell.
  package var isOutsideOfService: Bool {
    if case .noCredentials = reason { true } else { false }
  }
}
