// How a table takes the rows of a snapshot, which may come from other settings.

extension AlignmentTable {
  /// Restores the rows of a snapshot. Open buckets are restored where `keepsOpenBuckets` says so; with
  /// another lateness those that are open under it as well are kept.
  ///
  /// - Throws: if the interval was another, or a tensor is missing or has another shape.
  package mutating func restore(_ tensors: [String: ColumnTensor]) throws(ColumnTensorError) {
    let saved = try savedGrid(tensors)
    let tensors = Self.completed(tensors)
    guard saved.interval == settings.interval else {
      throw .mismatch(
        name: "alignment.grid", expected: "the interval \(settings.interval)",
        found: "\(saved.interval)")
    }
    let width = tensors["alignment.readings"]?.shape.last
    if saved.aggregation == settings.aggregation.rawValue, width == readings.width {
      try restoreColumns(tensors)
    } else {
      var table = self
      try table.restoreSeries(tensors)
      table.closedThrough = saved.closedThrough
      if saved.aggregation == settings.aggregation.rawValue {
        try table.moveOpenBuckets(tensors, width: width ?? 0)
      }
      self = table
    }
    closedThrough = saved.closedThrough
    nextRow = 0
    followQuiet()
    commit()
  }

  /// Adds what earlier versions did not save: when each series was last seen. They count as silent
  /// until their next points.
  private static func completed(_ tensors: [String: ColumnTensor]) -> [String: ColumnTensor] {
    let name = "alignment.last_seen"
    guard tensors[name] == nil, let times = tensors["alignment.last_time"] else { return tensors }
    var column = Column<Int64>(width: 1, initial: .min)
    for _ in 0..<(times.shape.first ?? 0) { column.appendRow() }
    var tensors = tensors
    tensors[name] = ColumnTensor(name: name, column: column)
    return tensors
  }

  /// Whether the open buckets of a snapshot mean the same under the present settings.
  package func keepsOpenBuckets(of tensors: [String: ColumnTensor]) throws(ColumnTensorError)
    -> Bool
  {
    guard let width = tensors["alignment.readings"]?.shape.last else { return false }
    return try savedGrid(tensors).aggregation == settings.aggregation.rawValue
      && width <= readings.width
  }

  private func savedGrid(
    _ tensors: [String: ColumnTensor]
  ) throws(ColumnTensorError) -> (interval: Int64, aggregation: Int64, closedThrough: Int64) {
    var saved = Column<Int64>(width: 3, initial: 0)
    try saved.restore(tensors, name: "alignment.grid")
    guard saved.count == 1 else {
      throw .mismatch(name: "alignment.grid", expected: "one row", found: "\(saved.count)")
    }
    return (saved.elements[0], saved.elements[1], saved.elements[2])
  }

  /// Restores what each series has apart from its open buckets.
  private mutating func restoreSeries(
    _ tensors: [String: ColumnTensor]
  ) throws(ColumnTensorError) {
    try lastTime.restore(tensors, name: "alignment.last_time")
    try lastSeen.restore(tensors, name: "alignment.last_seen")
    try lastClosed.restore(tensors, name: "alignment.last_closed")
    try missing.restore(tensors, name: "alignment.missing")
    try phase.restore(tensors, name: "alignment.phase")
    try isCounter.restore(tensors, name: "alignment.is_counter")
    try counterValue.restore(tensors, name: "alignment.counter_value")
    try counterTime.restore(tensors, name: "alignment.counter_time")
    let counts = [
      lastTime.count, lastSeen.count, lastClosed.count, missing.count, phase.count, isCounter.count,
      counterValue.count, counterTime.count,
    ]
    guard Set(counts).count == 1 else {
      throw .mismatch(name: "alignment", expected: "columns of one length", found: "\(counts)")
    }
    for _ in 0..<phase.count {
      earlier.appendRow()
      newestValue.appendRow()
      newestTime.appendRow()
      readings.appendRow()
    }
  }

  /// Puts the open buckets of a table of another width into their places in this one.
  private mutating func moveOpenBuckets(
    _ tensors: [String: ColumnTensor], width: Int
  ) throws(ColumnTensorError) {
    var former = (
      earlier: Column<Double>(width: width, initial: 0),
      value: Column<Double>(width: width, initial: 0),
      time: Column<Int64>(width: width, initial: 0),
      readings: Column<Int32>(width: width, initial: 0)
    )
    try former.earlier.restore(tensors, name: "alignment.earlier")
    try former.value.restore(tensors, name: "alignment.newest_value")
    try former.time.restore(tensors, name: "alignment.newest_time")
    try former.readings.restore(tensors, name: "alignment.readings")
    let lengths = [
      former.earlier.count, former.value.count, former.time.count, former.readings.count, count,
    ]
    guard Set(lengths).count == 1 else {
      throw .mismatch(name: "alignment", expected: "columns of one length", found: "\(lengths)")
    }
    for place in former.readings.elements.indices where former.readings.elements[place] > 0 {
      let end = settings.bucketEnd(of: former.time.elements[place])
      let row = place / width
      let closed = lastClosed[row]
      guard end > closed, end <= closed + Int64(readings.width) * settings.interval else {
        continue
      }
      let index = row * readings.width + slot(of: end)
      earlier.elements[index] = former.earlier.elements[place]
      newestValue.elements[index] = former.value.elements[place]
      newestTime.elements[index] = former.time.elements[place]
      readings.elements[index] = former.readings.elements[place]
    }
  }
}
