package import TimeSeries

/// The store as tensors: keys, extents and values of all histories, then of all segments of the
/// reservoir. An extent is the length of the key, the last time and the number of values.
/// `training.counts` holds the number of histories and the number of segments that were ever
/// offered.
extension TrainingStore {
  package func tensors() -> [ColumnTensor] {
    let kept = histories.filter { !$0.values.isEmpty }
    var keys: [UInt8] = []
    var extents: [Int64] = []
    var values: [Double] = []
    func add(_ key: [UInt8], _ lastTime: Milliseconds, _ added: [Double]) {
      keys += key
      extents += [Int64(key.count), lastTime, Int64(added.count)]
      values += added
    }
    for history in kept { add(history.key, history.lastTime, history.values) }
    for segment in reservoir.segments { add(segment.key, segment.lastTime, segment.values) }
    let counts = [Int64(kept.count), Int64(bitPattern: reservoir.offered)]
    return [
      ColumnTensor(
        name: "training.counts", type: .int64, shape: [1, 2],
        bytes: counts.withUnsafeBytes { Array($0) }),
      ColumnTensor(name: "training.keys", type: .uint8, shape: [keys.count, 1], bytes: keys),
      ColumnTensor(
        name: "training.extents", type: .int64, shape: [extents.count / 3, 3],
        bytes: extents.withUnsafeBytes { Array($0) }),
      ColumnTensor(
        name: "training.values", type: .float64, shape: [values.count, 1],
        bytes: values.withUnsafeBytes { Array($0) }),
    ]
  }

  /// Restores what `tensors` wrote, shortened to the present settings.
  ///
  /// - Precondition: the store is empty.
  /// - Throws: if a tensor is missing, or if tensors contradict each other. The store then stays
  ///   empty and fills from the stream.
  package mutating func restore(
    _ tensors: [String: ColumnTensor]
  ) throws(ColumnTensorError) {
    precondition(histories.isEmpty, "restored into a store in use")
    var counts = Column<Int64>(width: 2, initial: 0)
    var keys = Column<UInt8>(width: 1, initial: 0)
    var extents = Column<Int64>(width: 3, initial: 0)
    var values = Column<Double>(width: 1, initial: 0)
    try counts.restore(tensors, name: "training.counts")
    try keys.restore(tensors, name: "training.keys")
    try extents.restore(tensors, name: "training.extents")
    try values.restore(tensors, name: "training.values")
    try requireFitting(extents, keyBytes: keys.count, values: values.count)
    guard counts.count == 1, (0...Int64(extents.count)).contains(counts.elements[0]) else {
      throw .mismatch(
        name: "training.counts", expected: "at most \(extents.count) histories",
        found: "\(counts.elements)")
    }
    var segments: [SegmentReservoir.Segment] = []
    var key = 0
    var value = 0
    for row in 0..<extents.count {
      let keyEnd = key + Int(extents.elements[row * 3])
      let valueEnd = value + Int(extents.elements[row * 3 + 2])
      let name = Array(keys.elements[key..<keyEnd])
      let time = extents.elements[row * 3 + 1]
      let stretch = Array(values.elements[value..<valueEnd])
      if row < counts.elements[0] {
        let index = index(ofKey: name)
        if histories[index].isKept {
          histories[index].lastTime = time
          histories[index].values = stretch
        }
      } else {
        segments.append(
          SegmentReservoir.Segment(key: name, lastTime: time, values: stretch))
      }
      key = keyEnd
      value = valueEnd
    }
    restoreReservoir(segments, offered: UInt64(bitPattern: counts.elements[1]))
    let limit = pointsPerSeries
    for index in histories.indices where histories[index].values.count > limit + limit / 4 {
      trim(index, to: limit)
    }
  }

  private func requireFitting(
    _ extents: Column<Int64>, keyBytes: Int, values: Int
  ) throws(ColumnTensorError) {
    var keysLeft = Int64(keyBytes)
    var valuesLeft = Int64(values)
    for row in 0..<extents.count {
      let keyLength = extents.elements[row * 3]
      let valueCount = extents.elements[row * 3 + 2]
      guard (0...keysLeft).contains(keyLength), (0...valuesLeft).contains(valueCount) else {
        throw .mismatch(
          name: "training.extents", expected: "extents within keys and values",
          found: "row \(row) beyond them")
      }
      keysLeft -= keyLength
      valuesLeft -= valueCount
    }
    guard keysLeft == 0, valuesLeft == 0 else {
      throw .mismatch(
        name: "training.extents", expected: "extents of all keys and values",
        found: "\(keysLeft) bytes and \(valuesLeft) values over")
    }
  }
}
