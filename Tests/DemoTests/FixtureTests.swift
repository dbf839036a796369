import Demo
import TestSupport
import Testing

@Suite struct FixtureTests {
  @Test("the bundled recording is found from anywhere below the checkout")
  func checkout() throws {
    let executable = packageDirectory + "/.build/x/release/forecastd"
    let found = try BundledFixture.locate(executable: executable)
    #expect(found == packageDirectory + "/fixtures/host/build-machine.influx")
    #expect(try BundledFixture.locate(executable: BundledFixture.executable()).hasSuffix(".influx"))
  }

  @Test("an installed program finds the recording beside it first")
  func installed() throws {
    // Below a checkout, whose recording would be found otherwise.
    let prefix = try TemporaryDirectory(in: packageDirectory + "/.build")
    let file = try prefix.write("share/forecastd/fixtures/host/build-machine.influx", "")
    #expect(try BundledFixture.locate(executable: prefix.path + "/bin/forecastd") == file)
  }

  @Test("where there is no recording, the error says what to do")
  func missing() {
    #expect {
      try BundledFixture.locate(executable: "/nowhere/bin/forecastd")
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
    let directory = try TemporaryDirectory()
    let path = try directory.write("fixture", text)
    #expect {
      try Fixture(path: path)
    } throws: { error in
      "\(error)".contains(reason) && "\(error)".contains(path)
    }
  }
}
