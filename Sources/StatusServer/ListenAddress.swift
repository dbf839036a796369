import Glibc

/// A literal IPv4 or IPv6 address and a TCP port; port 0 asks the system for a free one.
///
/// Names are not resolved: a name server that changes its answer must not open the server to a
/// network.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
  /// Without brackets.
  package let host: String
  package let port: UInt16
  private let isIPv6: Bool

  /// Reads `127.0.0.1:9464` or `[::1]:9464`.
  package init(_ text: String) throws(StatusServerError) {
    guard let colon = text.lastIndex(of: ":") else { throw .invalidAddress(text) }
    let hostText = text[..<colon]
    let portText = text[text.index(after: colon)...]
    guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(portText)
    else { throw .invalidAddress(text) }
    isIPv6 = hostText.hasPrefix("[") && hostText.hasSuffix("]")
    host = String(isIPv6 ? hostText.dropFirst().dropLast() : hostText)
    self.port = port
    guard isLiteral else { throw .invalidAddress(text) }
  }

  private init(host: String, port: UInt16, isIPv6: Bool) {
    self.host = host
    self.port = port
    self.isIPv6 = isIPv6
  }

  /// Whether only this machine can connect.
  package var isLoopback: Bool {
    guard isIPv6 else { return host.hasPrefix("127.") }
    // The one address of IPv6 has several spellings.
    var address = in6_addr()
    inet_pton(AF_INET6, host, &address)
    return withUnsafeBytes(of: address) { $0.last == 1 && $0.dropLast().allSatisfy { $0 == 0 } }
  }

  package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  func with(port: UInt16) -> ListenAddress {
    ListenAddress(host: host, port: port, isIPv6: isIPv6)
  }

  var family: Int32 { isIPv6 ? AF_INET6 : AF_INET }

  /// Hands the address to a system call in its own form.
  func withSocketAddress<Result>(
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    if isIPv6 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      inet_pton(AF_INET6, host, &address.sin6_addr)
      return withRebound(&address, body)
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    return withRebound(&address, body)
  }

  private func withRebound<Address, Result>(
    _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
        body(rebound, socklen_t(MemoryLayout<Address>.size))
      }
    }
  }

  private var isLiteral: Bool {
    var buffer = in6_addr()
    return inet_pton(family, host, &buffer) == 1
  }
}
