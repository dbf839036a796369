import Glibc

/// Of the finite ones; not a number of none.
///
/// - Precondition: they are positive.
func geometricMean(_ values: [Double]) -> Double {
  exp(mean(values.map { log($0) }))
}
