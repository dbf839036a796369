/// The rows that were remembered since the last commit, each once, in the order of their first
/// change: what `SeriesTable.rollBack(rows:keeping:)` takes.
package struct TouchedRows: Sendable {
  package private(set) var rows: [Int] = []
  private var isTouched: [Bool] = []

  package init() {}

  /// - Returns: whether this is the row's first change since the last commit, so that its tables
  ///   must remember it now.
  /// - Complexity: O(1), amortised.
  package mutating func touch(_ row: Int) -> Bool {
    if row >= isTouched.count {
      isTouched.append(contentsOf: repeatElement(false, count: row + 1 - isTouched.count))
    }
    if isTouched[row] { return false }
    isTouched[row] = true
    rows.append(row)
    return true
  }

  /// Starts anew after a commit or a roll-back.
  package mutating func removeAll() {
    for row in rows { isTouched[row] = false }
    rows.removeAll(keepingCapacity: true)
  }
}
