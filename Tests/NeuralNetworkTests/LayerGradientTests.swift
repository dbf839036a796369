import NeuralNetwork
import Testing

/// Values within 1e-5 of the Float64 references, gradients their central differences.
@Suite struct LayerGradientTests {
  static let masks: [[Float]?] = [nil, [1, 1, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1]]

  @Test("layer normalisation's gradients are central differences, for rows of any width")
  func layerNorm() {
    for size in [3, 8, 21] {
      let rows = 3
      var model = LayerModel()
      let layer = model.add {
        LayerNormLayer(prefix: "norm", size: size, layout: &$0, packing: &$1)
      }
      let (p, x) = (random(2 * size, seed: 1), random(rows * size, seed: 2).map { 2 * $0 + 1 })
      let packed = model.packed { layer.pack(p, into: $0) }
      let w = random(x.count, seed: 3)
      var (y, dx, dp) = (x, w, p.map { _ in Float(0) })
      var mean = [Float](repeating: 0, count: rows)
      var scale = mean
      layerNormForward(
        layer, packed: packed, rows: rows, x: x, xStride: size, y: &y, yStride: size, mean: &mean,
        scale: &scale)
      layerNormBackward(
        layer, packed: packed, rows: rows, x: x, xStride: size, mean: mean, scale: scale, dy: w,
        dx: &dx, dParameters: &dp)
      expectReference(y, dx, dp, x: x, parameters: p, w: w) { x, p in
        stride(from: 0, to: x.count, by: size).flatMap { start in
          NeuralNetworkTests.layerNorm(
            Array(x[start..<(start + size)]), weight: Array(p[..<size]), bias: Array(p[size...]))
        }
      }
    }
  }

  @Test("batch normalisation's gradients are central differences, masked or not", arguments: masks)
  func batchNorm(_ mask: [Float]?) {
    let (rows, size) = (12, 3)
    var (model, buffers) = (LayerModel(), ParameterLayout())
    let layer = model.add {
      BatchNormLayer(
        prefix: "norm", size: size, layout: &$0, statistics: &buffers, packing: &$1)
    }
    let (p, x) = (random(2 * size, seed: 1), random(rows * size, seed: 2).map { 2 * $0 + 1 })
    let packed = model.packed { layer.pack(p, into: $0) }
    let w = random(x.count, seed: 3)
    var (y, dx, dp) = (x, w, p.map { _ in Float(0) })
    var statistics = [Float](repeating: 0, count: 2 * size)
    var mean = [Float](repeating: 0, count: size)
    var scale = mean
    withMask(mask) { mask in
      batchNormForward(
        layer, packed: packed, rows: rows, mask: mask, x: x, y: &y, statistics: &statistics,
        mean: &mean, scale: &scale)
      batchNormBackward(
        layer, packed: packed, rows: rows, mask: mask, x: x, mean: mean, scale: scale, dy: w,
        dx: &dx, dParameters: &dp)
    }
    expectReference(y, dx, dp, x: x, parameters: p, w: w) {
      batchNormReference($0, parameters: $1, mask: mask)
    }
  }

  @Test("attention pooling's gradients are central differences, masked or not", arguments: masks)
  func attentionPooling(_ mask: [Float]?) {
    let (steps, batch, size, width) = (4, 3, 5, 3)
    var model = LayerModel()
    let layer = model.add {
      AttentionPoolingLayer(
        prefix: "attention", inputSize: size, hiddenSize: width, layout: &$0, packing: &$1)
    }
    let (p, x) = (random(model.layout.count, seed: 1), random(steps * batch * size, seed: 2))
    let packed = model.packed { layer.pack(p, into: $0) }
    let w = random(batch * size, seed: 3)
    var (y, dx, dp) = (w, x, p.map { _ in Float(0) })
    var activations = [Float](
      repeating: 0, count: layer.activationCount(steps: steps, batch: batch))
    var scratch = [Float](repeating: 0, count: layer.scratchCount(steps: steps, batch: batch))
    withMask(mask) {
      attentionPoolingForward(
        layer, packed: packed, steps: steps, batch: batch, mask: $0, x: x, y: &y,
        activations: &activations)
    }
    attentionPoolingBackward(
      layer, packed: packed, steps: steps, batch: batch, x: x, activations: activations, dy: w,
      dx: &dx, scratch: &scratch, dParameters: &dp)
    expectReference(y, dx, dp, x: x, parameters: p, w: w) {
      attentionPoolingReference(
        $0, parameters: $1, steps: steps, batch: batch, width: width, mask: mask)
    }
  }

  @Test(
    "multi-head attention's gradients are central differences, causal or not, masked or not",
    arguments: masks)
  func multiHeadAttention(_ mask: [Float]?) {
    let (steps, batch, size) = (4, 3, 6)
    for (heads, isCausal) in [(1, false), (2, true), (3, false), (6, true)] {
      var model = LayerModel()
      let layer = model.add {
        MultiHeadAttentionLayer(
          prefix: "attention", size: size, heads: heads, isCausal: isCausal, layout: &$0,
          packing: &$1)
      }
      let p = random(model.layout.count, seed: 1).map { $0 * 0.5 }
      let x = random(steps * batch * size, seed: 2)
      let packed = model.packed { layer.pack(p, into: $0) }
      let w = random(x.count, seed: 3)
      var (y, dx, dp) = (x, x, p.map { _ in Float(0) })
      var activations = [Float](
        repeating: 0, count: layer.activationCount(steps: steps, batch: batch))
      var scratch = [Float](repeating: 0, count: layer.scratchCount(steps: steps, batch: batch))
      withMask(mask) {
        multiHeadAttentionForward(
          layer, packed: packed, steps: steps, batch: batch, mask: $0, x: x, y: &y,
          activations: &activations)
      }
      multiHeadAttentionBackward(
        layer, packed: packed, steps: steps, batch: batch, x: x, activations: activations, dy: w,
        dx: &dx, scratch: &scratch, dParameters: &dp)
      expectReference(y, dx, dp, x: x, parameters: p, w: w) {
        multiHeadAttentionReference(
          $0, parameters: $1, steps: steps, batch: batch, size: size, heads: heads,
          isCausal: isCausal, mask: mask)
      }
    }
  }

  @Test("a residual head's gradients with SiLU are central differences")
  func residualMLP() {
    let (rows, inputs, width, outputs) = (4, 3, 5, 2)
    var model = LayerModel()
    let head = model.add {
      ResidualMLP(
        prefix: "head", inputSize: inputs, width: width, outputSize: outputs, layout: &$0,
        packing: &$1)
    }
    let (p, x) = (random(model.layout.count, seed: 1), random(rows * inputs, seed: 2))
    let packed = model.packed { head.pack(p, into: $0) }
    let w = random(rows * outputs, seed: 3)
    var (y, dx, dp) = (w, x, p.map { _ in Float(0) })
    var activations = [Float](repeating: 0, count: head.activationCount(rows: rows))
    var scratch = [Float](repeating: 0, count: head.scratchCount(rows: rows))
    residualMLPForward(head, packed: packed, rows: rows, x: x, y: &y, activations: &activations)
    residualMLPBackward(
      head, packed: packed, rows: rows, x: x, activations: activations, dy: w, dx: &dx,
      scratch: &scratch, dParameters: &dp)
    expectReference(y, dx, dp, x: x, parameters: p, w: w) {
      residualMLPReference($0, parameters: $1, inputs: inputs, width: width, outputs: outputs)
    }
  }
}

func withMask<R>(_ mask: [Float]?, _ body: (UnsafePointer<Float>?) -> R) -> R {
  guard let mask else { return body(nil) }
  return mask.withUnsafeBufferPointer { body($0.baseAddress) }
}

/// Compares a layer's values, and its gradients of Σ w·y, with a Float64 reference.
func expectReference(
  _ y: [Float], _ dx: [Float], _ dParameters: [Float], x: [Float], parameters: [Float], w: [Float],
  sourceLocation: SourceLocation = #_sourceLocation,
  reference: (_ x: [Double], _ parameters: [Double]) -> [Double]
) {
  let (x, parameters) = (doubles(x), doubles(parameters))
  let exact = reference(x, parameters).map { Float($0) }
  #expect(relativeError(y, exact) < 1e-5, "values", sourceLocation: sourceLocation)
  expectCentralDifferences(dx, at: x, "dx", sourceLocation: sourceLocation) {
    dot(w, reference($0, parameters))
  }
  expectCentralDifferences(
    dParameters, at: parameters, "dParameters", sourceLocation: sourceLocation
  ) { dot(w, reference(x, $0)) }
}
