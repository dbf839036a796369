import ServiceManager
import TestSupport
import Testing

@Suite struct CredentialsTests {
  @Test("a credential is its file's text without the last newline")
  func text() throws {
    let directory = try TemporaryDirectory()
    for (content, secret) in [
      ("s3cret", "s3cret"), ("s3cret\n", "s3cret"), ("a\nb\n\n", "a\nb\n"), ("", ""),
    ] {
      try directory.write("password", content)
      #expect(try Credentials(directory: directory.path).location(of: "password").text() == secret)
    }
  }

  @Test("the largest credential is read, a larger one refused")
  func size() throws {
    let directory = try TemporaryDirectory()
    let credentials = Credentials(directory: directory.path)
    try directory.write("large", [UInt8](repeating: 0x61, count: Credentials.bytesMaximum))
    #expect(try credentials.location(of: "large").text().utf8.count == Credentials.bytesMaximum)
    try directory.write("large", [UInt8](repeating: 0x61, count: Credentials.bytesMaximum + 1))
    #expect(
      throws: ServiceManagerError.secretTooLarge(
        .credential(name: "large", path: directory.path + "/large"),
        bytesMaximum: Credentials.bytesMaximum)
    ) { try credentials.location(of: "large").text() }
  }

  @Test(
    "a credential's name that leads elsewhere is refused",
    arguments: [
      "", ".", "..", "../shadow", "a/b", "/etc/passwd", "a\0b", "a b", "ü",
      String(repeating: "a", count: 256),
    ])
  func names(_ name: String) throws {
    let directory = try TemporaryDirectory()
    #expect(throws: ServiceManagerError.invalidCredentialName(name)) {
      try Credentials(directory: directory.path).location(of: name)
    }
  }

  @Test("a credential that is missing or no text is a clear error without the secret in it")
  func errors() throws {
    let directory = try TemporaryDirectory()
    try directory.write("binary", [0x73, 0x33, 0xff, 0xfe])
    let credentials = Credentials(directory: directory.path)
    #expect(
      throws: ServiceManagerError.secretNotText(
        .credential(name: "binary", path: directory.path + "/binary"))
    ) { try credentials.location(of: "binary").text() }
    #expect(
      throws: ServiceManagerError.secretUnreadable(
        .credential(name: "absent", path: directory.path + "/absent"),
        reason: "No such file or directory")
    ) { try credentials.location(of: "absent").text() }
    #expect(throws: ServiceManagerError.noCredentials(wanted: "password")) {
      try Credentials(directory: nil).location(of: "password")
    }
  }

  @Test("only errors of a credential speak of LoadCredential")
  func texts() throws {
    let directory = try TemporaryDirectory()
    func text(_ location: SecretLocation) -> String {
      let error = #expect(throws: ServiceManagerError.self) { try location.text() }
      return error.map { "\($0)" } ?? ""
    }
    let path = directory.path + "/nope"
    let file = text(.file(path: path))
    #expect(file.contains("the file \(path) can't be read: No such file or directory"))
    #expect(!file.contains("LoadCredential") && file.contains("correct the path"))
    let credential = text(.credential(name: "nope", path: path))
    #expect(credential.contains("LoadCredential=nope:") && credential.contains(path))
    #expect(text(.file(path: directory.path)).contains("Is a directory"))
  }
}
