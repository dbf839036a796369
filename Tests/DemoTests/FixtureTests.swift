import Demo
import Glibc
import Testing

@Suite struct FixtureTests {
  private static let checkout =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

  @Test("the bundled recording is found from anywhere below the checkout")
  func checkout() throws {
    let found = try FixtureFile.locate(executable: Self.checkout + "/.build/x/release/forecastd")
    #expect(found == Self.checkout + "/fixtures/host/build-machine.influx")
    #expect(try FixtureFile.locate(executable: FixtureFile.executable()).hasSuffix(".influx"))
  }

  @Test("an installed program finds the recording beside it first")
  func installed() throws {
    let place = Self.checkout + "/.build"
    var template = Array("\(place)/fixture-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let prefix = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    let directories = ["share", "share/forecastd", "share/forecastd/fixtures"]
    let leaf = "share/forecastd/fixtures/host"
    for name in directories + [leaf] { try #require(mkdir("\(prefix)/\(name)", 0o700) == 0) }
    let file = "\(prefix)/\(leaf)/build-machine.influx"
    close(open(file, O_WRONLY | O_CREAT, 0o600))
    defer {
      unlink(file)
      for name in [leaf] + directories.reversed() + ["."] {
        rmdir(name == "." ? prefix : "\(prefix)/\(name)")
      }
    }
    #expect(try FixtureFile.locate(executable: prefix + "/bin/forecastd") == file)
  }

  @Test("where there is no recording, the error says what to do")
  func missing() {
    #expect {
      try FixtureFile.locate(executable: "/nowhere/bin/forecastd")
    } throws: { error in
      let text = "\(error)"
      return text.contains("/nowhere/bin/forecastd") && text.contains("--fixture FILE")
    }
  }

  @Test(
    "a file that is no recording is refused with its reason",
    arguments: [
      ("", "no two instants"),
      ("cpu v=1 1700000000000000000\n", "no two instants"),
      ("cpu v=1\ncpu v=2\n", "without a timestamp in nanoseconds, at byte 0"),
      ("cpu v=1 1700000000\ncpu v=2 1700000002\n", "without a timestamp in nanoseconds"),
      ("cpu v=1 1700000002000000000\ncpu v=2 1700000000000000000\n", "order of time"),
    ])
  func refused(text: String, reason: String) throws {
    var template = Array("/tmp/forecastd-fixture-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    try #require(file >= 0)
    let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    defer { unlink(path) }
    try #require(write(file, text, text.utf8.count) == text.utf8.count)
    close(file)
    #expect {
      try Fixture(path: path)
    } throws: { error in
      "\(error)".contains(reason) && "\(error)".contains(path)
    }
  }
}
