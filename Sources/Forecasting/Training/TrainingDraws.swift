import Numerics

/// Gives stretches of sources for a full training. Each round passes through all sources in a new
/// random order.
struct StretchQueue {
  let series: [Int]
  let ends: [Int]
  /// The largest number of steps of a stretch.
  let longest: Int
  let chunk: Int
  private var order: [Int] = []

  init(series: [Int], ends: [Int], longest: Int, chunk: Int) {
    self.series = series
    self.ends = ends
    self.longest = longest
    self.chunk = chunk
  }

  mutating func next(_ generator: inout RandomGenerator) -> (series: Int, start: Int, end: Int) {
    if order.isEmpty { order = series.shuffled(using: &generator) }
    let chosen = order.removeLast()
    let end = ends[chosen]
    // Even a stretch over a whole history starts at a random step within the first chunk, so that
    // chunks do not always end at the same steps.
    let spare = max(min(chunk, end / 4), end - longest)
    let start = Int.random(in: 0...spare, using: &generator)
    return (chosen, start, min(end, start + longest))
  }
}

/// Draws sources for the chunks of an online training.
struct ChunkDraw {
  /// Sources for recent chunks, all equally likely: the histories, or the segments if there are no
  /// histories.
  private let histories: [Int]
  private let candidates: [Int]
  /// Cumulative number of steps of the candidates, each included.
  private let sums: [Int]

  /// - Precondition: `candidates` is not empty.
  init(_ candidates: [Int], ends: [Int], historyCount: Int) {
    self.candidates = candidates
    let recent = candidates.filter { $0 < historyCount }
    histories = recent.isEmpty ? candidates : recent
    var sum = 0
    sums = candidates.map { index in
      sum += ends[index]
      return sum
    }
  }

  func recent(_ generator: inout RandomGenerator) -> Int {
    histories[Int.random(in: 0..<histories.count, using: &generator)]
  }

  /// A source with a probability in proportion to its length, so that every step of the whole past
  /// is equally likely.
  func any(_ generator: inout RandomGenerator) -> Int {
    let place = Int.random(in: 0..<(sums.last ?? 1), using: &generator)
    let index = sums.firstIndex { $0 > place } ?? 0
    return candidates[index]
  }
}
