import MetricFormats
import TimeSeries

/// The points of one stream that wait for the channels of a partition.
///
/// - Points so far *ahead* of the horizon that their rows have no place for them yet. They are kept in
///   slices of event time, and within a slice in the order in which they came.
/// - Points that come long after their time (`SettlingPoints`), as when a sender sends what it has
///   gathered in an outage.
struct WaitingPoints: Sendable, Equatable {
  struct Waiting: Sendable, Equatable, BitwiseCopyable {
    var row: Int32
    var kind: ValueKind
    var time: Milliseconds
    var seen: Milliseconds
    var value: Double
  }

  private let sliceMilliseconds: Milliseconds
  private var slices: [Milliseconds: [Waiting]] = [:]
  private var aheadCount = 0
  var settling: SettlingPoints
  var count: Int { aheadCount + settling.count }

  init(_ settings: AlignmentSettings) {
    sliceMilliseconds = settings.interval * Int64(settings.openBuckets)
    settling = SettlingPoints(allowedLateness: settings.allowedLateness)
  }

  mutating func append(_ point: Waiting) {
    slices[AlignmentSettings.floor(point.time, to: sliceMilliseconds), default: []].append(point)
    aheadCount += 1
  }

  /// Removes the slices that begin before `horizon` or at it.
  ///
  /// - Returns: their points, the older slices first.
  mutating func take(through horizon: Milliseconds) -> [Waiting] {
    guard aheadCount > 0 else { return [] }
    var taken: [Waiting] = []
    for start in slices.keys.filter({ $0 <= horizon }).sorted() {
      taken += slices.removeValue(forKey: start) ?? []
    }
    aheadCount -= taken.count
    return taken
  }

  /// Drops the points of a row that is freed.
  mutating func forget(row: Int) {
    settling.forget(row: row)
    guard aheadCount > 0 else { return }
    for start in slices.keys { slices[start]?.removeAll { $0.row == Int32(row) } }
    slices = slices.filter { !$0.value.isEmpty }
    aheadCount = slices.values.reduce(0) { $0 + $1.count }
  }

  // MARK: - Snapshots

  func tensors() -> [ColumnTensor] {
    Self.tensors(slices.sorted { $0.key < $1.key }.flatMap(\.value), name: "waiting")
      + Self.tensors(settling.points, name: "settling") + settling.progressTensors()
  }

  /// Restores the points of rows below `rowCount`. `settling.lookAhead` follows.
  mutating func restore(
    _ tensors: [String: ColumnTensor], rowCount: Int
  ) throws(ColumnTensorError) {
    for point in try Self.points(tensors, name: "waiting", rowCount: rowCount) { append(point) }
    for point in try Self.points(tensors, name: "settling", rowCount: rowCount) {
      settling.append(point, watermark: .max)
    }
    try settling.restoreProgress(tensors)
  }

  private static func tensors(_ points: [Waiting], name: String) -> [ColumnTensor] {
    guard !points.isEmpty else { return [] }
    var numbers = Column<Int64>(width: 4, initial: 0)
    var values = Column<Double>(width: 1, initial: 0)
    for point in points {
      numbers.appendRow()
      values.appendRow()
      let start = numbers.elements.count - 4
      numbers.elements[start] = Int64(point.row)
      numbers.elements[start + 1] = Int64(point.kind.rawValue)
      numbers.elements[start + 2] = point.time
      numbers.elements[start + 3] = point.seen
      values.elements[values.elements.count - 1] = point.value
    }
    return [
      ColumnTensor(name: "\(name).numbers", column: numbers),
      ColumnTensor(name: "\(name).values", column: values),
    ]
  }

  private static func points(
    _ tensors: [String: ColumnTensor], name: String, rowCount: Int
  ) throws(ColumnTensorError) -> [Waiting] {
    guard tensors["\(name).numbers"] != nil else { return [] }
    var numbers = Column<Int64>(width: 4, initial: 0)
    var values = Column<Double>(width: 1, initial: 0)
    try numbers.restore(tensors, name: "\(name).numbers")
    try values.restore(tensors, name: "\(name).values")
    return (0..<min(numbers.count, values.count)).compactMap { number in
      let start = number * 4
      let row = numbers.elements[start]
      guard row >= 0, row < rowCount,
        let kind = ValueKind(rawValue: UInt8(truncatingIfNeeded: numbers.elements[start + 1]))
      else { return nil }
      return Waiting(
        row: Int32(row), kind: kind, time: numbers.elements[start + 2],
        seen: numbers.elements[start + 3], value: values.elements[number])
    }
  }
}

/// A point that was refused when it had waited. Its message is long gone.
struct RefusedWaiting: Sendable {
  var key: [UInt8]
  var point: WaitingPoints.Waiting
  var reason: DropReason

  /// The point as the points topic has it.
  var record: [UInt8] {
    var record: [UInt8] = []
    CompactPoints.begin(&record)
    CompactPoints.append(kind: point.kind, time: point.time, value: point.value, to: &record)
    return record
  }
}
