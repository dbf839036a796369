import Glibc
import Testing

/// The systemd unit as systemd itself judges it.
@Suite(.timeLimit(.minutes(2))) struct UnitFileTests {
  @Test("systemd accepts the unit without a warning", .enabled(if: hasAnalyze, noAnalyze))
  func verify() throws {
    let directory = try TemporaryDirectory()
    // systemd checks that the program exists, and it is not installed here.
    let unit = try unitText().replacing("/usr/bin/forecastd", with: "/bin/true")
    let file = try directory.write(Array(unit.utf8), to: "forecastd.service")
    let child = try ChildProcess([analyze, "verify", "--man=no", file])
    #expect(child.lines().filter { $0.contains("forecastd") } == [])
    #expect(child.waitForEnd() == .exited(0))
  }

  @Test("systemd finds fault with a broken unit", .enabled(if: hasAnalyze, noAnalyze))
  func verifyFindsFaults() throws {
    let directory = try TemporaryDirectory()
    let unit = try unitText().replacing("/usr/bin/forecastd", with: "/nonexistent/forecastd")
    let file = try directory.write(Array(unit.utf8), to: "forecastd.service")
    let child = try ChildProcess([analyze, "verify", "--man=no", file])
    #expect(!child.lines().isEmpty)
    #expect(child.waitForEnd() != .exited(0))
  }

  @Test(
    "the service's exposure is 1.5 or better",
    .enabled(if: analyzeVersion >= 250, "systemd-analyze of systemd 250 or later is not installed"))
  func exposure() throws {
    let child = try ChildProcess(
      [analyze, "security", "--offline=true", "--no-pager", "--threshold=15", unitPath])
    let verdict = child.lines().last { $0.contains("Overall exposure level") }
    #expect(child.waitForEnd() == .exited(0), "\(verdict ?? "no verdict")")
    #expect(verdict != nil)
  }

  @Test("the unit has what the daemon counts on")
  func settings() throws {
    let lines = try Set(unitText().split(separator: "\n").map(String.init))
    for setting in [
      "Type=notify", "WatchdogSec=30", "StateDirectory=forecastd", "Restart=on-failure",
      "ExecStart=/usr/bin/forecastd run --config /etc/forecastd/forecastd.yaml",
      "ExecReload=/bin/kill -HUP $MAINPID", "After=network-online.target",
      "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "MemoryDenyWriteExecute=yes",
    ] {
      #expect(lines.contains(setting))
    }
  }
}

private let analyze = "/usr/bin/systemd-analyze"
private let hasAnalyze = access(analyze, X_OK) == 0
private let noAnalyze: Comment = "systemd-analyze is not installed"
/// 0 where it is not installed.
private let analyzeVersion: Int = {
  guard hasAnalyze, let child = try? ChildProcess([analyze, "--version"]),
    let words = child.line()?.split(separator: " "), words.count > 1
  else { return 0 }
  return Int(words[1]) ?? 0
}()

private var unitPath: String {
  // Tests/ServiceManagerTests/<this file> → the package.
  #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    + "/systemd/forecastd.service"
}

private func unitText() throws -> String {
  let child = try ChildProcess(["/bin/cat", unitPath])
  return child.lines().joined(separator: "\n") + "\n"
}
