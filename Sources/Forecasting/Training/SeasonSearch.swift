/// Finds the seasons of a stream from the histories of its series.
///
/// A season is a lag at which values resemble each other more than at the lags on both sides.
/// Resemblance is measured by the mean absolute difference and not by the autocorrelation, for
/// three reasons. A trend, a shift of the level or a random walk changes all lags alike and makes
/// no dip. Spikes have little weight. And the measure is the error of the seasonal naive forecast.
///
///     d[k]   mean over the series of |x[t] − x[t − k]|, each in units of its own mean over all k
///     dip    d[p] divided by the smaller of the maxima of d in [p/2, p) and (p, 3p/2]
///
/// A dip counts if it is deeper than noise of that many values can be, and if there is another dip
/// at twice the lag. `SeasonMultiples` decides whether a multiple of a season is a season of its
/// own (a week as a multiple of a day), after the shorter season has been removed. Pairs with a
/// missing value are left out. The result depends on the values alone.
///
/// - Source: the variogram as the counterpart of the autocorrelation: Cressie, 1993, Statistics for
///   Spatial Data, 2.4. The robust form with absolute differences is the madogram.
package struct SeasonSearch: Sendable {
  /// The longest season that is looked for, in steps.
  package var lengthMaximum = 672
  /// The largest number of seasons that are returned.
  package var countMaximum = 2
  /// The largest number of series that are used; of more series, evenly spaced ones.
  package var seriesMaximum = 16
  /// The largest number of values of each series that are used, the newest ones.
  package var valuesMaximum = 4096
  /// The shortest season in steps. The network sees shorter lags anyway.
  private static let lengthMinimum = 4
  /// Number of periods that must have been seen.
  private static let periodsMinimum = 4
  /// A dip above this ratio is not deep enough for a season, however certain it is.
  private static let dipMaximum = 0.85
  /// Smallest depth of a dip (1 minus its ratio), in standard deviations of a mean of as many
  /// differences.
  private static let dipDeviations = 5.0
  private static let supportMaximum = 0.93

  package init() {}

  /// Finds the lengths of the seasons in steps, ascending; empty if nothing is significant.
  ///
  /// - Parameter histories: values step by step, NaN if missing. All of them end at about the same
  ///   time.
  /// - Complexity: O(series · values · lengths), about half a second with the default bounds.
  package func seasons(of histories: [[Double]]) -> [Int] {
    let values = chosen(histories)
    guard let count = values.map(\.count).min(), count >= 8 * Self.lengthMinimum else { return [] }
    let longest = min(lengthMaximum, count / Self.periodsMinimum - 1)
    guard longest >= Self.lengthMinimum else { return [] }
    let lags = min(count / 2, longest * 5 / 2 + 1)
    guard let differences = meanDifferences(values, lags: lags, count: count) else { return [] }
    let profile = Profile(differences, count: count)
    return seasons(in: profile, of: values.map(Array.init), longest: longest)
  }

  // MARK: - Differences

  /// The newest values, equally many for all, of the series that have most of the longest history.
  private func chosen(_ histories: [[Double]]) -> [ArraySlice<Double>] {
    let longest = min(histories.map(\.count).max() ?? 0, valuesMaximum)
    let usable = histories.filter { history in
      guard history.count >= longest * 3 / 4 else { return false }
      return history.suffix(longest).count(where: \.isFinite) >= longest / 2
    }
    let count = min(usable.map(\.count).min() ?? 0, longest)
    let number = min(usable.count, seriesMaximum)
    return (0..<number).map { usable[$0 * usable.count / number].suffix(count) }
  }

  /// d[k] for k = 0..<lags, where d[0] is unused; `nil` if no series varies.
  private func meanDifferences(
    _ values: [ArraySlice<Double>], lags: Int, count: Int
  ) -> [Double]? {
    var sums = Array(repeating: 0.0, count: lags)
    var number = 0
    for series in values {
      guard let differences = Self.differences(Array(series), lags: lags) else { continue }
      for lag in 1..<lags { sums[lag] += differences[lag] }
      number += 1
    }
    return number == 0 ? nil : sums.map { $0 / Double(number) }
  }

  private static func differences(_ values: [Double], lags: Int) -> [Double]? {
    let values = withoutSlope(values)
    var differences = [0.0]
    for lag in 1..<lags {
      guard let difference = meanDifference(values, lag: lag) else { return nil }
      differences.append(difference)
    }
    let mean = differences.reduce(0, +) / Double(lags - 1)
    guard mean > 0, mean.isFinite else { return nil }
    return differences.map { $0 / mean }
  }

  /// Mean of |x[t] − x[t − lag]| over the known pairs; `nil` if there are fewer than 16.
  private static func meanDifference(_ values: [Double], lag: Int) -> Double? {
    values.withUnsafeBufferPointer { values in
      var sum = 0.0
      var pairs = 0
      for index in lag..<values.count {
        let difference = values[index] - values[index - lag]
        guard difference.isFinite else { continue }
        sum += abs(difference)
        pairs += 1
      }
      return pairs < 16 ? nil : sum / Double(pairs)
    }
  }

  /// Removes the slope of the values, which would raise longer lags more and thereby move dips. The
  /// slope is the median rise over a quarter of the length, which a shift of the level does not
  /// change.
  private static func withoutSlope(_ values: [Double]) -> [Double] {
    let reach = values.count / 4
    let rises = (reach..<values.count).map { values[$0] - values[$0 - reach] }
      .filter(\.isFinite).sorted()
    guard let median = rises.isEmpty ? nil : rises[rises.count / 2] else { return values }
    let slope = median / Double(reach)
    return values.enumerated().map { $1 - Double($0) * slope }
  }

  /// Deviations of the values from their least-squares line.
  private static func withoutLine(_ values: [Double]) -> [Double] {
    let center = Double(values.count - 1) / 2
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    var (product, square) = (0.0, 0.0)
    for (index, value) in values.enumerated() {
      let place = Double(index) - center
      product += place * (value - mean)
      square += place * place
    }
    guard square > 0 else { return values }
    return values.enumerated().map { $1 - (Double($0) - center) * product / square }
  }

  // MARK: - Dips

  private struct Profile {
    let differences: [Double]
    /// The differences minus their line. A shift or a random walk makes differences grow with the
    /// lag, which moves dips.
    let level: [Double]
    /// Number of values of each history.
    let count: Int

    init(_ differences: [Double], count: Int) {
      self.differences = differences
      level = [0] + SeasonSearch.withoutLine(Array(differences.dropFirst()))
      self.count = count
    }

    /// Ratio of the dip at `lag`: the lower the deeper, and 1 if there is none; `nil` if the
    /// surrounding lags are not known.
    func dip(_ lag: Int) -> Double? {
      let half = max(1, lag / 2)
      guard lag >= 2, lag + half < differences.count else { return nil }
      let left = differences[max(1, lag - half)..<lag].max() ?? 0
      let right = differences[lag + 1...lag + half].max() ?? 0
      let around = min(left, right)
      return around > 0 ? min(1, differences[lag] / around) : 1
    }

    func isLowest(_ lag: Int) -> Bool {
      let width = max(1, lag / 8)
      let around = max(1, lag - width)...min(differences.count - 1, lag + width)
      return level[lag] <= level[around].min() ?? .infinity
    }
  }

  private func seasons(in profile: Profile, of values: [[Double]], longest: Int) -> [Int] {
    var found: [(length: Int, dip: Double)] = []
    for lag in Self.lengthMinimum...longest {
      guard let dip = significantDip(profile, lag) else { continue }
      // The second pass starts from a more exact length, so the mean over a period removes slow
      // changes better.
      var length = refined(lag, values, longest: longest)
      length = refined(length, values, longest: longest)
      let isKnown = found.contains { season in
        let nearest = (length + season.length / 2) / season.length * season.length
        return abs(length - nearest) <= max(1, length / 12)
      }
      if !isKnown { found.append((length, dip)) }
    }
    if let first = found.first,
      let multiple = SeasonMultiples.find(of: first.length, in: values, longest: longest)
    {
      // 1 − ρ takes the place of the ratio of a dip.
      found.append((multiple.length, 1 - multiple.share))
    }
    return found.sorted { $0.dip < $1.dip }.prefix(countMaximum).map(\.length).sorted()
  }

  /// Ratio of a dip that noise does not explain and that recurs at twice the lag; otherwise `nil`.
  private func significantDip(_ profile: Profile, _ lag: Int) -> Double? {
    guard profile.isLowest(lag), let dip = profile.dip(lag) else { return nil }
    let noise = Self.dipDeviations / Double(profile.count - lag).squareRoot()
    guard dip <= min(Self.dipMaximum, 1 - noise) else { return nil }
    let again = (max(2, 2 * lag - lag / 8)...2 * lag + lag / 8).compactMap(profile.dip).min()
    guard let again, again <= Self.supportMaximum else { return nil }
    return dip
  }

  /// The length near `lag` whose multiples fit best; one period gives the length only to within a
  /// few steps. The values are compared as deviations from their mean over a period, so that slow
  /// changes have no effect.
  private func refined(_ lag: Int, _ values: [[Double]], longest: Int) -> Int {
    let width = max(1, lag / 12)
    let last = min(lag + width, longest)
    let deviations = values.map { Self.deviations($0, period: lag) }
    let multiples = max(1, min(8, (values[0].count - 16) / last / 2))
    var best = lag
    var lowest = Double.infinity
    for length in max(Self.lengthMinimum, lag - width)...last {
      var sum = 0.0
      for series in deviations {
        for multiple in 1...multiples {
          sum += Self.meanDifference(series, lag: multiple * length) ?? 0
        }
      }
      if sum < lowest {
        lowest = sum
        best = length
      }
    }
    return best
  }

  /// Deviations of the values from their centred mean over about a period, in units of their mean
  /// size and bounded at two of these units.
  private static func deviations(_ values: [Double], period: Int) -> [Double] {
    CentredMean.bounded(zip(values, CentredMean.values(values, width: period)).map { $0 - $1 })
  }
}
