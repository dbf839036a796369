/// Samples a host at fixed instants and hands every sample's lines to a sink.
///
/// Sample k belongs to the instant start + k × interval, the start being the next multiple of the
/// interval on the wall clock; the waiting follows the monotonic clock to that instant, so neither
/// late wake-ups nor steps of the wall clock add up. An instant that was slept through is skipped.
package struct HostRecorder<Clock: RecordingClock> {
  private var sampler: HostSampler
  private var clock: Clock
  private let interval: Int64
  private let instants: Int64
  private let encoder = LineProtocolEncoder()

  /// Longest sleep between two looks for a cancellation.
  private static var patience: Int64 { 200_000_000 }

  /// - Parameters:
  ///   - intervalNanoseconds: distance of the instants, at least a millisecond.
  ///   - durationNanoseconds: span from the first instant to the last; nil records until cancelled.
  /// - Throws: `HostMetricsError.invalidSchedule` for a schedule without a second instant.
  package init(
    sampler: HostSampler, clock: Clock, intervalNanoseconds: Int64, durationNanoseconds: Int64?
  ) throws(HostMetricsError) {
    guard intervalNanoseconds >= 1_000_000 else {
      throw .invalidSchedule("the interval must be at least one millisecond")
    }
    if let duration = durationNanoseconds, duration < intervalNanoseconds {
      throw .invalidSchedule("the duration must be at least one interval")
    }
    self.sampler = sampler
    self.clock = clock
    interval = intervalNanoseconds
    instants = durationNanoseconds.map { $0 / intervalNanoseconds + 1 } ?? .max
  }

  /// Runs until the duration is over or `isCancelled` says so.
  ///
  /// - Parameters:
  ///   - sink: gets the lines of one instant, always whole lines.
  ///   - notice: gets a sentence for every file that cannot be read, once.
  ///   - progress: called after every instant.
  /// - Throws: what the sampler throws, and `HostMetricsError.outputFailed` for the sink's errors.
  @discardableResult
  package mutating func run(
    sink: (borrowing [UInt8]) throws -> Void,
    isCancelled: () -> Bool,
    notice: (String) -> Void = { _ in },
    progress: (RecordingProgress) -> Void = { _ in }
  ) throws(HostMetricsError) -> RecordingProgress {
    var state = RecordingProgress()
    var lines: [UInt8] = []
    let wall = clock.wallNanoseconds()
    let wait = (interval - wall % interval) % interval
    let start = clock.monotonicNanoseconds() + wait
    let firstStamp = wall + wait
    var index: Int64 = 0
    while index < instants, sleep(until: start + index * interval, isCancelled: isCancelled) {
      let due = min((clock.monotonicNanoseconds() - start) / interval, instants)
      state.skipped += Int(due - index)
      index = due
      // Slept through to the end, as a suspended machine does.
      if index == instants { break }
      let samples = try sampler.sample(timestampNanoseconds: firstStamp + index * interval)
      for text in sampler.takeNotices() { notice(text) }
      lines.removeAll(keepingCapacity: true)
      for sample in samples { encoder.append(sample, to: &lines) }
      do {
        try sink(lines)
      } catch {
        throw .outputFailed(String(describing: error))
      }
      state.samples += 1
      state.bytes += lines.count
      state.elapsedNanoseconds = index * interval
      progress(state)
      index += 1
    }
    return state
  }

  /// False when cancelled before the deadline.
  private mutating func sleep(until deadline: Int64, isCancelled: () -> Bool) -> Bool {
    while true {
      if isCancelled() { return false }
      let left = deadline - clock.monotonicNanoseconds()
      if left <= 0 { return true }
      clock.sleep(nanoseconds: min(left, Self.patience))
    }
  }
}
