import Glibc

/// A bound and listening TCP socket, made here rather than by libmicrohttpd, which does not say why
/// it could not listen.
struct ListeningSocket: ~Copyable {
  private var descriptor: Int32
  /// With the port the system chose where port 0 was asked for.
  let address: ListenAddress

  init(on requested: ListenAddress, backlog: Int32) throws(StatusServerError) {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(
      requested.family, kind | Int32(SOCK_NONBLOCK.rawValue), Int32(IPPROTO_TCP))
    guard descriptor >= 0 else { throw failure("socket", on: requested) }
    do throws(StatusServerError) {
      try setUp(descriptor, on: requested, backlog: backlog)
      address = requested.with(port: try boundPort(of: descriptor, on: requested))
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Gives the descriptor away; closing it is then the taker's.
  consuming func release() -> Int32 {
    defer { descriptor = -1 }
    return descriptor
  }
}

private func setUp(
  _ descriptor: Int32, on address: ListenAddress, backlog: Int32
) throws(StatusServerError) {
  var yes: Int32 = 1
  let size = socklen_t(MemoryLayout<Int32>.size)
  // A restart must not wait for the old process's connections to time out.
  guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size) == 0 else {
    throw failure("setsockopt", on: address)
  }
  if address.family == AF_INET6 {
    // `[::]` means IPv6 alone, whatever the system's default.
    guard setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, size) == 0 else {
      throw failure("setsockopt", on: address)
    }
  }
  guard address.withSocketAddress({ bind(descriptor, $0, $1) }) == 0 else {
    throw failure("bind", on: address)
  }
  guard listen(descriptor, backlog) == 0 else { throw failure("listen", on: address) }
}

private func boundPort(
  of descriptor: Int32, on address: ListenAddress
) throws(StatusServerError) -> UInt16 {
  var storage = sockaddr_storage()
  var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
  let code = withUnsafeMutablePointer(to: &storage) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
      getsockname(descriptor, rebound, &size)
    }
  }
  guard code == 0 else { throw failure("getsockname", on: address) }
  // The port is at the same place in both families' addresses.
  return withUnsafeBytes(of: &storage) { bytes in
    UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
  }
}

private func failure(_ operation: String, on address: ListenAddress) -> StatusServerError {
  let code = errno
  return switch code {
  case EADDRINUSE: .addressInUse(address)
  case EADDRNOTAVAIL, EAFNOSUPPORT: .addressNotAvailable(address)
  case EACCES, EPERM: .permissionDenied(address)
  default: .system(operation: operation, code: code, reason: String(cString: strerror(code)))
  }
}
