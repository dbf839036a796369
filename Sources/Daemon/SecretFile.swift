package import ServiceManager

/// A file with a secret, as the configuration names it. A bare name is a credential of the service;
/// a path is any other file.
package enum SecretFile {
  package static func text(_ name: String) throws(ServiceManagerError) -> String {
    try credentials(for: name).text(named: fileName(name))
  }

  static func path(_ name: String) throws(ServiceManagerError) -> String {
    try credentials(for: name).path(named: fileName(name))
  }

  private static func credentials(for name: String) -> Credentials {
    guard let slash = name.lastIndex(of: "/") else { return .ofThisProcess() }
    return Credentials(directory: slash == name.startIndex ? "/" : String(name[..<slash]))
  }

  private static func fileName(_ name: String) -> String {
    name.lastIndex(of: "/").map { String(name[name.index(after: $0)...]) } ?? name
  }
}
