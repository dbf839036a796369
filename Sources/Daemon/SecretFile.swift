package import ServiceManager

/// A secret's file as the configuration names it: a credential of the service by its bare name, any
/// other file by its path.
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
