import Glibc
import NeuralNetwork
import Testing

@Suite struct OptimizerTests {
  /// PyTorch's single-tensor Adam and AdamW in Float64.
  struct Reference {
    var m = 0.0
    var v = 0.0
    var t = 0

    mutating func step(_ p: Double, _ gradient: Double, _ rate: Double, l2: Double, shrink: Double)
      -> Double
    {
      t += 1
      let p = p * (1 - rate * shrink)
      let g = gradient + l2 * p
      m = 0.9 * m + 0.1 * g
      v = 0.999 * v + 0.001 * g * g
      let denominator = (v / (1 - pow(0.999, Double(t)))).squareRoot() + 1e-8
      return p - rate / (1 - pow(0.9, Double(t))) * m / denominator
    }
  }

  @Test(
    "fifty steps follow the Float64 reference",
    arguments: [AdamOptimizer.WeightDecay.l2(0), .l2(0.01), .decoupled(0.05)])
  func adam(_ decay: AdamOptimizer.WeightDecay) {
    let count = 37
    var parameters = random(count, seed: 1)
    var exact = parameters.map(Double.init)
    var references = [Reference](repeating: Reference(), count: count)
    var optimizer = AdamOptimizer(count: count, weightDecay: decay)
    for step in 0..<50 {
      let gradients = random(count, seed: UInt64(100 + step))
      let rate = 0.01 / Double(step + 1)
      parameters.withUnsafeMutableBufferPointer { parameters in
        gradients.withUnsafeBufferPointer {
          optimizer.step(
            parameters: parameters, gradients: $0, rate: rate, gradientScale: 0.5)
        }
      }
      for index in 0..<count {
        var (l2, shrink) = (0.0, 0.0)
        switch decay {
        case .l2(let value): l2 = value
        case .decoupled(let value): shrink = value
        }
        exact[index] = references[index].step(
          exact[index], Double(gradients[index]) * 0.5, rate, l2: l2, shrink: shrink)
        #expect(abs(Double(parameters[index]) - exact[index]) < 1e-5)
      }
    }
    #expect(optimizer.steps == 50)
  }

  @Test("gradients are clipped to the global norm, small ones are left alone")
  func clipping() {
    let gradients: [Float] = [3, 4, 0]
    gradients.withUnsafeBufferPointer {
      #expect(GradientClip($0, maximumNorm: 10) == .apply(scale: 1, norm: 5))
      guard case .apply(let scale, let norm) = GradientClip($0, maximumNorm: 1) else {
        Issue.record("finite gradients were skipped")
        return
      }
      #expect(norm == 5 && abs(scale - 0.2) < 1e-6)
    }
  }

  @Test("a NaN or infinite gradient skips the step", arguments: [Float.nan, .infinity])
  func skipping(_ bad: Float) {
    let clip = [1, bad, 2].withUnsafeBufferPointer { GradientClip($0, maximumNorm: 1) }
    guard case .skip(let norm) = clip else {
      Issue.record("a gradient of \(bad) was applied")
      return
    }
    #expect(!norm.isFinite && !clip.norm.isFinite)
  }

  @Test("gradients whose squares overflow a float still have a norm")
  func largeGradients() {
    let clip = [Float](repeating: 1e30, count: 4)
      .withUnsafeBufferPointer { GradientClip($0, maximumNorm: 1) }
    #expect(abs(clip.norm / 2e30 - 1) < 1e-6)
  }

  @Test("the rate warms up linearly, peaks, and falls by a cosine to the floor")
  func schedule() {
    let schedule = WarmupCosineSchedule(peak: 1, floor: 0.1, warmupSteps: 4, totalSteps: 24)
    for (step, rate) in [(0, 0.2), (3, 0.8), (4, 1), (14, 0.55), (24, 0.1), (1000, 0.1)] {
      #expect(abs(schedule.rate(step: step) - rate) < 1e-12)
    }
    #expect(WarmupCosineSchedule(peak: 2, warmupSteps: 0, totalSteps: 10).rate(step: 0) == 2)
  }
}
