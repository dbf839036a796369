/// Why the status server can't start.
package enum StatusServerError: Error, Equatable, CustomStringConvertible {
  /// Not a `host:port` with a literal address.
  case invalidAddress(String)
  case addressInUse(ListenAddress)
  case addressNotAvailable(ListenAddress)
  case permissionDenied(ListenAddress)
  /// Another operating system error; `operation` names the call, `code` is its errno.
  case system(operation: String, code: Int32, reason: String)

  package var description: String {
    switch self {
    case .invalidAddress(let text):
      "\"\(text)\" is no address to listen on: write an IPv4 or IPv6 address and a port, as "
        + "127.0.0.1:9464 or [::1]:9464"
    case .addressInUse(let address):
      "\(address) is in use by another process: choose another port for the status server, or find "
        + "the process with: ss -ltnp 'sport = :\(address.port)'"
    case .addressNotAvailable(let address):
      "\(address) is no address of this machine: listen on 127.0.0.1 or [::1], or on one of those "
        + "that `ip address` shows"
    case .permissionDenied(let address):
      "not permitted to listen on \(address): choose a port from 1024 up"
    case .system(let operation, let code, let reason):
      "the status server can't start: \(operation) failed with \(reason) (errno \(code)); look at "
        + "the limits on open files and tasks of the service"
    }
  }
}
