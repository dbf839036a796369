package import TimeSeries

/// The data that trainings of a stream learn from, apart from the state of its series: the newest
/// history of every series, and a sample of older segments from the whole past.
///
/// A history is a window of time: the newest `historyPoints` steps, with missing steps for gaps. If
/// all histories together would exceed the bound in bytes, all are shortened alike, down to
/// `minimumHistory`. Further series are then not kept (`declinedSeries` counts them), because many
/// short histories train worse than fewer that are long enough. A history is trimmed when it is a
/// quarter longer than it may be. The part that is removed is offered to the reservoir, which has
/// its own share of the bytes.
///
/// The store has no rollback: a step that is repeated after an abort is recognised by its time, and
/// ignored.
package struct TrainingStore: Sendable {
  package let interval: Milliseconds
  private let historyPoints: Int
  private let minimumPoints: Int
  private let byteBound: Int
  private(set) var reservoir: SegmentReservoir
  var histories: [History] = []
  private var indices: [[UInt8]: Int] = [:]
  /// Number of series that are known but not kept, for lack of memory.
  package private(set) var declinedSeries = 0

  struct History: Sendable {
    var key: [UInt8]
    var lastTime: Milliseconds = .min
    var isKept: Bool
    var values: [Double] = []
  }

  package init(interval: Milliseconds, settings: TrainingSettings) {
    precondition(interval > 0)
    self.interval = interval
    historyPoints = settings.historyPoints
    minimumPoints = min(settings.minimumHistory, settings.historyPoints)
    let reservoirBytes = Int(Double(settings.historyBytes) * settings.constants.reservoirShare)
    byteBound = settings.historyBytes - reservoirBytes
    reservoir = SegmentReservoir(byteBound: reservoirBytes)
  }

  /// Number of series that have a history.
  package var keptSeries: Int { histories.count - declinedSeries }

  /// Number of bytes of the values of histories and reservoir.
  package var byteCount: Int {
    histories.reduce(0) { $0 + 8 * $1.values.count } + reservoir.byteCount
  }

  /// Number of segments in the reservoir.
  package var segmentCount: Int { reservoir.segments.count }

  /// Time of the newest step of any history; nil if there is none.
  package var newestTime: Milliseconds? {
    histories.lazy.filter { !$0.values.isEmpty }.map(\.lastTime).max()
  }

  /// Number of steps of the longest history.
  package var longestHistory: Int { histories.map(\.values.count).max() ?? 0 }

  /// The number of steps to which histories are trimmed at present.
  package var pointsPerSeries: Int {
    min(historyPoints, max(minimumPoints, byteBound / 8 / max(1, keptSeries)))
  }

  /// Index of the series for `append`; a key that is not known gets a new one.
  package mutating func index(ofKey key: [UInt8]) -> Int {
    if let index = indices[key] { return index }
    let isKept = (keptSeries + 1) * minimumPoints * 8 <= byteBound
    if !isKept { declinedSeries += 1 }
    let history = History(key: key, isKept: isKept)
    histories.append(history)
    indices[key] = histories.count - 1
    return histories.count - 1
  }

  /// Adds the next step of a series. A step that is not newer than the last one is ignored.
  ///
  /// - Parameter value: NaN if missing, or if it must not be learned from.
  package mutating func append(series index: Int, time: Milliseconds, value: Double) {
    guard histories[index].isKept else { return }
    let limit = pointsPerSeries
    // After a gap longer than the history, nothing of the history is left.
    if !histories[index].values.isEmpty,
      (time - histories[index].lastTime) / interval > Int64(limit)
    {
      trim(index, to: 0)
    }
    Self.append(
      to: &histories[index], time: time, value: value.isFinite ? value : .nan,
      interval: interval, limit: limit)
    // The history is trimmed only when it is longer by a quarter, so that the cost for each step is
    // small.
    if histories[index].values.count > limit + limit / 4 { trim(index, to: limit) }
  }

  /// Shortens a history. The part that is removed is offered to the reservoir if it is long enough
  /// to train on by itself.
  mutating func trim(_ index: Int, to limit: Int) {
    let count = histories[index].values.count - limit
    guard count > 0 else { return }
    if count >= TrainingTask.leastHistory {
      reservoir.offer(
        SegmentReservoir.Segment(
          key: histories[index].key,
          lastTime: histories[index].lastTime - Int64(limit) * interval,
          values: Array(histories[index].values[..<count])))
    }
    histories[index].values.removeFirst(count)
  }

  mutating func restoreReservoir(_ segments: [SegmentReservoir.Segment], offered: UInt64) {
    reservoir.restore(segments, offered: offered)
  }

  private static func append(
    to history: inout History, time: Milliseconds, value: Double, interval: Milliseconds,
    limit: Int
  ) {
    if !history.values.isEmpty {
      guard time > history.lastTime else { return }
      let missing = (time - history.lastTime) / interval - 1
      if missing > 0 {
        history.values.append(contentsOf: repeatElement(.nan, count: Int(missing)))
      }
    }
    history.values.append(value)
    history.lastTime = time
  }

  /// Adds a series with a past that another store kept: its newest history, if this store has none
  /// of it yet, and its older segments.
  package mutating func begin(
    key: [UInt8], history: TrainingDataset.Series, segments: [TrainingDataset.Series]
  ) {
    let index = index(ofKey: key)
    guard histories[index].isKept, histories[index].values.isEmpty else { return }
    for segment in segments {
      reservoir.offer(
        SegmentReservoir.Segment(key: key, lastTime: segment.lastTime, values: segment.values))
    }
    histories[index].values = history.values
    histories[index].lastTime = history.lastTime
    trim(index, to: pointsPerSeries)
  }

  /// A copy of all histories and segments. The memory is shared until the store changes.
  package func dataset() -> TrainingDataset {
    TrainingDataset(
      interval: interval,
      series: histories.filter { !$0.values.isEmpty }.map {
        TrainingDataset.Series(key: $0.key, lastTime: $0.lastTime, values: $0.values)
      },
      segments: reservoir.segments.map {
        TrainingDataset.Series(key: $0.key, lastTime: $0.lastTime, values: $0.values)
      })
  }
}
