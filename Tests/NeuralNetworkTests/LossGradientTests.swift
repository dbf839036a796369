import Glibc
import NeuralNetwork
import Testing

/// A loss as the tests see it: the fast one over floats, and one target's in Float64, written anew.
struct LossCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// Predictions for each target.
  let width: Int
  /// Turns standard normal numbers into predictions the loss is defined for.
  var domain: @Sendable (Float, Int) -> Float = { value, _ in value }
  let fast:
    @Sendable (
      _ predictions: [Float], _ targets: [Float], _ mask: [Float]?, _ d: inout [Float], Float
    ) -> LossSum
  let exact: @Sendable (_ predictions: ArraySlice<Double>, _ target: Double) -> Double

  var testDescription: String { name }
}

private func positive(_ value: Float) -> Float { abs(value) + 0.2 }

private let levels: [Float] = [0.025, 0.1, 0.5, 0.9, 0.975]

private let cases: [LossCase] = [
  LossCase(
    name: "squared error", width: 1,
    fast: {
      squaredError(
        count: $1.count, predictions: $0, targets: $1, mask: $2, dPredictions: &$3,
        gradientScale: $4)
    }, exact: { ($0.first! - $1) * ($0.first! - $1) }),
  LossCase(
    name: "absolute error", width: 1,
    fast: {
      absoluteError(
        count: $1.count, predictions: $0, targets: $1, mask: $2, dPredictions: &$3,
        gradientScale: $4)
    }, exact: { abs($0.first! - $1) }),
  LossCase(
    name: "Huber, δ = 0.7", width: 1,
    fast: {
      huberLoss(
        count: $1.count, delta: 0.7, predictions: $0, targets: $1, mask: $2, dPredictions: &$3,
        gradientScale: $4)
    },
    exact: {
      let delta = Double(Float(0.7))
      let size = abs($0.first! - $1)
      return size <= delta ? size * size / 2 : delta * (size - delta / 2)
    }),
  LossCase(
    name: "pinball", width: 5,
    fast: { predictions, targets, mask, d, scale in
      levels.withUnsafeBufferPointer { levels in
        pinballLoss(
          rows: 1, steps: targets.count, quantiles: levels, predictions: predictions,
          predictionsStride: 0, targets: targets, mask: mask, dPredictions: &d, dStride: 0,
          gradientScale: scale)
      }
    },
    exact: { predictions, target in
      zip(predictions, levels).reduce(0) { sum, pair in
        let (error, level) = (target - pair.0, Double(pair.1))
        return sum + max(level * error, (level - 1) * error)
      }
    }),
  LossCase(
    name: "cross-entropy", width: 4, domain: { value, _ in 3 * value },
    fast: {
      crossEntropyLoss(
        rows: $1.count, classes: 4, logits: $0, logitsStride: 4, targets: $1.map(classIndex),
        mask: $2, dLogits: &$3, dStride: 4, gradientScale: $4)
    },
    exact: { logits, target in
      let sum = logits.reduce(0) { $0 + exp($1) }
      return -log(exp(logits[logits.startIndex + Int(classIndex(Float(target)))]) / sum)
    }),
  LossCase(
    name: "binary cross-entropy", width: 1, domain: { value, _ in 4 * value },
    fast: {
      binaryCrossEntropyLoss(
        count: $1.count, logits: $0, targets: $1.map(probability), mask: $2, dLogits: &$3,
        gradientScale: $4)
    },
    exact: {
      let share = 1 / (1 + exp(-$0.first!))
      let target = Double(probability(Float($1)))
      return -target * log(share) - (1 - target) * log(1 - share)
    }),
  LossCase(
    name: "Gaussian", width: 2, domain: { $1 == 1 ? positive($0) : $0 },
    fast: {
      gaussianLoss(
        rows: 1, steps: $1.count, parameters: $0, parametersStride: 0, targets: $1, mask: $2,
        dParameters: &$3, dStride: 0, gradientScale: $4, full: true)
    },
    exact: { parameters, target in
      let (mean, variance) = (parameters.first!, parameters.last!)
      let density =
        exp(-(target - mean) * (target - mean) / (2 * variance))
        / (2 * Double.pi * variance).squareRoot()
      return -log(density)
    }),
  LossCase(
    name: "Student-t", width: 3, domain: { $1 == 1 ? $0 : positive($0) + ($1 == 0 ? 2 : 0) },
    fast: {
      studentTLoss(
        rows: 1, steps: $1.count, parameters: $0, parametersStride: 0, targets: $1, mask: $2,
        dParameters: &$3, dStride: 0, gradientScale: $4)
    },
    exact: { parameters, target in
      let values = Array(parameters)
      let (nu, z) = (values[0], (target - values[1]) / values[2])
      let front =
        tgamma((nu + 1) / 2) / (tgamma(nu / 2) * (nu * Double.pi).squareRoot() * values[2])
      return -log(front * pow(1 + z * z / nu, -(nu + 1) / 2))
    }),
]

/// Of a standard normal number.
private func probability(_ value: Float) -> Float { value.isNaN ? .nan : 0.5 + 0.5 * tanhf(value) }

private func classIndex(_ value: Float) -> Int32 {
  value.isNaN ? -1 : Int32(abs(value) * 10) % 4
}

@Suite struct LossGradientTests {
  @Test(
    "a loss's sum is the Float64 reference's, its gradient the central differences",
    arguments: cases)
  func gradients(_ loss: LossCase) {
    let count = 60
    let targets = random(count, seed: 1)
    let predictions = random(count * loss.width, seed: 2).enumerated().map {
      loss.domain($1, $0 % loss.width)
    }
    var gradients = [Float](repeating: 9, count: predictions.count)
    let result = loss.fast(predictions, targets, nil, &gradients, 0.5)

    let exact = predictions.map(Double.init)
    func one(_ values: [Double], _ target: Int) -> Double {
      let range = (target * loss.width)..<((target + 1) * loss.width)
      return loss.exact(values[range], Double(targets[target]))
    }
    let sum = (0..<count).reduce(0.0) { $0 + one(exact, $1) }
    #expect(abs(result.sum - sum) < 1e-6 * abs(sum))
    #expect(result.count == (loss.name == "pinball" ? count * loss.width : count))
    for index in exact.indices {
      var moved = exact
      moved[index] += 1e-6
      let above = one(moved, index / loss.width)
      moved[index] -= 2e-6
      let expected = 0.5 * (above - one(moved, index / loss.width)) / 2e-6
      #expect(abs(Double(gradients[index]) - expected) < 1e-4 * abs(expected) + 1e-6, "\(index)")
    }
  }

  @Test("masked places have no influence, NaN or not, and no gradient", arguments: cases)
  func masks(_ loss: LossCase) {
    let count = 9
    let kept = [1, 4, 5, 8]
    let mask = (0..<count).map { kept.contains($0) ? Float(1) : 0 }
    var targets = random(count, seed: 3)
    var predictions = random(count * loss.width, seed: 4).enumerated().map {
      loss.domain($1, $0 % loss.width)
    }
    var expected = [Float](repeating: 0, count: kept.count * loss.width)
    let wanted = loss.fast(
      kept.flatMap { predictions[($0 * loss.width)..<(($0 + 1) * loss.width)] },
      kept.map { targets[$0] }, nil, &expected, 2)
    for index in 0..<count where mask[index] == 0 {
      targets[index] = .nan
      for k in 0..<loss.width { predictions[index * loss.width + k] = .nan }
    }
    var gradients = [Float](repeating: 9, count: predictions.count)
    let result = loss.fast(predictions, targets, mask, &gradients, 2)
    #expect(abs(result.sum - wanted.sum) < 1e-12 && result.count == wanted.count)
    for index in 0..<count {
      let place = (index * loss.width)..<((index + 1) * loss.width)
      if let position = kept.firstIndex(of: index) {
        let range = (position * loss.width)..<((position + 1) * loss.width)
        #expect(Array(gradients[place]) == Array(expected[range]))
      } else {
        #expect(gradients[place].allSatisfy { $0 == 0 })
      }
    }
  }

  @Test("a NaN prediction that counts makes loss and gradient NaN", arguments: cases)
  func nan(_ loss: LossCase) {
    var gradients = [Float](repeating: 0, count: loss.width)
    let result = loss.fast(
      [Float](repeating: .nan, count: loss.width), [1], nil, &gradients, 1)
    #expect(result.sum.isNaN)
    #expect(gradients.allSatisfy { $0.isNaN })
  }

  @Test("cross-entropy of logits beyond exp's range is exact")
  func largeLogits() {
    var gradients = [Float](repeating: 0, count: 6)
    let loss = crossEntropyLoss(
      rows: 2, classes: 3, logits: [2000, 1000, -3e38, -5000, -5000, -5000], logitsStride: 3,
      targets: [1, 2], mask: nil, dLogits: &gradients, dStride: 3, gradientScale: 1)
    #expect(abs(loss.sum - (1000 + log(3.0))) < 1e-9)
    #expect(gradients[0] == 1 && gradients[1] == -1 && gradients[2] == 0)
    #expect(abs(gradients[5] + 2 / 3.0) < 1e-6)
  }

  @Test("a variance below epsilon counts as epsilon, and its gradient still asks for more")
  func smallVariance() {
    var gradients = [Float](repeating: 0, count: 2)
    let loss = gaussianLoss(
      rows: 1, steps: 1, parameters: [0, 0], parametersStride: 2, targets: [1], mask: nil,
      dParameters: &gradients, dStride: 2, gradientScale: 1, epsilon: 0.25)
    #expect(abs(loss.sum - 0.5 * (log(0.25) + 4)) < 1e-12)
    #expect(gradients == [-4, -6])
  }

  @Test("heads give valid parameters, and their gradients are central differences")
  func heads() {
    let raw: [Float] = [-30, 0.3, -40, 0.7, -2, 25, 4, 1, -1]
    var parameters = [Float](repeating: 0, count: 9)
    studentTHeadForward(
      rows: 1, steps: 3, raw: raw, rawStride: 9, parameters: &parameters, parametersStride: 9)
    for place in stride(from: 0, to: 9, by: 3) {
      #expect(parameters[place] >= 2 && parameters[place + 2] >= 1e-6)
      #expect(parameters[place + 1] == raw[place + 1])
    }
    #expect(parameters[5] == 25 + 1e-6)
    let weights = random(9, seed: 5)
    var dRaw = [Float](repeating: 0, count: 9)
    studentTHeadBackward(
      rows: 1, steps: 3, raw: raw, rawStride: 9, dParameters: weights, dRaw: &dRaw, dStride: 9)
    for index in 0..<9 {
      let (x, step) = (Double(raw[index]), 1e-5)
      let slope =
        index % 3 == 1
        ? 1.0 : (log1p(exp(x + step)) - log1p(exp(x - step))) / (2 * step)
      #expect(abs(Double(dRaw[index]) - Double(weights[index]) * slope) < 1e-5)
    }
    var gaussian = [Float](repeating: 0, count: 2)
    gaussianHeadForward(
      rows: 1, steps: 1, raw: [3, -1], rawStride: 2, parameters: &gaussian, parametersStride: 2)
    #expect(gaussian[0] == 3 && abs(Double(gaussian[1]) - log1p(exp(-1.0)) - 1e-6) < 1e-7)
    gaussianHeadBackward(
      rows: 1, steps: 1, raw: [3, -1], rawStride: 2, dParameters: [2, 3], dRaw: &dRaw, dStride: 2)
    #expect(dRaw[0] == 2 && abs(Double(dRaw[1]) - 3 / (1 + exp(1.0))) < 1e-6)
  }
}
