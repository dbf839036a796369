import HostMetrics
import Testing

@Suite("Recording on a grid")
struct HostRecorderTests {
  private static let second: Int64 = 1_000_000_000

  /// A clock that stands still but for sleeps and what the test makes pass.
  private final class Time {
    var monotonic: Int64 = 777
    var wall: Int64
    var sleeps: [Int64] = []
    /// Extra time that passes with the sleep of that number.
    var oversleeping: [Int: Int64] = [:]

    init(wall: Int64) {
      self.wall = wall
    }

    func pass(_ nanoseconds: Int64) {
      monotonic += nanoseconds
      wall += nanoseconds
    }
  }

  private struct FakeClock: RecordingClock {
    let time: Time

    mutating func monotonicNanoseconds() -> Int64 { time.monotonic }
    mutating func wallNanoseconds() -> Int64 { time.wall }
    mutating func sleep(nanoseconds: Int64) {
      time.pass(nanoseconds + (time.oversleeping[time.sleeps.count] ?? 0))
      time.sleeps.append(nanoseconds)
    }
  }

  private func recorder(
    _ tree: ProcTree, _ time: Time, interval: Int64, duration: Int64?
  ) throws -> HostRecorder<FakeClock> {
    let options = HostSampler.Options(selection: try FieldSelection(parsing: ["system.load1"]))
    return try HostRecorder(
      sampler: HostSampler(procRoot: tree.root, host: "a", options: options),
      clock: FakeClock(time: time), intervalNanoseconds: interval, durationNanoseconds: duration)
  }

  private func stamps(_ bytes: [UInt8]) -> [Int64] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap {
      $0.split(separator: " ").last.flatMap { Int64($0) }
    }
  }

  private let tree: ProcTree

  init() throws {
    tree = try ProcTree(["loadavg": "1 2 3 1/2 3\n"])
  }

  @Test("samples lie on multiples of the interval, from first to last instant of the duration")
  func grid() throws {
    let time = Time(wall: 1_000 * Self.second + 123_456_789)
    var recorder = try recorder(
      tree, time, interval: 2 * Self.second, duration: 6 * Self.second)
    var bytes: [UInt8] = []
    let progress = try recorder.run(sink: { bytes += $0 }, isCancelled: { false })
    #expect(stamps(bytes) == [1002, 1004, 1006, 1008].map { $0 * Self.second })
    #expect(progress.samples == 4)
    #expect(progress.skipped == 0)
    #expect(progress.bytes == bytes.count)
    #expect(progress.elapsedNanoseconds == 6 * Self.second)
    // The last sample was taken at its instant, not after it.
    #expect(time.wall == 1008 * Self.second)
  }

  @Test("a recording that starts on the grid does not wait")
  func startOnGrid() throws {
    let time = Time(wall: 1_000 * Self.second)
    var recorder = try recorder(tree, time, interval: Self.second, duration: Self.second)
    var bytes: [UInt8] = []
    try recorder.run(sink: { bytes += $0 }, isCancelled: { false })
    #expect(stamps(bytes) == [1000, 1001].map { $0 * Self.second })
  }

  @Test("slow sampling and late wake-ups do not add up")
  func noDrift() throws {
    let time = Time(wall: 1_000 * Self.second)
    for sleep in 0..<5_000 { time.oversleeping[sleep] = 3_000_000 }
    var recorder = try recorder(tree, time, interval: Self.second, duration: 500 * Self.second)
    var lateness: [Int64] = []
    var instant: Int64 = 1_000 * Self.second
    let progress = try recorder.run(
      sink: { _ in
        lateness.append(time.wall - instant)
        instant += Self.second
        time.pass(400_000_000)
      },
      isCancelled: { false })
    #expect(progress.samples == 501)
    #expect(lateness.max()! <= 3_000_000)
    #expect(lateness.min()! >= 0)
  }

  @Test("a step of the wall clock moves neither the pace nor the stamps")
  func wallClockStep() throws {
    let time = Time(wall: 1_000 * Self.second)
    var recorder = try recorder(tree, time, interval: Self.second, duration: 4 * Self.second)
    var bytes: [UInt8] = []
    try recorder.run(
      sink: {
        bytes += $0
        time.wall -= 3_600 * Self.second
      }, isCancelled: { false })
    #expect(stamps(bytes) == (1000...1004).map { $0 * Self.second })
    #expect(time.monotonic == 777 + 4 * Self.second)
  }

  @Test("instants slept through are skipped and counted, and the grid stays")
  func skipping() throws {
    let time = Time(wall: 1_000 * Self.second)
    var recorder = try recorder(tree, time, interval: Self.second, duration: 6 * Self.second)
    var bytes: [UInt8] = []
    var calls = 0
    let progress = try recorder.run(
      sink: {
        bytes += $0
        calls += 1
        if calls == 2 { time.pass(3 * Self.second + 500_000_000) }
      }, isCancelled: { false })
    #expect(stamps(bytes) == [1000, 1001, 1004, 1005, 1006].map { $0 * Self.second })
    #expect(progress.samples == 5)
    #expect(progress.skipped == 2)
  }

  @Test("a machine that slept past the end stops without a false sample")
  func sleptPastTheEnd() throws {
    let time = Time(wall: 1_000 * Self.second)
    var recorder = try recorder(tree, time, interval: Self.second, duration: 3 * Self.second)
    var bytes: [UInt8] = []
    let progress = try recorder.run(
      sink: {
        bytes += $0
        time.pass(100 * Self.second)
      }, isCancelled: { false })
    #expect(stamps(bytes) == [1000 * Self.second])
    #expect(progress.skipped == 3)
  }

  @Test("a cancellation ends the waiting within a fifth of a second and is looked for first")
  func cancellation() throws {
    let time = Time(wall: 1_000 * Self.second)
    var recorder = try recorder(tree, time, interval: 60 * Self.second, duration: nil)
    var samples = 0
    try recorder.run(
      sink: { _ in samples += 1 }, isCancelled: { time.monotonic > 777 + 70 * Self.second })
    #expect(samples == 1)
    // The instant at 960 s was over, so the grid began at 1020 s.
    #expect(time.sleeps.max()! <= 200_000_000)
    #expect(time.monotonic <= 777 + 70 * Self.second + 200_000_000)

    var again = try self.recorder(tree, time, interval: Self.second, duration: nil)
    let progress = try again.run(sink: { _ in samples += 1 }, isCancelled: { true })
    #expect(progress.samples == 0)
    #expect(progress.bytes == 0)
  }

  @Test("progress and notices are reported as they come")
  func callbacks() throws {
    let time = Time(wall: 1_000 * Self.second)
    let options = HostSampler.Options(
      selection: try FieldSelection(parsing: ["system.load1", "kernel"]))
    var recorder = try HostRecorder(
      sampler: HostSampler(procRoot: tree.root, host: "a", options: options),
      clock: FakeClock(time: time), intervalNanoseconds: Self.second,
      durationNanoseconds: 2 * Self.second)
    var notices: [String] = []
    var samples: [Int] = []
    try recorder.run(
      sink: { _ in }, isCancelled: { false }, notice: { notices.append($0) },
      progress: { samples.append($0.samples) })
    #expect(notices.count == 1)
    #expect(notices.first?.hasSuffix("left out kernel") == true)
    #expect(samples == [1, 2, 3])
  }

  @Test("an error of the sink ends the recording and names its cause")
  func sinkError() throws {
    struct DiskFull: Error, CustomStringConvertible {
      var description: String { "disk full" }
    }
    let time = Time(wall: 1_000 * Self.second)
    var recorder = try recorder(tree, time, interval: Self.second, duration: nil)
    #expect(throws: HostMetricsError.outputFailed("disk full")) {
      try recorder.run(sink: { _ in throw DiskFull() }, isCancelled: { false })
    }
  }

  @Test(
    "a schedule without a second instant is refused",
    arguments: [(0, 10), (-5, 10), (999_999, nil), (second, second - 1), (second, -second)]
      as [(Int64, Int64?)])
  func schedules(interval: Int64, duration: Int64?) {
    #expect(throws: HostMetricsError.self) {
      try recorder(
        tree, Time(wall: 0), interval: interval, duration: duration)
    }
  }

  @Test("the kernel's clocks move, and wait at least as long as asked")
  func systemClock() {
    var clock = SystemRecordingClock()
    let before = clock.monotonicNanoseconds()
    clock.sleep(nanoseconds: 2_000_000)
    #expect(clock.monotonicNanoseconds() >= before + 2_000_000)
    #expect(clock.wallNanoseconds() > 1_700_000_000 * Self.second)
  }
}
