import HostMetrics
import Testing

@Suite("/proc/stat")
struct KernelStatisticsTests {
  @Test("the total processor line and the counters are read, the rest is passed over")
  func wholeFile() throws {
    let statistics = KernelStatistics(parsing: ProcTree.machine["stat"]!)
    let times = try #require(statistics.processors)
    #expect(times.user == 2000)
    #expect(times.iowait == 500)
    #expect(times.steal == 70)
    #expect(statistics.interrupts == 129_304)
    #expect(statistics.contextSwitches == 168_388)
    #expect(statistics.processesForked == 4523)
    #expect(statistics.running == 3)
    #expect(statistics.blocked == 1)
  }

  /// Columns in the order of the file: user nice system idle iowait irq softirq steal guest.
  private func times(_ columns: String) throws -> KernelStatistics.ProcessorTimes {
    try #require(KernelStatistics(parsing: "cpu " + columns).processors)
  }

  private func shares(
    from earlier: String, to later: String
  ) throws -> [String: HostSample.Value]? {
    let shares = try times(later).percentages(since: times(earlier))
    return shares.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.name, $0.value) }) }
  }

  @Test(
    "odd processor lines give what they hold",
    arguments: [
      // Linux 2.4 had four columns.
      ("cpu 1 2 3 4", [1, 2, 3, 4, 0, 0, 0, 0, 0, 0]),
      // A later kernel may append columns.
      ("cpu 1 2 3 4 5 6 7 8 9 10 11 12", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
      ("cpu\t1\t2\t3\t4", [1, 2, 3, 4, 0, 0, 0, 0, 0, 0]),
    ] as [(String, [UInt64])])
  func oddProcessorLines(line: String, columns: [UInt64]) throws {
    let times = try #require(KernelStatistics(parsing: line).processors)
    let found = [
      times.user, times.nice, times.system, times.idle, times.iowait, times.irq, times.softirq,
      times.steal, times.guest, times.guestNice,
    ]
    #expect(found == columns)
  }

  @Test(
    "broken processor lines give nothing",
    arguments: [
      "cpu 1 2 3", "cpu 1 2 x 4", "cpu -1 2 3 4", "cpu 1 2 3 99999999999999999999", "cpu", "",
      // One processor is not the total.
      "cpu0 1 2 3 4",
    ])
  func brokenProcessorLines(line: String) {
    #expect(KernelStatistics(parsing: line).processors == nil)
  }

  @Test("shares are percentages of the ticks in between and sum to 100")
  func percentages() throws {
    let shares = try #require(
      try shares(from: "100 10 50 800 20 1 2 3 0", to: "140 20 70 900 30 5 8 13 0"))
    let expected: [String: Double] = [
      "usage_user": 20, "usage_nice": 5, "usage_system": 10, "usage_idle": 50,
      "usage_iowait": 5, "usage_irq": 2, "usage_softirq": 3, "usage_steal": 5,
      "usage_guest": 0, "usage_guest_nice": 0,
    ]
    #expect(shares == expected.mapValues { HostSample.Value.float($0) })
  }

  @Test("time of guests is not counted twice")
  func guests() throws {
    let shares = try #require(try shares(from: "0 0 0 0", to: "60 0 0 40 0 0 0 0 50"))
    #expect(shares["usage_user"] == .float(10))
    #expect(shares["usage_guest"] == .float(50))
    #expect(shares["usage_idle"] == .float(40))
  }

  @Test("a column that runs backwards counts as zero instead of a negative share")
  func backwards() throws {
    let shares = try #require(try shares(from: "10 0 0 100 50", to: "20 0 0 130 45"))
    #expect(shares["usage_iowait"] == .float(0))
    #expect(shares["usage_user"] == .float(25))
  }

  @Test("no shares exist when no tick has passed")
  func standstill() throws {
    #expect(try shares(from: "10 0 0 100", to: "10 0 0 100") == nil)
  }
}
