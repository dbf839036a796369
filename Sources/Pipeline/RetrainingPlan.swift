import Forecasting
import TimeSeries

/// When each stream's model is trained again, in event time.
///
/// A stream whose model is untrained is due as soon as its series can have the history that a first
/// training needs, and, while that was not enough, again and again; a trained one by its schedule.
struct RetrainingPlan: Sendable {
  private let streams: [StreamSettings]
  private var due: [Milliseconds?]
  /// The first event time at which something may be due.
  private var earliest: Milliseconds = .min

  init(streams: [StreamSettings]) {
    self.streams = streams
    due = Array(repeating: nil, count: streams.count)
  }

  /// - Complexity: one comparison while nothing is due.
  func isDue(at watermark: Milliseconds) -> Bool {
    watermark != .min && watermark >= earliest && earliest != .max
  }

  /// The streams that are due at this event time, each of which is planned anew.
  ///
  /// - Parameter isTrained: whether a stream's model has been trained at least once.
  mutating func takeDue(at watermark: Milliseconds, isTrained: (String) -> Bool) -> [Int] {
    guard isDue(at: watermark) else { return [] }
    var streamsDue: [Int] = []
    for (number, stream) in streams.enumerated() {
      guard let schedule = stream.retraining else { continue }
      let isFirst = due[number] == nil
      guard isFirst || watermark >= (due[number] ?? .max) else { continue }
      if !isFirst { streamsDue.append(number) }
      if isTrained(stream.name) {
        due[number] = schedule.next(after: watermark)
      } else {
        let history = stream.training.minimumHistory
        let steps = isFirst ? history + 1 : max(1, history / 4)
        due[number] = max(
          watermark + Int64(steps) * stream.alignment.interval, stream.firstTraining ?? .min)
      }
    }
    earliest = due.compactMap { $0 }.min() ?? .max
    return streamsDue
  }
}
