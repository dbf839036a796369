/// What can go wrong between the daemon and the service manager.
package enum ServiceManagerError: Error, Equatable, CustomStringConvertible {
  /// No credentials were passed to this process.
  case noCredentials(wanted: String)
  /// Not a name a credential can have.
  case invalidCredentialName(String)
  case credentialUnreadable(name: String, reason: String)
  case credentialTooLarge(name: String, bytesMaximum: Int)
  case credentialNotText(name: String)
  case signalsNotInstalled(reason: String)

  package var description: String {
    switch self {
    case .noCredentials(let wanted):
      "the credential \(wanted) was asked for but none were passed: add "
        + "LoadCredential=\(wanted):PATH to the service (systemctl edit forecastd), or name a file "
        + "instead"
    case .invalidCredentialName(let name):
      "\"\(name)\" is no name of a credential: use letters, digits, dots, dashes and underscores"
    case .credentialUnreadable(let name, let reason):
      "the credential \(name) can't be read (\(reason)): check the LoadCredential= line of that "
        + "name"
    case .credentialTooLarge(let name, let bytesMaximum):
      "the credential \(name) is larger than \(bytesMaximum) bytes, which systemd does not pass on"
    case .credentialNotText(let name):
      "the credential \(name) is not UTF-8 text: store the secret itself, not a binary file"
    case .signalsNotInstalled(let reason):
      "signals can't be received: \(reason)"
    }
  }
}
