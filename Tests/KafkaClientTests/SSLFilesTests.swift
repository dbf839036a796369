import KafkaClient
import KafkaTestBroker
import TestSupport
import Testing

@Suite("files of TLS that cannot be used")
struct SSLFilesTests {
  private func error(
    of property: String, _ path: String, protocol name: String = "SSL", setting: String? = nil
  ) throws -> KafkaError {
    var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1")
      .setting("security.protocol", name).setting(property, path)
    if let setting { configuration.note(setting: setting, of: property) }
    return try kafkaError { _ = try KafkaProducer(configuration, log: silent) }
  }

  @Test(
    "a file that is not there is named with its path, its setting and the system's reason",
    arguments: [
      "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.crl.location",
      "ssl.keystore.location",
    ])
  func missing(property: String) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/nope"
    let error = try error(
      of: property, path, protocol: "sasl_ssl", setting: "kafka.properties.\(property)")
    #expect(
      error.description
        == "could not read \(path), which kafka.properties.\(property) names: No such file or "
        + "directory (_FS); correct the path, or let the user that runs this process read the file")
    #expect(error.recovery == .exit)
  }

  @Test("a relative path is named from the root, and a directory is none of the files")
  func relative() throws {
    #expect(try error(of: "ssl.key.location", "./no/key").operation.hasPrefix("read /"))
    #expect(try !error(of: "ssl.key.location", "./no/key").operation.contains("./"))
    let directory = try TemporaryDirectory()
    let reason = try error(of: "ssl.certificate.location", directory.path).reason
    #expect(reason == "Is a directory")
  }

  @Test(
    "a file that OpenSSL refuses is named, with what it should contain",
    arguments: ["ssl.ca.location", "ssl.certificate.location", "ssl.key.location"])
  func refused(property: String) throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("file.pem", "no certificate\n")
    let text = try error(of: property, path).description
    #expect(text.contains("could not use \(path), which \(property) names"), "\(text)")
    #expect(text.contains("in PEM") && text.contains("OpenSSL says"), "\(text)")
  }

  @Test("without TLS nothing is looked at, as before")
  func plaintext() throws {
    let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1")
      .setting("ssl.ca.location", "/nope")
    _ = try KafkaProducer(configuration, log: silent)
  }
}
