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
      #expect(try Credentials(directory: directory.path).text(named: "password") == secret)
    }
  }

  @Test("the largest credential is read, a larger one refused")
  func size() throws {
    let directory = try TemporaryDirectory()
    let credentials = Credentials(directory: directory.path)
    try directory.write("large", [UInt8](repeating: 0x61, count: Credentials.bytesMaximum))
    #expect(try credentials.text(named: "large").utf8.count == Credentials.bytesMaximum)
    try directory.write("large", [UInt8](repeating: 0x61, count: Credentials.bytesMaximum + 1))
    #expect(
      throws: ServiceManagerError.credentialTooLarge(
        name: "large", bytesMaximum: Credentials.bytesMaximum)
    ) { try credentials.text(named: "large") }
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
      try Credentials(directory: directory.path).text(named: name)
    }
  }

  @Test("a credential that is missing or no text is a clear error without the secret in it")
  func errors() throws {
    let directory = try TemporaryDirectory()
    try directory.write("binary", [0x73, 0x33, 0xff, 0xfe])
    let credentials = Credentials(directory: directory.path)
    #expect(throws: ServiceManagerError.credentialNotText(name: "binary")) {
      try credentials.text(named: "binary")
    }
    #expect(
      throws: ServiceManagerError.credentialUnreadable(
        name: "absent", reason: "No such file or directory")
    ) { try credentials.text(named: "absent") }
    #expect(throws: ServiceManagerError.noCredentials(wanted: "password")) {
      try Credentials(directory: nil).text(named: "password")
    }
  }
}
