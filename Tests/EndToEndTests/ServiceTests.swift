import FoundationEssentials
import Glibc
import KafkaClient
import KafkaTestBroker
import TestSupport
import Testing

extension EndToEndTests {
  @Suite(.needsBroker) struct ServiceTests {
    @Test("the service manager hears of readiness, life, a reload and the end")
    func notifications() throws {
      let directory = try TemporaryDirectory()
      let manager = try ManagerSocket(path: directory.newPath("notify"))
      let daemon = try readyDaemon(in: directory)
      try daemon.start(
        environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "20000000"])
      #expect(try manager.receive { $0.hasPrefix("READY=1") }.contains("STATUS=consuming"))
      try manager.receive { $0.hasPrefix("STATUS=") && $0.contains("points") }
      try manager.receive { $0 == "WATCHDOG=1" }
      try manager.receive { $0 == "WATCHDOG=1" }

      try daemon.replaceInConfiguration("# level", with: "log: { level: debug } # level")
      daemon.send(signal: SIGHUP)
      try manager.receive { $0.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") }
      try manager.receive { $0 == "READY=1" }
      #expect(daemon.log.contains("log_level=debug"))

      try daemon.replaceInConfiguration("group:", with: "grupo:")
      daemon.send(signal: SIGHUP)
      try manager.receive { $0.hasPrefix("RELOADING=1") }
      try manager.receive { $0 == "READY=1" }
      #expect(daemon.log.contains("configuration not read again"))

      #expect(try daemon.stop() == .exited(0), "\(daemon.log)")
      try manager.receive { $0.hasPrefix("STOPPING=1") }
    }

    @Test("the status server answers what probes and Prometheus ask")
    func status() throws {
      let directory = try TemporaryDirectory()
      let daemon = try readyDaemon(in: directory)
      try daemon.start()
      #expect(try daemon.status("/healthz").status == 200)
      _ = try eventually("an assignment\n\(daemon.log)") {
        let answer = try daemon.status("/readyz")
        // Until then it says that it is not ready, and why.
        guard answer.status != 200 else { return true }
        #expect(answer.status == 503 && answer.body.contains("no partition is assigned yet"))
        return nil
      }
      #expect(daemon.log.contains("partition assigned"))
      #expect(!daemon.log.contains("other machines"))

      // A partition's lag is known with its first fetch.
      let metrics = try eventually("a lag") {
        let answer = try daemon.status("/metrics")
        return answer.body.contains("# HELP forecastd_lag_records ") ? answer : nil
      }
      #expect(metrics.status == 200 && metrics.head.contains("text/plain; version=0.0.4"))
      for family in ["points_total", "drops_total", "lag_records", "batch_seconds", "series"] {
        #expect(metrics.body.contains("# HELP forecastd_\(family) "), "\(family)")
      }
      let status = try daemon.status("/status")
      #expect(status.status == 200 && status.head.contains("application/json"))
      let decoded = try JSONDecoder().decode(Status.self, from: Data(status.body.utf8))
      #expect(decoded.streams.map(\.name) == ["default"] && decoded.points == 0)
      #expect(try daemon.status("/nothing").status == 404)
      #expect(try daemon.stop() == .exited(0), "\(daemon.log)")
    }

    @Test("a status server that other machines can reach is warned of, with what to do")
    func openStatus() throws {
      let directory = try TemporaryDirectory()
      let daemon = try readyDaemon(in: directory)
      try daemon.replaceInConfiguration("127.0.0.1:0", with: "0.0.0.0:0")
      try daemon.start()
      #expect(daemon.log.contains(#"warning msg="other machines can reach the status server"#))
      #expect(daemon.log.contains("set status.listen to 127.0.0.1:"))
      #expect(try daemon.stop() == .exited(0), "\(daemon.log)")
    }

    private struct Status: Decodable {
      struct Stream: Decodable {
        let name: String
      }
      let streams: [Stream]
      let points: Int
    }

    private func readyDaemon(in directory: TemporaryDirectory) throws -> DaemonProcess {
      let broker = try KafkaTestBroker.shared()
      let daemon = try DaemonProcess("service", broker: broker, in: directory, top: "# level")
      let admin = try KafkaAdmin(broker.configuration) { _, _, _ in }
      try admin.create(NewTopic(daemon.topics.input, partitionCount: 4))
      return daemon
    }
  }
}

/// The service manager's end of the notify protocol.
private final class ManagerSocket {
  let path: String
  private let descriptor: Int32

  init(path: String) throws {
    self.path = path
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard code == 0 else {
      throw SurroundingsError.system("no socket at \(path)")
    }
  }

  deinit { close(descriptor) }

  /// Reads datagrams until one is what the test waits for.
  @discardableResult
  func receive(_ isAwaited: (String) -> Bool) throws -> String {
    let deadline = ContinuousClock.now + .seconds(30)
    var others: [String] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while ContinuousClock.now < deadline {
      var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&watched, 1, 1_000) > 0 else { continue }
      let count = recv(descriptor, &buffer, buffer.count, 0)
      let text = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
      if isAwaited(text) { return text }
      others.append(text)
    }
    throw SurroundingsError("not heard in time; but \(others)")
  }
}
