/// Doubts the values of every series: bounds what is learned from a value that its series has never
/// been near (`ValueDoubt`).
///
/// This is the only place where the value of a sender is doubted. The detector judges the value as
/// it came; scale, anchor, baselines, calibration, the network's inputs and the histories to train on
/// take what this table leaves of it.
package struct DoubtTable: SeriesTable {
  static let width = 5
  /// low, high, farthest, agreement, count
  private var ranges = Column<Double>(width: Self.width, initial: 0)

  package init() {}

  package var count: Int { ranges.count }

  /// Replaces each doubted value by the one that may be learned.
  ///
  /// - Parameters:
  ///   - rows: distinct.
  ///   - values: NaN if missing.
  ///   - restarted: gets the numbers of the values with which a series begins anew, because the only
  ///     value before them has nothing to do with them.
  /// - Complexity: O(1) for each value, without allocation.
  package mutating func bound(rows: [Int], values: inout [Double], restarted: inout [Int]) {
    restarted.removeAll(keepingCapacity: true)
    ranges.elements.withUnsafeMutableBufferPointer { elements in
      for (number, row) in rows.enumerated() where values[number].isFinite {
        let place = row * Self.width
        var doubt = ValueDoubt(
          low: elements[place], high: elements[place + 1], farthest: elements[place + 2],
          agreement: elements[place + 3], count: elements[place + 4])
        switch doubt.judge(values[number]) {
        case .believed: break
        case .doubted(let nearest): values[number] = nearest
        case .beginsAnew: restarted.append(number)
        }
        elements[place] = doubt.low
        elements[place + 1] = doubt.high
        elements[place + 2] = doubt.farthest
        elements[place + 3] = doubt.agreement
        elements[place + 4] = doubt.count
      }
    }
  }

  package mutating func visitColumns<Visitor: ColumnVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.visit(&ranges, "doubt.ranges")
  }

  /// In snapshots of earlier versions nothing is doubted: the ranges are learned anew.
  package mutating func restore(_ tensors: [String: ColumnTensor]) throws(ColumnTensorError) {
    if tensors["doubt.ranges"] == nil, let rows = tensors["anomaly.reported"]?.shape.first {
      while count < rows { appendRow() }
      return
    }
    try restoreColumns(tensors)
  }
}
