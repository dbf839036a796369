import Glibc

/// A TCP client that sends what it is told, right or wrong, and never blocks for long.
final class RawClient {
  private let descriptor: Int32

  struct Response {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }
  }

  /// Begins to connect to a loopback port.
  init(port: UInt16) {
    let nonblocking = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    descriptor = socket(AF_INET, nonblocking, 0)
    precondition(descriptor >= 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
        _ = connect(descriptor, rebound, size)
      }
    }
  }

  deinit { close(descriptor) }

  /// False where the server has closed the connection or took nothing for ten seconds.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      guard isReady(to: .write, milliseconds: 10_000) else { return false }
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0 {
        guard errno == EAGAIN else { return false }
      } else {
        rest = rest.dropFirst(count)
      }
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// One read: nil when nothing came in time, empty when the server closed.
  func receive(milliseconds: Int32 = 10_000) -> [UInt8]? {
    guard isReady(to: .read, milliseconds: milliseconds) else { return nil }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return Array(buffer.prefix(max(count, 0)))
  }

  /// Everything until the server closes; nil where it does not within ten seconds of silence.
  func receiveToEnd() -> [UInt8]? {
    var all: [UInt8] = []
    while let bytes = receive() {
      if bytes.isEmpty { return all }
      all += bytes
    }
    return nil
  }

  /// One response, whose length its head tells; nil where none came.
  func response(head: Bool = false) -> Response? {
    let end = Array("\r\n\r\n".utf8)
    while true {
      if let range = pending.firstRange(of: end) {
        let response = parse(Array(pending[..<range.lowerBound]))
        let length = head ? 0 : Int(response.headers["content-length"] ?? "0") ?? 0
        let total = range.upperBound + length
        if pending.count >= total {
          let body = Array(pending[range.upperBound..<total])
          pending.removeFirst(total)
          return Response(status: response.status, headers: response.headers, body: body)
        }
      }
      guard let more = receive(), !more.isEmpty else { return nil }
      pending += more
    }
  }

  /// What arrived after the last response.
  private(set) var pending: [UInt8] = []

  private func parse(_ head: [UInt8]) -> (status: Int, headers: [String: String]) {
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
    }
    return (status, headers)
  }

  enum Direction { case read, write }

  /// Whether the socket can be read or written, or has failed; waits at most so long.
  func isReady(to direction: Direction, milliseconds: Int32) -> Bool {
    let events = direction == .read ? POLLIN : POLLOUT
    var watched = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    return poll(&watched, 1, milliseconds) > 0
  }
}

extension [UInt8] {
  fileprivate func firstRange(of pattern: [UInt8]) -> Range<Int>? {
    guard count >= pattern.count else { return nil }
    for start in 0...(count - pattern.count)
    where self[start..<(start + pattern.count)].elementsEqual(pattern) {
      return start..<(start + pattern.count)
    }
    return nil
  }
}
