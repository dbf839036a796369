import NeuralNetwork

/// A stack of one layer and what follows it in a parity case: activations forth, gradients back.
struct SequenceModel {
  let stack: RecurrentStack
  let pass: RecurrentPass

  init(_ model: inout LayerModel, _ shape: RecurrentStackShape, steps: Int, batch: Int) {
    stack = model.add { RecurrentStack(prefix: "lstm", shape: shape, layout: &$0, packing: &$1) }
    pass = RecurrentPass(steps: steps, batch: batch)
  }

  /// - Parameter follow: from the outputs [T, B, D·H] to their gradients.
  /// - Returns: the gradient of x.
  func run(
    packed: [Float], mask: [Float]? = nil, x: [Float],
    dParameters: UnsafeMutablePointer<Float>, follow: (UnsafePointer<Float>) throws -> [Float]
  ) rethrows -> [Float] {
    var workspace = RecurrentWorkspace()
    var dx = x
    let all = mask ?? []
    try all.withUnsafeBufferPointer {
      var pass = pass
      pass.mask = mask == nil ? nil : $0.baseAddress
      stackForward(stack, packed: packed, pass, x: x, workspace: &workspace)
      let outputs = workspace.outputs(stack, steps: pass.steps, batch: pass.batch)
      stackBackward(
        stack, packed: packed, pass, x: x, dOutputs: try follow(outputs), dx: &dx,
        dParameters: dParameters, workspace: &workspace)
    }
    return dx
  }
}
