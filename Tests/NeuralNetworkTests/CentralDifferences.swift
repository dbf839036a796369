import Testing

/// Fails where gradients are not the central differences of a loss in Float64, to 1e-5 of the
/// largest of them.
func expectCentralDifferences(
  _ gradients: [Float], at point: [Double], _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation, loss: ([Double]) -> Double
) {
  guard gradients.count == point.count else {
    Issue.record("\(what): counts differ", sourceLocation: sourceLocation)
    return
  }
  let expected = point.indices.map { index in
    var moved = point
    moved[index] += 1e-5
    let above = loss(moved)
    moved[index] = point[index] - 1e-5
    return Float((above - loss(moved)) / 2e-5)
  }
  #expect(relativeError(gradients, expected) < 1e-5, "\(what)", sourceLocation: sourceLocation)
}

/// Σ w · y
func dot(_ w: [Float], _ y: [Double]) -> Double {
  zip(w, y).reduce(0) { $0 + Double($1.0) * $1.1 }
}

func doubles(_ x: [Float]) -> [Double] { x.map(Double.init) }
