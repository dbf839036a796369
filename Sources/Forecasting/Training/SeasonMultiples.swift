/// Finds among the multiples of a season the one that is a season of its own: a week among days.
///
/// Weekly changes are small beside the daily course and the slow ones, in which they have no dip of
/// their own. So both are taken away first, for each multiple by itself:
///
///     r    values less their mean over q = k·p steps around them, less then the mean of the k same
///          phases of the season p around them: what neither the level nor the season says
///     ρ    correlation of r[t] and r[t − m·q], mean over m = 1…4 as far as the values reach: the
///          share of r's variance that the values one to four multiples ago foretell
///
/// A multiple counts where ρ is larger than seasons that differ by chance can make it, each season
/// taken as one independent observation whatever the number of its steps, and clearly larger than
/// at the lags one season shorter and longer, where a slow change is as alike. Of multiples that do
/// equally well the shortest is the season. What is compared with is always in the past, so ρ is
/// what a seasonal forecast gains.
///
/// - Source: classical decomposition by centred means, Persons, 1919, Indices of Business
///   Conditions; the correlation of what it leaves is ours.
struct SeasonMultiples {
  /// Share of the variance that a season must explain to be worth its place.
  private static let shareMinimum = 0.1
  /// In standard deviations of a correlation of as many independent seasons. By chance the largest
  /// of 27 multiples passes 4 in one of 15 series, 5 hardly ever.
  private static let deviationsMinimum = 5.0
  /// Of ρ at the neighbouring lags to ρ; a sine has 0.62 where k is 7, a slow change nearly 1.
  private static let neighbourMaximum = 0.75
  /// Of the largest ρ of all multiples.
  private static let nearlyBest = 0.8
  private static let lagsMaximum = 4

  private struct Candidate {
    var length: Int
    /// ρ.
    var share: Double
    var isSeason: Bool
  }

  /// - Parameters:
  ///   - season: steps.
  ///   - values: of the series, equally long.
  ///   - longest: longest multiple looked at, steps.
  /// - Returns: the multiple's length and ρ; `nil` where none is a season.
  /// - Complexity: O(series · values · longest / season).
  static func find(
    of season: Int, in values: [[Double]], longest: Int
  ) -> (length: Int, share: Double)? {
    guard let count = values.first?.count, longest / season >= 2 else { return nil }
    let candidates = (2...longest / season).map { factor in
      candidate(factor, of: season, in: values, count: count)
    }
    let largest = candidates.map(\.share).max() ?? 0
    return candidates.first { $0.isSeason && $0.share >= nearlyBest * largest }
      .map { ($0.length, $0.share) }
  }

  private static func candidate(
    _ factor: Int, of season: Int, in values: [[Double]], count: Int
  ) -> Candidate {
    let length = factor * season
    let lags = max(1, min(lagsMaximum, count * 2 / 3 / length))
    let rests = values.map { rest(of: $0, season: season, factor: factor) }
    var share = 0.0
    var neighbours = 0.0
    var seasons = 0.0
    for multiple in 1...lags {
      let lag = multiple * length
      share += correlation(rests, lag: lag)
      neighbours +=
        (correlation(rests, lag: lag - season) + correlation(rests, lag: lag + season)) / 2
      seasons += Double(count - lag) / Double(season)
    }
    share /= Double(lags)
    neighbours /= Double(lags)
    return Candidate(
      length: length, share: share,
      isSeason: share >= shareMinimum && share * seasons.squareRoot() >= deviationsMinimum
        && neighbours <= neighbourMaximum * share)
  }

  /// r, in units of its mean size and bounded at two of them: a shift or an outlier would outweigh
  /// many seasons otherwise.
  private static func rest(of values: [Double], season: Int, factor: Int) -> [Double] {
    let means = CentredMean.values(values, width: factor * season)
    var rest = zip(values, means).map { $0 - $1 }
    for phase in 0..<min(season, rest.count) {
      let indices = stride(from: phase, to: rest.count, by: season)
      let phases = CentredMean.values(indices.map { rest[$0] }, width: factor)
      for (index, mean) in zip(indices, phases) { rest[index] -= mean }
    }
    return CentredMean.bounded(rest)
  }

  /// Over all series together, of the pairs that are known.
  private static func correlation(_ rests: [[Double]], lag: Int) -> Double {
    var product = 0.0
    var squares = 0.0
    for rest in rests where lag < rest.count {
      rest.withUnsafeBufferPointer { rest in
        for index in lag..<rest.count {
          let (value, past) = (rest[index], rest[index - lag])
          guard (value + past).isFinite else { continue }
          product += value * past
          squares += (value * value + past * past) / 2
        }
      }
    }
    return squares > 0 ? product / squares : 0
  }
}

/// Means of the known values around each place.
enum CentredMean {
  /// - Parameter width: places that a mean is over; fewer at the ends.
  /// - Complexity: O(values).
  static func values(_ values: [Double], width: Int) -> [Double] {
    var sums = [0.0]
    var counts = [0]
    for value in values {
      sums.append(sums[sums.count - 1] + (value.isFinite ? value : 0))
      counts.append(counts[counts.count - 1] + (value.isFinite ? 1 : 0))
    }
    return values.indices.map { index in
      let low = max(0, index - width / 2)
      let high = min(values.count, index + (width + 1) / 2)
      return (sums[high] - sums[low]) / Double(max(1, counts[high] - counts[low]))
    }
  }

  /// Deviations in units of their mean size, at most two of them.
  static func bounded(_ deviations: [Double]) -> [Double] {
    let known = deviations.filter(\.isFinite)
    let size = known.reduce(0) { $0 + abs($1) } / Double(max(1, known.count))
    return size > 0
      ? deviations.map { $0.isFinite ? min(max($0 / size, -2), 2) : .nan } : deviations
  }
}
