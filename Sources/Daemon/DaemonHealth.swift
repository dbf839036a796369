import Pipeline
import ServiceManager
import StatusServer

/// Whether the daemon works and publishes, by what its threads say of themselves.
///
/// Restarts are for what a restart helps against: `liveness` fails for a thread that is stuck or has met
/// an error that ends the process. Brokers that are away, or transactions that abort, are no reason to
/// restart, but the daemon is not ready.
struct DaemonHealth: Sendable {
  let control: DaemonControl
  let threads: [ThreadHealth]
  /// No request takes longer than 20 s, and a thread beats between them.
  private static let stuckNanoseconds: UInt64 = 120_000_000_000

  func liveness(at now: UInt64 = MonotonicTime.nanoseconds()) -> Health {
    if let failure = control.failure { return .down(failure) }
    let beats = threads.map { (name: $0.heartbeat.name, last: $0.heartbeat.lastBeat) }
    switch WatchdogFeeder.decide(now: now, interval: Self.stuckNanoseconds, beats: beats) {
    case .feed: return .up
    case .withhold(let stuck):
      return .down("stuck for two minutes: \(stuck.joined(separator: ", "))")
    }
  }

  /// The daemon is ready while each of its threads has its partitions, if only none, has replayed the
  /// log, and commits what it does.
  var readiness: Health {
    if control.isStopping { return .down("stopping") }
    let now = SystemClock().monotonicNanoseconds()
    let problems = threads.compactMap { $0.problem(at: now) }
    return problems.isEmpty ? .up : .down(problems.joined(separator: "; "))
  }

  var hasStarted: Bool { threads.allSatisfy(\.hasStarted) }
}
