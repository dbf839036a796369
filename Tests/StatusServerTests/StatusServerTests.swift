import Glibc
import Metrics
import StatusServer
import Testing

@Suite(.timeLimit(.minutes(2))) struct StatusServerTests {
  @Test("/metrics is the registry in the text format, with its content type")
  func metrics() throws {
    let registry = MetricsRegistry()
    registry.counter("points_total", "Points.").add(12)
    let server = try makeServer(metrics: { registry.snapshot() })
    defer { server.stop() }
    let response = try #require(get("/metrics", from: server))
    #expect(response.status == 200)
    #expect(response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    #expect(
      response.text == "# HELP points_total Points.\n# TYPE points_total counter\npoints_total 12\n"
    )
  }

  @Test("health and readiness answer 200 or 503 with the reason")
  func health() throws {
    let server = try makeServer(
      snapshot: {
        StatusSnapshot(
          liveness: .up, readiness: .down("replaying partition 3"), status: .object([:]))
      })
    defer { server.stop() }
    let live = try #require(get("/healthz", from: server))
    #expect((live.status, live.text) == (200, "ok\n"))
    let ready = try #require(get("/readyz", from: server))
    #expect((ready.status, ready.text) == (503, "replaying partition 3\n"))
  }

  @Test("/status is the value tree as JSON with sorted keys")
  func status() throws {
    let partition: [String: StatusValue] = ["topic": .string("a/\"b\"\n"), "lag": .integer(-4)]
    let tree = StatusValue.object([
      "version": .string("1.2"), "series": .integer(3), "partitions": .array([.object(partition)]),
    ])
    let server = try makeServer(
      snapshot: { StatusSnapshot(liveness: .up, readiness: .up, status: tree) })
    defer { server.stop() }
    let response = try #require(get("/status", from: server))
    #expect(response.headers["content-type"] == "application/json")
    let compact = response.text.filter { $0 != "\n" && $0 != " " }
    #expect(
      compact
        == #"{"partitions":[{"lag":-4,"topic":"a/\"b\"\n"}],"series":3,"version":"1.2"}"#)
  }

  @Test("HEAD has the head of GET and no body")
  func head() throws {
    let server = try makeServer()
    defer { server.stop() }
    let client = RawClient(port: server.address.port)
    client.send("HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    let response = try #require(client.response(head: true))
    #expect(response.status == 200)
    #expect(response.headers["content-length"] == "3")
    #expect(client.pending.isEmpty)
    #expect(client.receiveToEnd() == [])
  }

  @Test("other paths are 404, other methods 405 with Allow, bodies are not read")
  func refusals() throws {
    let server = try makeServer()
    defer { server.stop() }
    // request head → status
    let cases: [(String, Int)] = [
      ("GET / HTTP/1.1", 404),
      ("GET /metrics/ HTTP/1.1", 404),
      ("GET /../etc/passwd HTTP/1.1", 404),
      ("GET /healthz?verbose=1 HTTP/1.1", 200),
      ("POST /metrics HTTP/1.1", 405),
      ("DELETE /status HTTP/1.1", 405),
      ("BREW /healthz HTTP/1.1", 405),
      ("POST /metrics HTTP/1.1\r\nContent-Length: 1000000000", 405),
      ("GET /metrics HTTP/1.1\r\nContent-Length: 5", 400),
      ("GET /metrics HTTP/1.1\r\nTransfer-Encoding: chunked", 400),
    ]
    for (request, status) in cases {
      let client = RawClient(port: server.address.port)
      client.send(request + "\r\nHost: x\r\n\r\n")
      let response = try #require(client.response(), "\(request)")
      #expect(response.status == status, "\(request)")
      #expect(response.headers["allow"] == (status == 405 ? "GET, HEAD" : nil), "\(request)")
    }
  }

  @Test("pipelined requests are answered in their order on one connection")
  func pipelining() throws {
    let server = try makeServer()
    defer { server.stop() }
    let client = RawClient(port: server.address.port)
    let paths = ["/healthz", "/nothing", "/status", "/metrics", "/readyz"]
    client.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
    let statuses = paths.map { _ in client.response()?.status }
    #expect(statuses == [200, 404, 200, 200, 200])
  }

  @Test("a taken port is a clear error, and a free one is found for port 0")
  func addressInUse() throws {
    let first = try makeServer()
    #expect(first.address.port != 0)
    let taken = first.address
    #expect(throws: StatusServerError.addressInUse(taken)) {
      try makeServer(listen: taken)
    }
    #expect(
      "\(StatusServerError.addressInUse(taken))".contains("127.0.0.1:\(taken.port) is in use"))
    first.stop()
    let second = try makeServer(listen: taken)
    #expect(get("/healthz", from: second)?.status == 200)
    second.stop()
  }

  @Test("an address that is not this machine's is a clear error")
  func foreignAddress() throws {
    let address = try ListenAddress("192.0.2.1:0")
    #expect(throws: StatusServerError.addressNotAvailable(address)) {
      try makeServer(listen: address)
    }
  }

  @Test("stopping closes the connections of clients in every state, and stopping again is harmless")
  func stopWithClients() throws {
    let server = try makeServer()
    let idle = RawClient(port: server.address.port)
    let half = RawClient(port: server.address.port)
    half.send("GET /healthz HTTP/1.1\r\nHo")
    let alive = RawClient(port: server.address.port)
    alive.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(alive.response()?.status == 200)
    server.stop()
    for client in [idle, half, alive] { #expect(client.receiveToEnd() == []) }
    server.stop()
    let late = RawClient(port: server.address.port)
    late.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(late.response() == nil)
  }

  @Test("IPv6 works where the machine has it")
  func ipv6() throws {
    do {
      let server = try makeServer(listen: try ListenAddress("[::1]:0"))
      #expect(server.address.description == "[::1]:\(server.address.port)")
      server.stop()
    } catch StatusServerError.addressNotAvailable {
      try Test.cancel("this machine has no IPv6 loopback address")
    }
  }

  @Test(
    "addresses are literal, with a port",
    arguments: [
      // text, what it is shown as (nil: refused), loopback
      ("127.0.0.1:9464", "127.0.0.1:9464", true),
      ("127.8.9.1:0", "127.8.9.1:0", true),
      ("0.0.0.0:80", "0.0.0.0:80", false),
      ("[::1]:9464", "[::1]:9464", true),
      ("[0:0::1]:9464", "[0:0::1]:9464", true),
      ("[::]:9464", "[::]:9464", false),
      ("[fe80::1]:9464", "[fe80::1]:9464", false),
      ("[::ffff:127.0.0.1]:9464", "[::ffff:127.0.0.1]:9464", false),
      ("localhost:9464", nil, false),
      ("127.0.0.1", nil, false),
      ("127.0.0.1:", nil, false),
      ("127.0.0.1:65536", nil, false),
      ("127.0.0.1:+80", nil, false),
      ("::1:9464", nil, false),
      ("[127.0.0.1]:9464", nil, false),
      (":9464", nil, false),
      ("", nil, false),
    ] as [(String, String?, Bool)])
  func addresses(text: String, shown: String?, isLoopback: Bool) throws {
    guard let shown else {
      #expect(throws: StatusServerError.invalidAddress(text)) { try ListenAddress(text) }
      return
    }
    let address = try ListenAddress(text)
    #expect(address.description == shown)
    #expect(address.isLoopback == isLoopback)
  }
}

func makeServer(
  listen: ListenAddress? = nil, limits: StatusServer.Limits = .init(),
  metrics: @escaping @Sendable () -> [MetricFamily] = { [] },
  snapshot: @escaping @Sendable () -> StatusSnapshot = {
    StatusSnapshot(liveness: .up, readiness: .up, status: .object([:]))
  }
) throws -> StatusServer {
  try StatusServer(
    listen: try listen ?? ListenAddress("127.0.0.1:0"), limits: limits, metrics: metrics,
    snapshot: snapshot)
}

func get(_ path: String, from server: StatusServer) -> RawClient.Response? {
  let client = RawClient(port: server.address.port)
  client.send("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
  return client.response()
}
