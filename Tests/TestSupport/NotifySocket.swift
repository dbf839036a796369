import Glibc

/// The service manager's end of the notify protocol.
package final class NotifySocket {
  /// What the service finds in NOTIFY_SOCKET.
  package let address: String
  private let descriptor: Int32

  /// - Parameter address: a path, or '@' and an abstract name.
  package init(_ address: String) throws {
    self.address = address
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var socketAddress = sockaddr_un()
    socketAddress.sun_family = sa_family_t(AF_UNIX)
    let isAbstract = address.hasPrefix("@")
    let bytes = isAbstract ? [0] + Array(address.utf8.dropFirst()) : Array(address.utf8)
    withUnsafeMutableBytes(of: &socketAddress.sun_path) { $0.copyBytes(from: bytes) }
    let size = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    let code = withUnsafePointer(to: &socketAddress) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
    }
    guard code == 0 else { throw SurroundingsError.system("no socket at \(address)") }
  }

  deinit { close(descriptor) }

  /// The next datagram; nil where none comes in time.
  package func receive(milliseconds: Int32 = 30_000) -> String? {
    var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&watched, 1, milliseconds) > 0 else { return nil }
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
  }

  /// Reads datagrams until one is what the test waits for.
  @discardableResult
  package func receive(_ isAwaited: (String) -> Bool) throws -> String {
    let deadline = ContinuousClock.now + .seconds(30)
    var others: [String] = []
    while ContinuousClock.now < deadline {
      guard let text = receive(milliseconds: 1_000) else { continue }
      if isAwaited(text) { return text }
      others.append(text)
    }
    throw SurroundingsError("not received in time; but \(others)")
  }
}
