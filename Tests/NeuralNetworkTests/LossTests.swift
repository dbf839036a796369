import NeuralNetwork
import Testing

@Suite struct LossTests {
  @Test("pinball loss and its slopes, with masked NaN targets without influence")
  func pinball() {
    let quantiles: [Float] = [0.1, 0.5, 0.9]
    let predictions: [Float] = [1, 2, 3, 4, 5, 6, 0, 0]  // stride 8 for 2 steps × 3 levels
    let targets: [Float] = [2.5, .nan]
    var gradients = [Float](repeating: 9, count: 8)
    let loss = quantiles.withUnsafeBufferPointer { levels in
      pinballLoss(
        rows: 1, steps: 2, quantiles: levels, predictions: predictions, predictionsStride: 8,
        targets: targets, mask: [1, 0], dPredictions: &gradients, dStride: 8, gradientScale: 2)
    }
    // 0.1 · 1.5, 0.5 · 0.5 below the target; 0.1 · 0.5 above it
    #expect(loss.count == 3)
    #expect(abs(loss.sum - (0.15 + 0.25 + 0.05)) < 1e-6)
    let expected: [Float] = [-0.2, -1, 0.2, 0, 0, 0, 9, 9]
    for (gradient, value) in zip(gradients, expected) { #expect(abs(gradient - value) < 1e-6) }
  }

  @Test("a NaN prediction where the mask counts makes the loss NaN")
  func pinballNaN() {
    let loss = [Float(0.5)].withUnsafeBufferPointer { levels in
      pinballLoss(
        rows: 1, steps: 1, quantiles: levels, predictions: [.nan], predictionsStride: 1,
        targets: [1], mask: [1], dPredictions: nil, dStride: 0, gradientScale: 0)
    }
    #expect(loss.sum.isNaN && loss.count == 1)
  }

  @Test("squared error counts what the mask counts")
  func meanSquaredError() {
    var gradients = [Float](repeating: 9, count: 3)
    let loss = squaredError(
      count: 3, predictions: [1, 2, 3], targets: [3, .nan, 2.5], mask: [1, 0, 1],
      dPredictions: &gradients, gradientScale: 0.5)
    #expect(loss == LossSum(sum: 4.25, count: 2))
    #expect(loss.mean == 2.125)
    #expect(gradients == [-2, 0, 0.5])
    #expect(LossSum().mean == 0)
  }
}
