import Glibc

/// The mean of the finite values; not a number where there is none.
func mean(_ values: [Double]) -> Double {
  let finite = values.filter(\.isFinite)
  return finite.reduce(0, +) / Double(finite.count)
}

/// The geometric mean of the finite values; not a number where there is none.
///
/// - Precondition: they are positive.
func geometricMean(_ values: [Double]) -> Double {
  exp(mean(values.map { log($0) }))
}
