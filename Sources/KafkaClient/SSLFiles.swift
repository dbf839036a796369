import CLibrdkafka
import Glibc

/// The files that a client's properties name for TLS. librdkafka hands them to OpenSSL, whose errors tell
/// neither the file nor what is wrong with it.
struct SSLFiles {
  private struct File {
    let property: String
    let path: String
    /// What the file should contain.
    let content: String
    /// Where the path was written.
    let setting: String

    var name: String { "\(path), which \(setting) names" }
  }

  private static let contents = [
    "ssl.ca.location": "certificates in PEM, or a directory of such files",
    "ssl.certificate.location": "the client's certificate in PEM",
    "ssl.key.location":
      "the private key of that certificate in PEM, whose password is right if it has one",
    "ssl.crl.location": "revoked certificates in PEM",
    "ssl.keystore.location": "a keystore in PKCS#12, whose password is right if it has one",
  ]

  private let files: [File]

  /// Without TLS librdkafka does not look at the files.
  init(_ configuration: KafkaConfiguration) {
    let usesTLS = configuration["security.protocol"]?.lowercased().hasSuffix("ssl") ?? false
    files = (usesTLS ? configuration.properties : []).compactMap { property, value in
      // A value of librdkafka's: it looks for the system's certificates.
      guard let content = Self.contents[property], !value.isEmpty, value != "probe" else {
        return nil
      }
      return File(
        property: property, path: absolutePath(of: value), content: content,
        setting: configuration.setting(of: property))
    }
  }

  /// Tries to read each file.
  func check() throws(KafkaError) {
    for file in files {
      guard let reason = problem(with: file) else { continue }
      throw KafkaError(
        RD_KAFKA_RESP_ERR__FS, "read \(file.name)", reason: reason, recovery: .exit)
    }
  }

  /// The error of a client that cannot be made, if the reason is one of the files.
  func error(for reason: String) -> KafkaError? {
    let isPair = reason.hasPrefix("Private key check failed")
    let file = files.first {
      isPair ? $0.property == "ssl.key.location" : reason.contains($0.property)
    }
    guard let file else { return nil }
    return KafkaError(
      RD_KAFKA_RESP_ERR__SSL, "use \(file.name)",
      reason: "it should be \(file.content); OpenSSL says: \(reason)", recovery: .exit)
  }

  private func problem(with file: File) -> String? {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return String(cString: strerror(errno)) }
    defer { close(descriptor) }
    var byte: UInt8 = 0
    guard read(descriptor, &byte, 1) < 0 else { return nil }
    let isAllowed = errno == EISDIR && file.property == "ssl.ca.location"
    return isAllowed ? nil : String(cString: strerror(errno))
  }
}
