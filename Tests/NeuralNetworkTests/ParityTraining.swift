import NeuralNetwork
import Numerics
import Testing

/// Repeats the training that a case recorded, and compares losses, norms and final weights.
///
/// - Parameter step: the loss at the given parameters, and its gradients added to the second buffer.
func expectTraining(
  _ fixture: ParityFixture, _ layout: ParameterLayout,
  step: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) throws -> Double
) throws {
  let rate = try fixture.metadata("rate")
  let clip = try fixture.metadata("clip")
  let isDescent = fixture.file.metadata["optimizer"] == "sgd"
  var parameters = try fixture.parameters(layout)
  var gradients = [Float](repeating: 0, count: layout.count)
  var optimizer = AdamOptimizer(count: layout.count)
  var (losses, norms): ([Float], [Float]) = ([], [])
  for _ in try fixture.floats("training.loss") {
    gradients = gradients.map { _ in 0 }
    losses.append(Float(try step(parameters, &gradients)))
    try gradients.withUnsafeBufferPointer { gradients in
      guard case .apply(let scale, let norm) = GradientClip(gradients, maximumNorm: clip) else {
        Issue.record("\(fixture.name): gradients are not finite")
        throw CancellationError()
      }
      norms.append(Float(norm))
      if isDescent {
        for (index, gradient) in gradients.enumerated() {
          parameters[index] -= Float(rate) * (scale * gradient)
        }
        return
      }
      parameters.withUnsafeMutableBufferPointer {
        optimizer.step(
          parameters: $0, gradients: gradients, rate: rate, gradientScale: scale)
      }
    }
  }
  try fixture.expect(losses, "training.loss")
  try fixture.expect(norms, "training.norm")
  try fixture.expect(parameters, layout, "training.parameter")
}
