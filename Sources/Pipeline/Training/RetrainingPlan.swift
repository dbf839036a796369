import Forecasting
import TimeSeries

/// Plans the trainings of each stream's model, in event time.
///
/// An untrained model is due when its series can have the history that a first training needs, and
/// again and again while that was not enough. A trained model is due by its schedule, or at the
/// next check after its loss has risen for good. Checks are at fixed event times, so that a drift
/// takes effect at the same record wherever batches end.
struct RetrainingPlan: Sendable {
  /// A training that event time has made due.
  struct Due: Sendable, Equatable {
    var stream: Int
    /// The event time at which it became due. It is the same in all workers that follow one
    /// schedule.
    var time: Milliseconds
    var reason: TrainingReason
  }

  private let streams: [StreamSettings]
  private var due: [Milliseconds?]
  /// Event time of each stream's next check for drift.
  private var checks: [Milliseconds]
  /// Event time of the newest value at the last training of each stream.
  private var trainedThrough: [Milliseconds]
  /// The first event time at which something may be due.
  private var earliest: Milliseconds = .min
  /// Steps between two checks for drift.
  private static let checkSteps: Int64 = 16

  init(streams: [StreamSettings]) {
    self.streams = streams
    due = Array(repeating: nil, count: streams.count)
    checks = Array(repeating: .min, count: streams.count)
    trainedThrough = Array(repeating: .min, count: streams.count)
  }

  /// - Complexity: one comparison while nothing is due.
  func isDue(at watermark: Milliseconds) -> Bool {
    watermark != .min && watermark >= earliest && earliest != .max
  }

  /// The streams whose drift is to be checked before `takeDue` is called.
  func checksDue(at watermark: Milliseconds) -> [Int] {
    streams.indices.filter { streams[$0].retraining != nil && watermark >= checks[$0] }
  }

  /// The trainings that are due at this event time. The next training is planned for each stream
  /// that was due or not planned yet.
  ///
  /// - Parameters:
  ///   - isTrained: for each stream, whether its model has been trained at least once.
  ///   - drifted: streams of `checksDue` whose loss has risen for good.
  ///   - newestValue: event time of the newest value of each stream. A stream without a newer value
  ///     than at its last training is not trained.
  mutating func takeDue(
    at watermark: Milliseconds, isTrained: [Bool], drifted: Set<Int>, newestValue: [Milliseconds]
  ) -> [Due] {
    guard isDue(at: watermark) else { return [] }
    var trainings: [Due] = []
    for number in checksDue(at: watermark) {
      let interval = Self.checkSteps * streams[number].alignment.interval
      checks[number] = AlignmentSettings.floor(watermark, to: interval) + interval
    }
    for (number, stream) in streams.enumerated() {
      guard let schedule = stream.retraining else { continue }
      let planned = due[number]
      let isPlanned = planned.map { watermark >= $0 } ?? false
      let isDrift =
        !isPlanned && stream.retrainsOnDrift && isTrained[number] && drifted.contains(number)
      if isPlanned || isDrift, newestValue[number] > trainedThrough[number] {
        trainedThrough[number] = newestValue[number]
        trainings.append(
          Due(
            stream: number, time: isDrift ? watermark : planned ?? watermark,
            reason: isDrift ? .drift : isTrained[number] ? .schedule : .first))
      }
      if planned == nil || isPlanned || isDrift {
        plan(number, stream, schedule, after: watermark, isTrained: isTrained[number])
      }
    }
    earliest = min(due.compactMap { $0 }.min() ?? .max, nextCheck)
    return trainings
  }

  private var nextCheck: Milliseconds {
    streams.indices.filter { streams[$0].retraining != nil }.map { checks[$0] }.min() ?? .max
  }

  private mutating func plan(
    _ number: Int, _ stream: StreamSettings, _ schedule: Schedule, after watermark: Milliseconds,
    isTrained: Bool
  ) {
    if isTrained {
      due[number] = schedule.next(after: watermark)
      return
    }
    let history = stream.training.minimumHistory
    let steps = due[number] == nil ? history + 1 : max(1, history / 4)
    due[number] = max(
      watermark + Int64(steps) * stream.alignment.interval, stream.firstTraining ?? .min)
  }

  // MARK: - Snapshots

  /// Event time of the stream's next training, for a snapshot; `nil` before it is planned.
  func dueTime(of stream: Int) -> Milliseconds? { due[stream] }

  /// Continues a plan from before the restart. If several partitions have one, the latest counts,
  /// because it was made last.
  mutating func resume(_ time: Milliseconds, of stream: Int) {
    due[stream] = max(due[stream] ?? .min, time)
    earliest = .min
  }
}
