import Glibc
import TestSupport

struct HTTPAnswer {
  let status: Int
  let head: String
  let body: String
}

/// One request over a socket of its own to a port of the loopback interface.
func httpGet(_ path: String, port: UInt16) throws -> HTTPAnswer {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  defer { close(descriptor) }
  var limit = timeval(tv_sec: 10, tv_usec: 0)
  let size = socklen_t(MemoryLayout<timeval>.size)
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
  let isConnected = withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
  let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
  guard isConnected, send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
  else { throw SurroundingsError.system("no connection to port \(port)") }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count >= 0 else { throw SurroundingsError("no answer to GET \(path)") }
    if count == 0 { break }
    bytes += buffer[..<count]
  }
  let text = String(decoding: bytes, as: UTF8.self)
  guard let end = text.firstRange(of: "\r\n\r\n"),
    let status = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
  else { throw SurroundingsError("no HTTP answer to GET \(path): \(text)") }
  return HTTPAnswer(
    status: status, head: String(text[..<end.lowerBound]), body: String(text[end.upperBound...]))
}
