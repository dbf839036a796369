/// The rows of a stream that belong to no series. The lowest is used first, so that which row a
/// series gets follows from the log alone, whatever order rows became free in.
struct FreeRows: Sendable {
  /// A bit for each row.
  private var words: [UInt64] = []
  /// No row before this word is free.
  private var lowestWord = 0
  private(set) var count = 0

  mutating func removeAll() { self = FreeRows() }

  /// - Precondition: the row is not free.
  mutating func insert(_ row: Int) {
    let word = row / 64
    while words.count <= word { words.append(0) }
    words[word] |= 1 << UInt64(row % 64)
    lowestWord = min(lowestWord, word)
    count += 1
  }

  /// - Complexity: O(1), amortised over the rows that became free together.
  mutating func takeLowest() -> Int? {
    guard count > 0 else { return nil }
    while words[lowestWord] == 0 { lowestWord += 1 }
    let bit = words[lowestWord].trailingZeroBitCount
    words[lowestWord] &= words[lowestWord] - 1
    count -= 1
    return lowestWord * 64 + bit
  }
}
