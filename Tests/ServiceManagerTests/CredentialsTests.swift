import Glibc
import ServiceManager
import Testing

@Suite struct CredentialsTests {
  @Test("a credential is its file's text without the last newline")
  func text() throws {
    let directory = try TemporaryDirectory()
    for (content, secret) in [
      ("s3cret", "s3cret"), ("s3cret\n", "s3cret"), ("a\nb\n\n", "a\nb\n"), ("", ""),
    ] {
      try directory.write(Array(content.utf8), to: "password")
      #expect(try Credentials(directory: directory.path).text(named: "password") == secret)
    }
  }

  @Test("the largest credential is read, a larger one refused")
  func size() throws {
    let directory = try TemporaryDirectory()
    let credentials = Credentials(directory: directory.path)
    try directory.write([UInt8](repeating: 0x61, count: Credentials.bytesMax), to: "large")
    #expect(try credentials.text(named: "large").utf8.count == Credentials.bytesMax)
    try directory.write([UInt8](repeating: 0x61, count: Credentials.bytesMax + 1), to: "large")
    #expect(
      throws: ServiceManagerError.credentialTooLarge(name: "large", bytesMax: Credentials.bytesMax)
    ) { try credentials.text(named: "large") }
  }

  @Test(
    "names that lead elsewhere are refused",
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

  @Test("what is missing or no text is a clear error without the secret in it")
  func errors() throws {
    let directory = try TemporaryDirectory()
    try directory.write([0x73, 0x33, 0xff, 0xfe], to: "binary")
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

final class TemporaryDirectory {
  let path: String

  struct Failure: Error {
    let code: Int32
  }

  init() throws {
    var template = Array("/tmp/forecastd-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Failure(code: errno) }
    path = String(cString: made)
  }

  deinit {
    for name in names { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  private var names: Set<String> = []

  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    names.insert(name)
    let file = "\(path)/\(name)"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure(code: errno) }
    defer { close(descriptor) }
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw Failure(code: errno)
    }
    return file
  }
}
