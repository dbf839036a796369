package import TimeSeries

/// What a stream's models learn from, kept apart from the series' state: the newest stretch of
/// every series, and a sample of older segments from the whole past.
///
/// A history is a window of time: its newest `historyPoints` steps, gaps filled with missing steps.
/// When all histories together would pass the bound in bytes, all become shorter alike, down to
/// `minimumHistory`; series that come after that are not kept (`declinedSeries` counts them), since
/// many short histories train worse than fewer that are long enough. What leaves a history, a
/// quarter of it at a time, is offered to the reservoir, which has a share of the bytes of its own.
///
/// It takes no part in rollbacks: a step that is replayed after an abort is known by its time, and
/// ignored.
package struct TrainingStore: Sendable {
  package let interval: Milliseconds
  private let historyPoints: Int
  private let minimumPoints: Int
  private let byteBound: Int
  private(set) var reservoir: SegmentReservoir
  var histories: [History] = []
  private var indices: [[UInt8]: Int] = [:]
  private var vacant: [Int] = []
  /// Series that are known but not kept, for want of room.
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

  /// Series that have a history here.
  package var keptSeries: Int { histories.count - vacant.count - declinedSeries }

  /// Bytes that the values of histories and reservoir take.
  package var byteCount: Int {
    histories.reduce(0) { $0 + 8 * $1.values.count } + reservoir.byteCount
  }

  /// Segments of the past beyond the histories.
  package var segmentCount: Int { reservoir.segments.count }

  /// Of the newest step of any history, nil before the first.
  package var newestTime: Milliseconds? {
    histories.lazy.filter { !$0.values.isEmpty }.map(\.lastTime).max()
  }

  /// Steps of the longest history.
  package var longestHistory: Int { histories.map(\.values.count).max() ?? 0 }

  /// Steps a history may have now.
  package var pointsPerSeries: Int {
    min(historyPoints, max(minimumPoints, byteBound / 8 / max(1, keptSeries)))
  }

  /// The series' index for `append`, a new one where the key is new.
  package mutating func index(ofKey key: [UInt8]) -> Int {
    if let index = indices[key] { return index }
    let isKept = (keptSeries + 1) * minimumPoints * 8 <= byteBound
    if !isKept { declinedSeries += 1 }
    let history = History(key: key, isKept: isKept)
    let index = vacant.popLast() ?? histories.count
    if index == histories.count { histories.append(history) } else { histories[index] = history }
    indices[key] = index
    return index
  }

  /// Adds the series' next step; one that is not newer than the last is ignored.
  ///
  /// - Parameter value: NaN where missing, or not to be learned from.
  package mutating func append(series index: Int, time: Milliseconds, value: Double) {
    guard histories[index].isKept else { return }
    let limit = pointsPerSeries
    // A gap that outlasts the history leaves nothing of it here.
    if !histories[index].values.isEmpty,
      (time - histories[index].lastTime) / interval > Int64(limit)
    {
      trim(index, to: 0)
    }
    Self.append(
      to: &histories[index], time: time, value: value.isFinite ? value : .nan,
      interval: interval, limit: limit)
    // Trimmed by quarters, so that the move costs little a step.
    if histories[index].values.count > limit + limit / 4 { trim(index, to: limit) }
  }

  /// Shortens a history; what leaves it is offered to the reservoir where it is long enough to
  /// train on by itself.
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

  /// Begins a series with a past that another store kept: its newest stretch, where this store has
  /// none of it yet, and segments of what is older.
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

  /// Forgets a series, for a partition that went to another worker.
  package mutating func remove(key: [UInt8]) {
    guard let index = indices.removeValue(forKey: key) else { return }
    if !histories[index].isKept { declinedSeries -= 1 }
    reservoir.remove(key: key)
    histories[index] = History(key: [], isKept: false)
    vacant.append(index)
  }

  /// A copy of all histories and segments; memory is shared until the store goes on.
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
