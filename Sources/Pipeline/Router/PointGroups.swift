import TimeSeries

/// The points of a run by series, in the order of each series' first point: linked lists through
/// the points' numbers.
struct PointGroups {
  private var index = SeriesIndex()
  /// The first point of each group.
  private(set) var heads: [Int32] = []
  /// The next point of the same group, -1 after the last.
  private(set) var next: [Int32] = []
  private var tails: [Int32] = []

  var count: Int { heads.count }

  /// Numbers are relative to the range's start.
  mutating func arrange(_ batch: PointBatch, _ range: Range<Int>) {
    index.truncate(to: 0)
    heads.removeAll(keepingCapacity: true)
    tails.removeAll(keepingCapacity: true)
    next.removeAll(keepingCapacity: true)
    next.append(contentsOf: repeatElement(-1, count: range.count))
    batch.keyBytes.withUnsafeBytes { keys in
      for (number, point) in batch.points[range].enumerated() {
        let start = Int(point.keyStart)
        let key = UnsafeRawBufferPointer(rebasing: keys[start..<start + Int(point.keyLength)])
        if let group = index.find(key) {
          next[Int(tails[Int(group.row)])] = Int32(number)
          tails[Int(group.row)] = Int32(number)
        } else {
          index.insert(key, stream: 0, row: Int32(heads.count))
          heads.append(Int32(number))
          tails.append(Int32(number))
        }
      }
    }
  }
}
