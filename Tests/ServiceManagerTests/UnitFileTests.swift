import Glibc
import TestSupport
import Testing

/// The systemd unit as systemd itself judges it.
@Suite(.timeLimit(.minutes(2))) struct UnitFileTests {
  @Test("systemd accepts the unit without a warning", .enabled(if: hasAnalyze, noAnalyze))
  func verify() throws {
    // systemd checks that the program exists, and it is not installed here.
    let outcome = try systemdVerify(program: "/bin/true")
    let complaints = outcome.output.split(separator: "\n").filter { $0.contains("forecastd") }
    #expect(complaints == [])
    #expect(outcome.end == .exited(0))
  }

  @Test("systemd finds fault with a broken unit", .enabled(if: hasAnalyze, noAnalyze))
  func verifyFindsFaults() throws {
    let outcome = try systemdVerify(program: "/nonexistent/forecastd")
    #expect(!outcome.output.isEmpty)
    #expect(outcome.end != .exited(0))
  }

  @Test(
    "the service's exposure is 1.5 or better",
    .enabled(if: analyzeVersion >= 250, "systemd-analyze of systemd 250 or later is not installed"))
  func exposure() throws {
    let outcome = try ChildProcess.run(
      [
        analyze, "security", "--offline=true", "--no-pager", "--threshold=15",
        packageDirectory + "/systemd/forecastd.service",
      ], environment: [:])
    #expect(outcome.end == .exited(0), "\(outcome.output)")
    #expect(outcome.output.contains("Overall exposure level"))
  }

  @Test("the systemd unit has the settings that the daemon counts on")
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
  guard hasAnalyze, let version = try? ChildProcess.run([analyze, "--version"]),
    let number = version.output.split(separator: " ").dropFirst().first
  else { return 0 }
  return Int(number) ?? 0
}()

private func unitText() throws -> String { try repositoryFile("systemd/forecastd.service") }

/// What systemd says of the unit with another program.
private func systemdVerify(program: String) throws -> ChildProcess.Outcome {
  let unit = try unitText().replacing("/usr/bin/forecastd", with: program)
  let directory = try TemporaryDirectory()
  return try ChildProcess.run(
    [analyze, "verify", "--man=no", try directory.write("forecastd.service", unit)],
    environment: [:])
}
