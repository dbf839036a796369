import Scores

/// Scores by the age of a series, in at most 128 blocks of equally many steps, so that a share of
/// its length can be left out at the end, when the length is known.
struct ScoresByAge {
  private static let blockCountMaximum = 128
  private var blocks: [NaiveComparison] = []
  private var blockLength = 1

  mutating func add(_ score: NaiveComparison, step: Int) {
    while step / blockLength >= Self.blockCountMaximum {
      for index in 0..<(blocks.count + 1) / 2 {
        var merged = blocks[2 * index]
        if 2 * index + 1 < blocks.count { merged.add(blocks[2 * index + 1]) }
        blocks[index] = merged
      }
      blocks.removeLast(blocks.count / 2)
      blockLength *= 2
    }
    while blocks.count <= step / blockLength { blocks.append(NaiveComparison()) }
    blocks[step / blockLength].add(score)
  }

  /// The score of the blocks that begin with that step or later.
  func total(from step: Double) -> NaiveComparison {
    var total = NaiveComparison()
    for (index, block) in blocks.enumerated() where Double(index * blockLength) >= step {
      total.add(block)
    }
    return total
  }
}
