import Numerics

/// Hands out stretches of sources in shuffled rounds, for a full training.
struct StretchQueue {
  let series: [Int]
  let ends: [Int]
  /// Steps of a stretch at most.
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
    // Whole histories too start anywhere within a chunk, so that chunks never end at the same
    // steps.
    let spare = max(min(chunk, end / 4), end - longest)
    let start = Int.random(in: 0...spare, using: &generator)
    return (chosen, start, min(end, start + longest))
  }
}

/// Draws sources for the chunks of an online training.
struct ChunkDraw {
  /// Histories, all alike; where there is none, segments.
  private let histories: [Int]
  private let candidates: [Int]
  /// Steps of the candidates up to each of them, itself included.
  private let sums: [Int]

  /// - Precondition: there are candidates.
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

  /// By length, so that every step of the whole past is as likely.
  func any(_ generator: inout RandomGenerator) -> Int {
    let place = Int.random(in: 0..<(sums.last ?? 1), using: &generator)
    let index = sums.firstIndex { $0 > place } ?? 0
    return candidates[index]
  }
}
