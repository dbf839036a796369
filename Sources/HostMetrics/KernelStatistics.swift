/// The parts of /proc/stat a sample is made of.
///
/// - Source: proc_stat(5).
package struct KernelStatistics: Equatable, Sendable {
  /// Time spent by all processors together, in clock ticks since boot.
  package struct ProcessorTimes: Equatable, Sendable {
    package var user: UInt64 = 0
    package var nice: UInt64 = 0
    package var system: UInt64 = 0
    package var idle: UInt64 = 0
    package var iowait: UInt64 = 0
    package var irq: UInt64 = 0
    package var softirq: UInt64 = 0
    package var steal: UInt64 = 0
    /// Also counted in `user`.
    package var guest: UInt64 = 0
    /// Also counted in `nice`.
    package var guestNice: UInt64 = 0
  }

  package var processors: ProcessorTimes?
  package var contextSwitches: Int64?
  package var interrupts: Int64?
  package var processesForked: Int64?
  package var running: Int64?
  package var blocked: Int64?

  /// Lines that are unknown or do not hold what they should are passed over.
  package init(parsing text: String) {
    for line in text.procLines {
      let words = line.procWords
      guard words.count >= 2 else { continue }
      switch words[0] {
      case "cpu": processors = ProcessorTimes(words.dropFirst())
      case "ctxt": contextSwitches = Int64(words[1])
      case "intr": interrupts = Int64(words[1])
      case "processes": processesForked = Int64(words[1])
      case "procs_running": running = Int64(words[1])
      case "procs_blocked": blocked = Int64(words[1])
      default: break
      }
    }
  }
}

extension KernelStatistics.ProcessorTimes {
  /// Kernels before 2.6 print four columns only; what is absent counts as zero.
  fileprivate init?(_ words: ArraySlice<Substring>) {
    let ticks = words.map { UInt64($0) }
    guard ticks.count >= 4, !ticks.contains(nil) else { return nil }
    func column(_ index: Int) -> UInt64 {
      index < ticks.count ? ticks[index] ?? 0 : 0
    }
    self.init(
      user: column(0), nice: column(1), system: column(2), idle: column(3), iowait: column(4),
      irq: column(5), softirq: column(6), steal: column(7), guest: column(8),
      guestNice: column(9))
  }

  /// Shares of the time since `earlier` in percent, with Telegraf's names; nil when no tick passed.
  ///
  /// A column may run backwards (iowait does, by the kernel's own account) and counts as zero then.
  package func percentages(since earlier: Self) -> [HostSample.Field]? {
    func delta(_ column: KeyPath<Self, UInt64>) -> Double {
      let now = self[keyPath: column]
      let before = earlier[keyPath: column]
      return now > before ? Double(now - before) : 0
    }
    let guest = delta(\.guest)
    let guestNice = delta(\.guestNice)
    let user = max(0, delta(\.user) - guest)
    let nice = max(0, delta(\.nice) - guestNice)
    let shares: [(String, Double)] = [
      ("usage_user", user), ("usage_system", delta(\.system)), ("usage_idle", delta(\.idle)),
      ("usage_nice", nice), ("usage_iowait", delta(\.iowait)), ("usage_irq", delta(\.irq)),
      ("usage_softirq", delta(\.softirq)), ("usage_steal", delta(\.steal)),
      ("usage_guest", guest), ("usage_guest_nice", guestNice),
    ]
    let total = shares.reduce(0) { $0 + $1.1 }
    guard total > 0 else { return nil }
    return shares.map { .init($0.0, .float(100 * $0.1 / total)) }
  }
}
