/// What can go wrong between the daemon and the service manager.
package enum ServiceManagerError: Error, Equatable, CustomStringConvertible {
  /// No credentials were passed to this process.
  case noCredentials(wanted: String)
  /// Not a name a credential can have.
  case invalidCredentialName(String)
  case secretUnreadable(SecretLocation, reason: String)
  case secretTooLarge(SecretLocation, bytesMaximum: Int)
  case secretNotText(SecretLocation)
  case signalsNotInstalled(reason: String)

  package var description: String {
    switch self {
    case .noCredentials(let wanted):
      "the credential \(wanted) was asked for but none were passed: add "
        + "LoadCredential=\(wanted):PATH to the service (systemctl edit forecastd), or name a file "
        + "by a path with a slash, such as ./\(wanted)"
    case .invalidCredentialName(let name):
      "\"\(name)\" is no name of a credential: use letters, digits, dots, dashes and underscores; "
        + "a file is named by a path with a slash"
    case .secretUnreadable(.credential(let name, let path), let reason):
      "the credential \(name) can't be read from \(path): \(reason); check the line "
        + "LoadCredential=\(name):PATH of the service (systemctl cat forecastd)"
    case .secretUnreadable(.file(let path), let reason):
      "the file \(path) can't be read: \(reason); correct the path, or let the user that runs this "
        + "process read the file"
    case .secretTooLarge(let location, let bytesMaximum):
      "\(location) is larger than \(bytesMaximum) bytes: name a file with the secret alone"
    case .secretNotText(let location):
      "\(location) is not UTF-8 text: store the secret itself, not a binary file"
    case .signalsNotInstalled(let reason):
      "signals can't be received: \(reason)"
    }
  }
}
