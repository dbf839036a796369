import Glibc

/// Judges initial weights by the first forward and backward passes, layer by layer.
///
/// In a healthy network activations keep their scale from layer to layer, and so do gradients on
/// their way back. Call `observe` with the activations of each layer, from the input on, and with
/// their gradients in the same order. `report` is a table of all, `faults` is what is off in it.
///
/// - Source: Glorot and Bengio (2010), "Understanding the difficulty of training deep feedforward
///   neural networks"; Mishkin and Matas (2016), "All you need is a good init".
package struct InitializationCheck: Sendable {
  package enum Kind: String, Sendable {
    case activations
    case gradients
  }

  /// What one buffer holds.
  package struct Scale: Sendable, Equatable {
    package let layer: String
    package let kind: Kind
    /// Root of the mean square over finite elements.
    package let rootMeanSquare: Double
    /// Share of elements that are exactly zero.
    package let zeroShare: Double
    /// Share of elements at the ends of a bounded activation's range.
    package let saturatedShare: Double
    package let nonFinite: Int
  }

  package private(set) var scales: [Scale] = []
  /// Largest ratio, either way, of a layer's scale to that of its neighbour toward the input (of
  /// activations) or toward the loss (of gradients).
  package let ratioMaximum: Double

  package init(ratioMaximum: Double = 100) {
    precondition(ratioMaximum > 1)
    self.ratioMaximum = ratioMaximum
  }

  /// - Parameter bounds: the ends of the activation's range, 0…1 of a sigmoid, −1…1 of tanh; within
  ///   1 % of the range of an end its slope is below 4 % of the largest.
  package mutating func observe(
    _ layer: String, _ kind: Kind, _ values: UnsafeBufferPointer<Float>,
    bounds: ClosedRange<Float>? = nil
  ) {
    var (squares, zeros, saturated, nonFinite) = (0.0, 0, 0, 0)
    let edge = bounds.map { 0.01 * ($0.upperBound - $0.lowerBound) } ?? 0
    for value in values {
      guard value.isFinite else {
        nonFinite += 1
        continue
      }
      squares += Double(value) * Double(value)
      if value == 0 { zeros += 1 }
      if let bounds, value <= bounds.lowerBound + edge || value >= bounds.upperBound - edge {
        saturated += 1
      }
    }
    let count = Double(max(1, values.count))
    scales.append(
      Scale(
        layer: layer, kind: kind,
        rootMeanSquare: (squares / max(1, count - Double(nonFinite))).squareRoot(),
        zeroShare: Double(zeros) / count, saturatedShare: Double(saturated) / count,
        nonFinite: nonFinite))
  }

  /// What is off, one sentence each; empty where nothing is.
  package var faults: [String] {
    var faults: [String] = []
    for scale in scales {
      let what = "\(scale.layer): \(scale.kind.rawValue)"
      if scale.nonFinite > 0 { faults.append("\(what): \(scale.nonFinite) are NaN or infinite") }
      if scale.zeroShare == 1 {
        faults.append("\(what) are all zero: nothing is learned through them")
      } else if scale.zeroShare > 0.9 {
        faults.append("\(what): \(percent(scale.zeroShare)) are zero")
      }
      if scale.saturatedShare > 0.5 {
        faults.append("\(what): \(percent(scale.saturatedShare)) are saturated: weights too large")
      }
    }
    faults += jumps(of: scales.filter { $0.kind == .activations })
    faults += jumps(of: scales.filter { $0.kind == .gradients }.reversed())
    return faults
  }

  /// Neighbours whose scales are too far apart, in the order in which signals travel.
  private func jumps(of path: [Scale]) -> [String] {
    zip(path, path.dropFirst()).compactMap { from, to in
      guard from.rootMeanSquare > 0, to.rootMeanSquare > 0 else { return nil }
      let ratio = to.rootMeanSquare / from.rootMeanSquare
      let what = "\(to.layer): \(to.kind.rawValue)"
      if ratio > ratioMaximum {
        return "\(what) explode: \(short(ratio)) times those of \(from.layer)"
      }
      if ratio < 1 / ratioMaximum {
        return "\(what) vanish: \(short(ratio)) times those of \(from.layer)"
      }
      return nil
    }
  }

  /// A table of all scales, then the faults.
  package var report: String {
    let rows = scales.map { scale in
      [
        scale.layer, scale.kind.rawValue, short(scale.rootMeanSquare), percent(scale.zeroShare),
        percent(scale.saturatedShare),
      ]
    }
    let titles = ["layer", "of", "rms", "zero", "saturated"]
    let widths = titles.indices.map { column in
      ([titles] + rows).map { $0[column].count }.max() ?? 0
    }
    let lines = ([titles] + rows).map { row in
      zip(row, widths)
        .map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: "  ")
    }
    return (lines + (faults.isEmpty ? ["nothing is off"] : faults)).joined(separator: "\n")
  }
}

private func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }

/// Three digits are enough to see a scale.
private func short(_ value: Double) -> String {
  guard value > 0, value.isFinite else { return "\(value)" }
  let exponent = floor(log10(value)) - 2
  // Dividing by a whole power of ten gives the nearest double to the three digits.
  if exponent >= 0 { return "\((value / pow(10, exponent)).rounded() * pow(10, exponent))" }
  return "\((value * pow(10, -exponent)).rounded() / pow(10, -exponent))"
}
