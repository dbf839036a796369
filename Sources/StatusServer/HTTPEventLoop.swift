import CMicroHTTPD
import Glibc

/// libmicrohttpd and the one thread that runs it.
///
/// libmicrohttpd's own time-out is for silence only: a client that sends a byte now and then would
/// hold its connection for days. So every connection also has a deadline, set when it opens and
/// again when a request is done, and the loop cuts what is overdue.
// Safety: `init` runs before the loop's thread exists; after that only that thread calls `run` and
// so the callbacks; `wake` touches one descriptor that is written and read by atomic system calls.
final class HTTPEventLoop: @unchecked Sendable {
  private let routes: StatusRoutes
  private let requestTimeout: Duration
  private var deadlines: [Int32: SuspendingClock.Instant] = [:]
  /// A place came free: libmicrohttpd, which listens no more while it is full, listens again only
  /// in its next run, so the loop must not sleep before.
  private var placeIsFree = false
  private var daemon: OpaquePointer?
  private let wakeReader: Int32
  private let wakeWriter: Int32

  init(
    socket: consuming ListeningSocket, limits: StatusServer.Limits, routes: StatusRoutes
  ) throws(StatusServerError) {
    var pair: [Int32] = [-1, -1]
    guard pipe(&pair) == 0 else { throw systemError("pipe") }
    (wakeReader, wakeWriter) = (pair[0], pair[1])
    for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    self.routes = routes
    requestTimeout = limits.requestTimeout
    // libmicrohttpd closes the socket also where it fails.
    daemon = forecastd_http_start(
      socket.release(), forecastd_http_limits(limits), handleRequest, completeRequest,
      changeConnection, Unmanaged.passUnretained(self).toOpaque())
    guard daemon != nil else { throw systemError("MHD_start_daemon") }
  }

  deinit {
    if let daemon { MHD_stop_daemon(daemon) }
    close(wakeReader)
    close(wakeWriter)
  }

  /// Serves until `wake()`, then closes the port and every connection.
  func run() {
    guard let daemon else { return }
    let descriptor = forecastd_http_poll_descriptor(daemon)
    var watched = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0),
    ]
    while watched[1].revents == 0 {
      placeIsFree = false
      MHD_run(daemon)
      cutOverdueConnections()
      // A failure is EINTR, after which there is nothing else to do than to go round again.
      _ = poll(&watched, nfds_t(watched.count), pollTimeout(of: daemon))
    }
    MHD_stop_daemon(daemon)
    self.daemon = nil
  }

  /// Makes `run` return soon; callable from any thread.
  func wake() {
    var byte: UInt8 = 1
    // The pipe is empty before the first call and one byte is enough: it can't block or fail.
    _ = write(wakeWriter, &byte, 1)
  }

  private func cutOverdueConnections() {
    let now = SuspendingClock.now
    for (descriptor, deadline) in deadlines where deadline <= now {
      // libmicrohttpd sees the end of the stream and closes the descriptor itself.
      shutdown(descriptor, Int32(SHUT_RDWR))
      deadlines[descriptor] = nil
    }
  }

  private func pollTimeout(of daemon: OpaquePointer) -> Int32 {
    if placeIsFree { return 0 }
    var milliseconds: Int64 = 60_000
    var own: UInt64 = 0
    if MHD_get_timeout(daemon, &own) == .YES {
      milliseconds = min(milliseconds, Int64(clamping: own))
    }
    if let deadline = deadlines.values.min() {
      let (seconds, attoseconds) = SuspendingClock.now.duration(to: deadline).components
      // Rounded up, or the loop would spin through the last millisecond.
      let left = seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1
      milliseconds = min(milliseconds, max(left, 0))
    }
    return Int32(milliseconds)
  }

  fileprivate func connectionOpened(_ descriptor: Int32) {
    deadlines[descriptor] = SuspendingClock.now.advanced(by: requestTimeout)
  }

  fileprivate func connectionClosed(_ descriptor: Int32) {
    deadlines[descriptor] = nil
    placeIsFree = true
  }

  fileprivate func respond(
    to connection: OpaquePointer, method: String, path: String, hasBody: Bool
  ) -> MHD_Result {
    let answer = routes.respond(method: method, path: path, hasBody: hasBody)
    let response = answer.body.withUnsafeBytes { body in
      MHD_create_response_from_buffer(
        body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
    }
    guard let response else { return .NO }
    defer { MHD_destroy_response(response) }
    MHD_add_response_header(response, "Content-Type", answer.contentType)
    MHD_add_response_header(response, "Cache-Control", "no-store")
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff")
    if let allow = answer.allow { MHD_add_response_header(response, "Allow", allow) }
    return MHD_queue_response(connection, answer.status, response)
  }
}

extension forecastd_http_limits {
  fileprivate init(_ limits: StatusServer.Limits) {
    self.init(
      connections: UInt32(limits.connections),
      connections_per_address: UInt32(limits.connectionsPerAddress),
      idle_timeout: UInt32(clamping: limits.requestTimeout.components.seconds + 1),
      connection_memory: limits.connectionMemoryBytes)
  }
}

private func systemError(_ operation: String) -> StatusServerError {
  let code = errno
  return .system(operation: operation, code: code, reason: String(cString: strerror(code)))
}

private func eventLoop(_ context: UnsafeMutableRawPointer?) -> HTTPEventLoop? {
  context.map { Unmanaged<HTTPEventLoop>.fromOpaque($0).takeUnretainedValue() }
}

/// Called once for the head of a request and again when it is complete. Only the second call may
/// answer without closing the connection, so the first answers only requests that are refused.
private func handleRequest(
  context: UnsafeMutableRawPointer?, connection: OpaquePointer?, url: UnsafePointer<CChar>?,
  method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?,
  upload: UnsafePointer<CChar>?, uploadCount: UnsafeMutablePointer<Int>?,
  request: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let loop = eventLoop(context), let connection, let url, let method, let request else {
    return .NO
  }
  let hasBody = announcesBody(connection)
  let isReadable = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0
  if request.pointee == nil, isReadable, !hasBody {
    // Any address marks the request as seen.
    request.pointee = context
    return .YES
  }
  return loop.respond(
    to: connection, method: String(cString: method), path: String(cString: url), hasBody: hasBody)
}

private func announcesBody(_ connection: OpaquePointer) -> Bool {
  if MHD_lookup_connection_value(connection, .HEADER_KIND, "Transfer-Encoding") != nil {
    return true
  }
  guard let length = MHD_lookup_connection_value(connection, .HEADER_KIND, "Content-Length")
  else { return false }
  return strcmp(length, "0") != 0
}

private func completeRequest(
  context: UnsafeMutableRawPointer?, connection: OpaquePointer?,
  request: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, reason: MHD_RequestTerminationCode
) {
  guard let connection else { return }
  eventLoop(context)?.connectionOpened(forecastd_http_socket(connection))
}

private func changeConnection(
  context: UnsafeMutableRawPointer?, connection: OpaquePointer?,
  socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  change: MHD_ConnectionNotificationCode
) {
  guard let loop = eventLoop(context), let connection else { return }
  let descriptor = forecastd_http_socket(connection)
  switch change {
  case .CONNECTION_NOTIFY_STARTED: loop.connectionOpened(descriptor)
  default: loop.connectionClosed(descriptor)
  }
}
