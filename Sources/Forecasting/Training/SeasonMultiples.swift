/// Finds the multiple of a season that is a season of its own, such as a week as a multiple of a
/// day.
///
/// Weekly changes are small compared with daily and slow changes, so they make no dip of their own.
/// Therefore the daily and the slow changes are removed first, separately for each multiple:
///
///     r    the values minus their centred mean over q = k·p steps, then minus the centred mean
///          over the k nearest values at the same phase of the season p: the part that neither the
///          level nor the season explains
///     ρ    correlation of r[t] and r[t − m·q], mean over m = 1…4 as far as the values reach: the
///          share of the variance of r that the values one to four multiples before explain
///
/// A multiple counts if two conditions hold. First, ρ is larger than random differences between
/// seasons can make it, where each season counts as one independent observation whatever the number
/// of its steps. Second, ρ is clearly larger than at the lags one season shorter and longer, where
/// a slow change gives about the same correlation. Of multiples that are nearly equally good, the
/// shortest is the season. Values are compared with past values only, so ρ is the gain of a
/// seasonal forecast.
///
/// - Source: classical decomposition by centred means: Persons, 1919, Indices of Business
///   Conditions. The correlation of the remainder is our own.
struct SeasonMultiples {
  /// Share of the variance that a season must explain.
  private static let shareMinimum = 0.1
  /// Smallest ρ of a season, in standard deviations of a correlation of as many independent
  /// seasons. By chance, the largest of 27 multiples exceeds 4 in one of 15 series, and 5 hardly
  /// ever.
  private static let deviationsMinimum = 5.0
  /// Largest ratio of ρ at the neighbouring lags to ρ. A sine has 0.62 if k is 7, and a slow change
  /// has nearly 1.
  private static let neighbourMaximum = 0.75
  /// Share of the largest ρ from which a multiple counts as nearly as good.
  private static let nearlyBest = 0.8
  private static let lagsMaximum = 4

  private struct Candidate {
    var length: Int
    /// ρ.
    var share: Double
    var isSeason: Bool
  }

  /// - Parameters:
  ///   - season: length in steps.
  ///   - values: the values of each series, equally many.
  ///   - longest: the longest multiple that is considered, in steps.
  /// - Returns: the length and ρ of the multiple; `nil` if none is a season.
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

  /// r in units of its mean size, bounded at two of these units. Otherwise a shift or an outlier
  /// would outweigh many seasons.
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

  /// Correlation over all series together, of the pairs whose values are known.
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

/// Centred means of the known values.
enum CentredMean {
  /// - Parameter width: number of values that each mean covers; fewer at the ends.
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

  /// Deviations in units of their mean size, bounded at two of these units.
  static func bounded(_ deviations: [Double]) -> [Double] {
    let known = deviations.filter(\.isFinite)
    let size = known.reduce(0) { $0 + abs($1) } / Double(max(1, known.count))
    return size > 0
      ? deviations.map { $0.isFinite ? min(max($0 / size, -2), 2) : .nan } : deviations
  }
}
