/// The rows that were remembered since the last commit, each once, in the order of their first
/// change. `SeriesTable.rollBack(rows:keeping:)` takes them.
package struct TouchedRows: Sendable {
  package private(set) var rows: [Int] = []
  private var isTouched: [Bool] = []

  package init() {}

  /// - Returns: whether this is the first change of the row since the last commit, so that the
  ///   tables must remember the row now.
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

  /// Forgets all rows, after a commit or a roll-back.
  package mutating func removeAll() {
    for row in rows { isTouched[row] = false }
    rows.removeAll(keepingCapacity: true)
  }
}
