import NeuralNetwork
import Testing

@Suite struct GradientClipTests {
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

  @Test("the factor takes the loss scale out again, and the norm is the loss's own")
  func lossScale() {
    [Float]([3 * 1024, 4 * 1024]).withUnsafeBufferPointer {
      #expect(
        GradientClip($0, maximumNorm: 10, lossScale: 1024)
          == .apply(scale: 1 / 1024, norm: 5))
      guard case .apply(let scale, _) = GradientClip($0, maximumNorm: 1, lossScale: 1024) else {
        Issue.record("finite gradients were skipped")
        return
      }
      #expect(abs(scale * 1024 - 0.2) < 1e-6)
    }
  }

  @Test("clipping by value counts what it clips and leaves NaN")
  func byValue() {
    var gradients: [Float] = [-3, -0.5, 0, 0.5, .infinity, .nan, 0.50001]
    let clipped = gradients.withUnsafeMutableBufferPointer { clipByValue($0, limit: 0.5) }
    #expect(clipped == 3)
    #expect(gradients[5].isNaN)
    gradients[5] = 0
    #expect(gradients == [-0.5, -0.5, 0, 0.5, 0.5, 0, 0.5])
  }
}
