import TimeSeries

/// The points of one stream that are so far ahead of the horizon that their rows have no place for
/// them yet.
///
/// They are kept in slices of event time, and within a slice in the order in which they came.
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
  private(set) var count = 0

  init(_ settings: AlignmentSettings) {
    sliceMilliseconds = settings.interval * Int64(settings.openBuckets)
  }

  mutating func append(_ point: Waiting) {
    slices[AlignmentSettings.floor(point.time, to: sliceMilliseconds), default: []].append(point)
    count += 1
  }

  /// Removes the slices that begin before `horizon` or at it.
  ///
  /// - Returns: their points, the older slices first.
  mutating func take(through horizon: Milliseconds) -> [Waiting] {
    guard count > 0 else { return [] }
    var taken: [Waiting] = []
    for start in slices.keys.filter({ $0 <= horizon }).sorted() {
      taken += slices.removeValue(forKey: start) ?? []
    }
    count -= taken.count
    return taken
  }

  /// Drops the points of a row that is freed.
  mutating func forget(row: Int) {
    guard count > 0 else { return }
    for start in slices.keys { slices[start]?.removeAll { $0.row == Int32(row) } }
    slices = slices.filter { !$0.value.isEmpty }
    count = slices.values.reduce(0) { $0 + $1.count }
  }

  // MARK: - Snapshots

  func tensors() -> [ColumnTensor] {
    guard count > 0 else { return [] }
    let points = slices.sorted { $0.key < $1.key }.flatMap(\.value)
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
      ColumnTensor(name: "waiting.numbers", column: numbers),
      ColumnTensor(name: "waiting.values", column: values),
    ]
  }

  /// Restores the points of rows below `rowCount`.
  mutating func restore(
    _ tensors: [String: ColumnTensor], rowCount: Int
  ) throws(ColumnTensorError) {
    guard tensors["waiting.numbers"] != nil else { return }
    var numbers = Column<Int64>(width: 4, initial: 0)
    var values = Column<Double>(width: 1, initial: 0)
    try numbers.restore(tensors, name: "waiting.numbers")
    try values.restore(tensors, name: "waiting.values")
    for number in 0..<min(numbers.count, values.count) {
      let start = number * 4
      let row = numbers.elements[start]
      guard row >= 0, row < rowCount,
        let kind = ValueKind(rawValue: UInt8(truncatingIfNeeded: numbers.elements[start + 1]))
      else { continue }
      append(
        Waiting(
          row: Int32(row), kind: kind, time: numbers.elements[start + 2],
          seen: numbers.elements[start + 3], value: values.elements[number]))
    }
  }
}
