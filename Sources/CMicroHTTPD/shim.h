#pragma once
#include <microhttpd.h>

// What Swift can't import: libmicrohttpd's variadic functions, as functions with fixed arguments.

/// Bounds of a daemon; each has a libmicrohttpd option of the same meaning.
struct forecastd_http_limits {
  unsigned int connections;
  unsigned int connections_per_address;
  /// Seconds without any traffic.
  unsigned int idle_timeout;
  /// Bytes of memory of one connection, so also of its request line and headers.
  size_t connection_memory;
};

/// Starts a daemon without a thread of its own: the caller polls
/// `forecastd_http_poll_descriptor` and calls `MHD_run`. NULL where it can't start, with errno.
/// From success on the daemon owns `listening_socket`.
static inline struct MHD_Daemon *forecastd_http_start(
    int listening_socket, struct forecastd_http_limits limits,
    MHD_AccessHandlerCallback handle, MHD_RequestCompletedCallback completed,
    MHD_NotifyConnectionCallback connection_changed, void *context) {
  return MHD_start_daemon(
      MHD_USE_EPOLL, 0, NULL, NULL, handle, context,
      MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listening_socket,
      MHD_OPTION_CONNECTION_LIMIT, limits.connections,
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, limits.connections_per_address,
      MHD_OPTION_CONNECTION_TIMEOUT, limits.idle_timeout,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits.connection_memory,
      MHD_OPTION_STRICT_FOR_CLIENT, 1,
      MHD_OPTION_NOTIFY_COMPLETED, completed, context,
      MHD_OPTION_NOTIFY_CONNECTION, connection_changed, context,
      MHD_OPTION_END);
}

/// The descriptor that becomes readable when the daemon has work; -1 where there is none.
static inline int forecastd_http_poll_descriptor(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return info == NULL ? -1 : info->epoll_fd;
}

/// The socket of a connection; -1 where it has none any more.
static inline int forecastd_http_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == NULL ? -1 : info->connect_fd;
}
