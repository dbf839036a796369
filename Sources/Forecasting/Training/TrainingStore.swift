package import TimeSeries

/// The data that trainings of a stream learn from, apart from the state of its series: the newest
/// history of every series, and a sample of older segments from the whole past.
///
/// A history is a window of time: the newest `historyPoints` steps, with missing steps for gaps. If
/// all histories together would exceed the bound in bytes, those of silent series go first: a series
/// that has been silent for longer than its history is long. Then all are shortened alike, down to
/// `minimumHistory`. Further series are then not kept (`declinedSeries` counts them) until there is
/// room, because many short histories train worse than fewer that are long enough. A history is
/// trimmed when it is a quarter longer than it may be. The part that is removed is offered to the
/// reservoir, which has its own share of the bytes.
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
  /// Places in `histories` of series that were removed.
  private var vacant: [Int] = []
  /// Number of series that have a history.
  package private(set) var keptSeries = 0
  /// Whether the times of different series tell nothing about each other.
  private let timeIsIndex: Bool
  /// Time of the newest step of any history.
  private var newest: Milliseconds = .min
  /// Number of steps of the longest history, or more.
  private var longest = 0
  /// Bytes for each point of a history: a value, and a quarter more until it is trimmed.
  private static let bytesPerPoint = 10
  /// The most missing steps in a row that a history contains. What was before a longer gap leaves it.
  private static let gapMaximum = 8_192

  struct History: Sendable {
    var key: [UInt8]
    var lastTime: Milliseconds = .min
    var isKept: Bool
    var values: [Double] = []
  }

  package init(interval: Milliseconds, settings: TrainingSettings, timeIsIndex: Bool = false) {
    precondition(interval > 0)
    self.interval = interval
    self.timeIsIndex = timeIsIndex
    historyPoints = settings.historyPoints
    minimumPoints = min(settings.minimumHistory, settings.historyPoints)
    let reservoirBytes = Int(Double(settings.historyBytes) * settings.constants.reservoirShare)
    byteBound = settings.historyBytes - reservoirBytes
    reservoir = SegmentReservoir(byteBound: reservoirBytes)
  }

  /// Number of series that are known but not kept, for lack of memory.
  package var declinedSeries: Int { indices.count - keptSeries }

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
    min(historyPoints, max(minimumPoints, byteBound / Self.bytesPerPoint / max(1, keptSeries)))
  }

  private var hasRoom: Bool {
    (keptSeries + 1) * minimumPoints * Self.bytesPerPoint <= byteBound
  }

  /// Whether histories must be shorter than they are for lack of memory.
  private var isShort: Bool {
    keptSeries * min(historyPoints, longest) * Self.bytesPerPoint > byteBound
  }

  /// Index of the series for `append`; a key that is not known gets a new one.
  package mutating func index(ofKey key: [UInt8]) -> Int {
    if let index = indices[key] { return index }
    let history = History(key: key, isKept: hasRoom)
    if history.isKept { keptSeries += 1 }
    let index = vacant.popLast() ?? histories.count
    if index == histories.count { histories.append(history) } else { histories[index] = history }
    indices[key] = index
    return index
  }

  /// Forgets series: their histories, and their segments in the reservoir. The indexes are then
  /// given to other series.
  ///
  /// - Complexity: O(series), and O(segments) once.
  package mutating func remove(_ indexes: [Int]) {
    var keys = Set<[UInt8]>()
    for index in indexes {
      let key = histories[index].key
      guard indices.removeValue(forKey: key) != nil else { continue }
      if histories[index].isKept { keptSeries -= 1 }
      histories[index] = History(key: [], isKept: false)
      vacant.append(index)
      keys.insert(key)
    }
    reservoir.remove(keys)
  }

  /// Adds the next step of a series. A step that is not newer than the last one is ignored.
  ///
  /// - Parameter value: NaN if missing, or if it must not be learned from.
  package mutating func append(series index: Int, time: Milliseconds, value: Double) {
    if time > newest {
      newest = time
      if isShort { makeRoom() }
    }
    if !histories[index].isKept {
      guard hasRoom else { return }
      histories[index].isKept = true
      keptSeries += 1
    }
    let limit = pointsPerSeries
    // After a gap longer than the history, nothing of the history is left.
    if !histories[index].values.isEmpty,
      (time - histories[index].lastTime) / interval > Int64(min(limit, Self.gapMaximum))
    {
      trim(index, to: 0)
    }
    Self.append(
      to: &histories[index], time: time, value: value.isFinite ? value : .nan,
      interval: interval, limit: limit)
    // The history is trimmed only when it is longer by a quarter, so that the cost for each step is
    // small.
    if histories[index].values.count > limit + limit / 4 { trim(index, to: limit) }
    longest = max(longest, histories[index].values.count)
  }

  /// Gives up the histories of silent series, and trims those that nobody has appended to since
  /// histories must be shorter.
  private mutating func makeRoom() {
    for index in histories.indices where histories[index].isKept && !timeIsIndex {
      let length = Int64(max(TrainingTask.leastHistory, histories[index].values.count))
      guard !histories[index].values.isEmpty,
        newest - histories[index].lastTime > length * interval
      else { continue }
      trim(index, to: 0)
      histories[index].isKept = false
      keptSeries -= 1
    }
    let limit = pointsPerSeries
    for index in histories.indices where histories[index].values.count > limit + limit / 4 {
      trim(index, to: limit)
    }
    longest = longestHistory
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
    if limit == 0 {
      histories[index].values = []
    } else {
      histories[index].values.removeFirst(count)
    }
  }

  mutating func restoreReservoir(_ segments: [SegmentReservoir.Segment], offered: UInt64) {
    reservoir.restore(segments, offered: offered)
    newest = newestTime ?? .min
    longest = longestHistory
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
    newest = max(newest, history.lastTime)
    trim(index, to: pointsPerSeries)
    longest = max(longest, histories[index].values.count)
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
