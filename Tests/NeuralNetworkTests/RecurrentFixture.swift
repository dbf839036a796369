import NeuralNetwork
import Numerics

/// A stack with random parameters, inputs and initial states, and the passes over them.
struct RecurrentFixture {
  let stack: RecurrentStack
  let layout: ParameterLayout
  let steps: Int
  let batch: Int
  let mask: [Float]?
  var parameters: [Float]
  private(set) var packed: [Float]
  var x: [Float]
  var h0: [Float]
  var c0: [Float]

  struct Outputs: Equatable {
    var y: [Float]
    var h: [Float]
    var c: [Float]
  }

  struct Gradients {
    var parameters: [Float]
    var x: [Float]
    var h0: [Float]
    var c0: [Float]
  }

  init(
    _ shape: RecurrentStackShape, steps: Int, batch: Int, mask: [Float]? = nil,
    prefix: String = "stack"
  ) {
    var layout = ParameterLayout()
    var packing = PackedStorageLayout()
    stack = RecurrentStack(prefix: prefix, shape: shape, layout: &layout, packing: &packing)
    self.layout = layout
    self.steps = steps
    self.batch = batch
    self.mask = mask
    parameters = random(layout.count, seed: 1).map { $0 * 0.4 }
    packed = [Float](repeating: 0, count: packing.count)
    x = random(steps * batch * shape.inputSize, seed: 2)
    h0 = random(batch * stack.hiddenStateSize, seed: 3).map { $0 * 0.5 }
    c0 = random(batch * stack.cellStateSize, seed: 4)
    pack(parameters)
  }

  mutating func pack(_ parameters: [Float]) {
    self.parameters = parameters
    stack.pack(parameters, into: &packed)
  }

  var reference: RecurrentReference {
    RecurrentReference(
      shape: stack.shape, layout: layout, prefix: "stack", steps: steps, batch: batch, mask: mask,
      parameters: doubles(parameters), x: doubles(x), h0: doubles(h0), c0: doubles(c0))
  }

  /// A forward pass and, from the gradients that `cotangents` makes of its outputs, a backward pass.
  func run(
    dropoutSeed: UInt64? = nil, cotangents: (Outputs) -> Outputs
  ) -> (outputs: Outputs, gradients: Gradients) {
    var workspace = RecurrentWorkspace()
    var gradients = Gradients(
      parameters: [Float](repeating: 0, count: layout.count),
      x: [Float](repeating: .nan, count: x.count), h0: [], c0: [])
    var outputs = Outputs(y: [], h: [], c: [])
    let mask = mask ?? [Float](repeating: 1, count: steps * batch)
    mask.withUnsafeBufferPointer { mask in
      h0.withUnsafeBufferPointer { h0 in
        c0.withUnsafeBufferPointer { c0 in
          var pass = RecurrentPass(steps: steps, batch: batch)
          if self.mask != nil { pass.mask = mask.baseAddress }
          pass.initial = RecurrentState(h: h0.baseAddress, c: c0.baseAddress)
          pass.dropoutSeed = dropoutSeed
          stackForward(stack, packed: packed, pass, x: x, workspace: &workspace)
          let count = steps * batch * stack.shape.outputSize
          outputs.y = Array(
            UnsafeBufferPointer(
              start: workspace.outputs(stack, steps: steps, batch: batch), count: count))
          outputs.h = Array(workspace.finalHidden.elements)
          outputs.c = Array(workspace.finalCell.elements)
          let d = cotangents(outputs)
          d.h.withUnsafeBufferPointer { dh in
            d.c.withUnsafeBufferPointer { dc in
              stackBackward(
                stack, packed: packed, pass, x: x, dOutputs: d.y,
                dFinal: RecurrentState(
                  h: d.h.isEmpty ? nil : dh.baseAddress, c: d.c.isEmpty ? nil : dc.baseAddress),
                dx: &gradients.x,
                dParameters: &gradients.parameters, workspace: &workspace)
            }
          }
          gradients.h0 = Array(workspace.dInitialHidden.elements)
          gradients.c0 = Array(workspace.dInitialCell.elements)
        }
      }
    }
    return (outputs, gradients)
  }

  func forward() -> Outputs {
    run { Outputs(y: $0.y.map { _ in 0 }, h: [], c: []) }.outputs
  }
}
