import Glibc
import Metrics
import StatusServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct HostileClientTests {
  @Test("a client that sends its request byte by byte is cut at the deadline")
  func slowWriter() throws {
    let server = try makeServer(limits: limits(timeout: .milliseconds(300)))
    defer { server.stop() }
    let client = RawClient(port: server.address.port)
    client.send("GET /healthz HTTP/1.1\r\nX-Slow: ")
    // A byte each 50 ms is never silent for long: only the deadline can end it.
    var closed = false
    for _ in 0..<200 where !closed {
      closed = !client.send("a") || client.receive(milliseconds: 50) == []
    }
    #expect(closed)
    #expect(get("/healthz", from: server)?.status == 200)
  }

  @Test("a silent connection is cut")
  func silentClient() throws {
    let server = try makeServer(limits: limits(timeout: .milliseconds(100)))
    defer { server.stop() }
    #expect(RawClient(port: server.address.port).receiveToEnd() == [])
  }

  @Test("a client that doesn't read its answer is cut at the deadline")
  func slowReader() throws {
    let samples = (0..<200_000).map { index in
      Sample(labels: [Label("index", "\(index) of a long exposition")], .number(1))
    }
    let server = try makeServer(
      limits: limits(timeout: .milliseconds(500)),
      metrics: { [MetricFamily(name: "x", help: "h", kind: .gauge, samples: samples)] })
    defer { server.stop() }
    let client = RawClient(port: server.address.port)
    client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    let first = try #require(client.receive())
    let length = try #require(
      String(decoding: first, as: UTF8.self).split(separator: "\r\n")
        .first { $0.lowercased().hasPrefix("content-length: ") }
        .flatMap { Int($0.dropFirst(16)) })
    // Long after the deadline: what is read now was in the sockets' buffers by then.
    usleep(1_500_000)
    #expect(get("/healthz", from: server)?.status == 200)
    let rest = try #require(client.receiveToEnd())
    #expect(first.count + rest.count < length)
  }

  @Test("no more clients than the limit are served at once; the next one waits for a place")
  func connectionLimit() throws {
    var bounds = limits(timeout: .seconds(60))
    bounds.connections = 4
    bounds.connectionsPerAddress = 4
    let server = try makeServer(limits: bounds)
    defer { server.stop() }
    var served = served(4, by: server)
    let waiting = asking(server)
    #expect(waiting.receive(milliseconds: 300) == nil)
    served.removeFirst()
    #expect(waiting.response()?.status == 200)
  }

  @Test("one address can't take more connections than its share")
  func addressLimit() throws {
    var bounds = limits(timeout: .seconds(60))
    bounds.connectionsPerAddress = 2
    let server = try makeServer(limits: bounds)
    defer { server.stop() }
    let served = served(2, by: server)
    #expect(asking(server).response() == nil)
    withExtendedLifetime(served) {}
  }

  @Test("a hundred clients at once are all answered, most after waiting for a place")
  func manyClients() throws {
    var bounds = limits(timeout: .seconds(20))
    bounds.connections = 8
    let server = try makeServer(limits: bounds)
    defer { server.stop() }
    var connecting = (0..<100).map { _ in RawClient(port: server.address.port) }
    var asking: [RawClient] = []
    var statuses: [Int?] = []
    let clock = ContinuousClock()
    let deadline = clock.now.advanced(by: .seconds(60))
    while statuses.count < 100, clock.now < deadline {
      for client in connecting where client.isReady(to: .write, milliseconds: 0) {
        client.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        asking.append(client)
      }
      connecting.removeAll { client in asking.contains { $0 === client } }
      for client in asking where client.isReady(to: .read, milliseconds: 1) {
        statuses.append(client.response()?.status)
        asking.removeAll { $0 === client }
      }
    }
    #expect(statuses == [Int?](repeating: 200, count: 100))
  }

  @Test("malformed requests are refused and disturb nobody")
  func malformed() throws {
    let server = try makeServer(limits: limits(timeout: .milliseconds(200)))
    defer { server.stop() }
    let seed = UInt64.random(in: 1 ... .max)
    var random = SplitMix(seed: seed)
    let noise = (0..<4_096).map { _ in UInt8.random(in: 0...255, using: &random) }
    let long = String(repeating: "a", count: 100_000)
    let cases: [[UInt8]] = [
      noise,
      Array("\r\n\r\n\r\n".utf8),
      Array("GET\r\n\r\n".utf8),
      Array("GET /healthz\r\n\r\n".utf8),
      Array("GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n".utf8),
      Array("GET /healthz HTTP/1.1\r\n\r\n".utf8),  // no Host
      Array("GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
      Array("GET /healthz HTTP/1.1\r\nHost: x\r\nX: \(long)\r\n\r\n".utf8),
      Array("GET /healthz HTTP/1.1\r\n".utf8)
        + Array(String(repeating: "A: b\r\n", count: 20_000).utf8),
      Array("GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".utf8),
      Array(
        "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n".utf8),
      Array("GET /heal".utf8) + [0] + Array("thz HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
      Array("GET /%00%ff%zz HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
      Array("GET /\u{9b}31m HTTP/1.1\r\nHost: \u{202e}\r\n\r\n".utf8),
    ]
    for (index, bytes) in cases.enumerated() {
      let client = RawClient(port: server.address.port)
      client.send(bytes)
      let answer = try #require(client.receiveToEnd(), "case \(index), seed \(seed)")
      let status = String(decoding: answer.prefix(12), as: UTF8.self)
      #expect(
        answer.isEmpty || status.hasPrefix("HTTP/1.1 4") || status.hasPrefix("HTTP/1.1 5")
          || status.hasPrefix("HTTP/1.1 200") && index == 3,
        "case \(index), seed \(seed): \(status)")
      #expect(get("/healthz", from: server)?.status == 200, "after case \(index), seed \(seed)")
    }
  }

  /// A client that has sent a request and goes on after the answer.
  private func asking(_ server: StatusServer) -> RawClient {
    let client = RawClient(port: server.address.port)
    client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    return client
  }

  /// Clients that have got their answers and stay.
  private func served(_ count: Int, by server: StatusServer) -> [RawClient] {
    let clients = (0..<count).map { _ in asking(server) }
    for client in clients { #expect(client.response()?.status == 200) }
    return clients
  }

  private func limits(timeout: Duration) -> StatusServer.Limits {
    var limits = StatusServer.Limits()
    limits.requestTimeout = timeout
    return limits
  }
}
