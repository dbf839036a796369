/// Feeds systemd's watchdog only while every worker's loop goes round.
///
/// A watchdog that is fed by a thread of its own proves only that this thread lives. Here one stuck
/// worker ends the feeding, and systemd restarts the service at most two intervals after it got
/// stuck.
package struct WatchdogFeeder: Sendable {
  package enum Decision: Sendable, Equatable {
    case feed
    /// Names the threads that have not gone round within the interval.
    case withhold(stuck: [String])
  }

  private let interval: UInt64
  private let heartbeats: [Heartbeat]
  private let notifier: ServiceNotifier

  /// - `interval`: `ServiceNotifier.watchdogInterval`.
  package init(
    interval: Duration, heartbeats: [Heartbeat], notifier: ServiceNotifier = ServiceNotifier()
  ) {
    precondition(interval > .zero, "a watchdog interval is positive")
    self.interval = nanoseconds(interval)
    self.heartbeats = heartbeats
    self.notifier = notifier
  }

  /// How often `feed` is to be called: a third of the interval, so that one late call does no harm.
  package var period: Duration { .nanoseconds(Int64(clamping: interval / 3)) }

  /// Tells systemd that all is well, unless a thread is stuck; the caller logs which.
  package func feed(now: UInt64 = MonotonicTime.nanoseconds()) -> Decision {
    let decision = Self.decide(
      now: now, interval: interval, beats: heartbeats.map { ($0.name, $0.lastBeat) })
    if decision == .feed { notifier.feedWatchdog() }
    return decision
  }

  /// The rule itself, without clock, threads or systemd; all times in nanoseconds.
  ///
  /// - `beats`: nil is a thread that ended as it should.
  package static func decide(
    now: UInt64, interval: UInt64, beats: [(name: String, last: UInt64?)]
  ) -> Decision {
    let stuck = beats.filter { beat in
      guard let last = beat.last else { return false }
      // A beat after `now` was read is a fresh one, not one in the distant past.
      return now > last && now - last > interval
    }
    return stuck.isEmpty ? .feed : .withhold(stuck: stuck.map(\.name))
  }
}

private func nanoseconds(_ duration: Duration) -> UInt64 {
  let (seconds, attoseconds) = duration.components
  return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
}
