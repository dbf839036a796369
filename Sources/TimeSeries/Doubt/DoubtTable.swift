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
      for number in rows.indices {
        let value = values[number]
        let place = rows[number] * Self.width
        // Most values lie within the range of a series that is not in doubt. A value that is missing
        // lies nowhere.
        if elements[place] <= value, value <= elements[place + 1], elements[place + 3] == 0,
          elements[place + 4] > 0
        {
          elements[place] += (value - elements[place]) * ValueDoubt.forgetting
          elements[place + 1] -= (elements[place + 1] - value) * ValueDoubt.forgetting
          elements[place + 4] = min(elements[place + 4] + 1, ValueDoubt.countMaximum)
        } else if value.isFinite {
          let judgement = Self.judge(
            value, UnsafeMutableBufferPointer(rebasing: elements[place...]))
          switch judgement {
          case .believed: break
          case .doubted(let nearest): values[number] = nearest
          case .beginsAnew: restarted.append(number)
          }
        }
      }
    }
  }

  private static func judge(
    _ value: Double, _ row: UnsafeMutableBufferPointer<Double>
  ) -> ValueDoubt.Judgement {
    var doubt = ValueDoubt(
      low: row[0], high: row[1], farthest: row[2], agreement: row[3], count: row[4])
    let judgement = doubt.judge(value)
    row[0] = doubt.low
    row[1] = doubt.high
    row[2] = doubt.farthest
    row[3] = doubt.agreement
    row[4] = doubt.count
    return judgement
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
