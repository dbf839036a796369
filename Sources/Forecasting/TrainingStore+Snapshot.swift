package import TimeSeries

/// The store as tensors: keys and histories of all series one after another, with their lengths.
extension TrainingStore {
  package func tensors() -> [ColumnTensor] {
    let kept = histories.filter { !$0.values.isEmpty }
    var keys: [UInt8] = []
    var extents: [Int64] = []
    var values: [Double] = []
    for history in kept {
      keys += history.key
      extents += [Int64(history.key.count), history.lastTime, Int64(history.values.count)]
      values += history.values
    }
    return [
      ColumnTensor(name: "training.keys", type: .uint8, shape: [keys.count, 1], bytes: keys),
      ColumnTensor(
        name: "training.extents", type: .int64, shape: [kept.count, 3],
        bytes: extents.withUnsafeBytes { Array($0) }),
      ColumnTensor(
        name: "training.values", type: .float64, shape: [values.count, 1],
        bytes: values.withUnsafeBytes { Array($0) }),
    ]
  }

  /// Takes what `tensors` gave, shortened to today's settings; the store is empty before.
  ///
  /// - Throws: where a tensor is missing or they contradict each other; the store then stays empty
  ///   and fills from the stream.
  package mutating func restore(
    _ tensors: [String: ColumnTensor]
  ) throws(ColumnTensorError) {
    precondition(histories.isEmpty, "restored into a store in use")
    var keys = Column<UInt8>(width: 1, initial: 0)
    var extents = Column<Int64>(width: 3, initial: 0)
    var values = Column<Double>(width: 1, initial: 0)
    try keys.restore(tensors, name: "training.keys", type: .uint8)
    try extents.restore(tensors, name: "training.extents", type: .int64)
    try values.restore(tensors, name: "training.values", type: .float64)
    try requireFitting(extents, keyBytes: keys.count, values: values.count)
    var key = 0
    var value = 0
    for row in 0..<extents.count {
      let keyEnd = key + Int(extents.elements[row * 3])
      let valueEnd = value + Int(extents.elements[row * 3 + 2])
      let index = index(ofKey: Array(keys.elements[key..<keyEnd]))
      if histories[index].isKept {
        histories[index].lastTime = extents.elements[row * 3 + 1]
        histories[index].values = Array(values.elements[value..<valueEnd])
      }
      key = keyEnd
      value = valueEnd
    }
    let limit = pointsPerSeries
    for index in histories.indices where histories[index].values.count > limit {
      histories[index].values.removeFirst(histories[index].values.count - limit)
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
