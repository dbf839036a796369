import TimeSeries

/// Groups the points of a run by series. The groups are in the order of their first points. Each
/// group is a linked list of point numbers.
struct PointGroups {
  private var index = SeriesIndex()
  /// The first point of each group.
  private(set) var heads: [Int32] = []
  /// The next point of the same group, -1 after the last.
  private(set) var next: [Int32] = []
  private var tails: [Int32] = []

  var count: Int { heads.count }

  /// Groups the points in `range`. Point numbers are relative to the start of the range.
  mutating func arrange(_ batch: PointBatch, _ range: Range<Int>) {
    index.removeAll()
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

extension PointBatch {
  /// The end of the run that starts at `start`: the number of the first point that is in another
  /// bucket of any stream. That bucket is an earlier one if the point at `start` is from the
  /// future.
  func endOfRun(from start: Int, intervals: [Milliseconds]) -> Int {
    let time = points[start].time
    var bucket = Milliseconds.min..<Milliseconds.max
    for interval in intervals {
      let bucketStart = AlignmentSettings.floor(time, to: interval)
      bucket = bucket.clamped(to: bucketStart..<bucketStart + interval)
    }
    var end = start + 1
    while end < points.count, bucket.contains(points[end].time) { end += 1 }
    return end
  }
}
