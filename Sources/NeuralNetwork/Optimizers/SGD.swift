/// The constants of one step of stochastic gradient descent.
struct SGDConstants {
  let rate: Float
  let momentum: Float
  let oneMinusDampening: Float
  let nesterov: Bool
  let weightDecay: Float
  let gradientScale: Float

  init(
    rate: Double, momentum: Double, dampening: Double, nesterov: Bool, weightDecay: Double,
    gradientScale: Float, isFirst: Bool
  ) {
    self.rate = Float(rate)
    self.momentum = Float(momentum)
    // PyTorch's buffer begins as the first gradient, undampened.
    oneMinusDampening = isFirst ? 1 : Float(1 - dampening)
    self.nesterov = nesterov
    self.weightDecay = Float(weightDecay)
    self.gradientScale = gradientScale
  }
}

/// One step of `torch.optim.SGD`, with g the scaled gradient:
///
///     g ← g + weightDecay·p        b ← momentum·b + (1 − dampening)·g  (b = g at the first step)
///     p ← p − rate·(g + momentum·b) with Nesterov, p − rate·b without, p − rate·g without momentum
///
/// - Shape: gradients, parameters, momentumBuffer [count]; the last unused where momentum is 0
/// - Source: Sutskever et al. (2013), "On the importance of initialization and momentum in deep
///   learning", in PyTorch's form, where the rate is outside the buffer.
func sgdStep(
  _ constants: SGDConstants, gradients: UnsafePointer<Float>,
  parameters: UnsafeMutablePointer<Float>, momentumBuffer: UnsafeMutablePointer<Float>, count: Int
) {
  let (rate, momentum, decay) = (constants.rate, constants.momentum, constants.weightDecay)
  let scale = constants.gradientScale
  if momentum == 0 {
    for index in 0..<count {
      let gradient = gradients[index] * scale + decay * parameters[index]
      parameters[index] -= rate * gradient
    }
    return
  }
  let (share, lookAhead) = (constants.oneMinusDampening, constants.nesterov)
  for index in 0..<count {
    let gradient = gradients[index] * scale + decay * parameters[index]
    let velocity = momentum * momentumBuffer[index] + share * gradient
    momentumBuffer[index] = velocity
    parameters[index] -= rate * (lookAhead ? gradient + momentum * velocity : velocity)
  }
}
