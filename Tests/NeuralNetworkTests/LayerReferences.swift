import Glibc

// The layers in Float64, plain and slow, for finite differences. Parameters are those of the layer,
// one after the other as its layout has them; mask [T, B] or nil.

/// x [rows, C] → y; parameters w [C], b [C]; rows that do not count are zero.
func batchNormReference(_ x: [Double], parameters: [Double], mask: [Float]?) -> [Double] {
  let size = parameters.count / 2
  let rows = (0..<(x.count / size)).filter { counts(mask, $0) }
  var y = [Double](repeating: 0, count: x.count)
  for column in 0..<size {
    let values = rows.map { x[$0 * size + column] }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.map { ($0 - mean) * ($0 - mean) }
    let variance = squares.reduce(0, +) / Double(values.count)
    for row in rows {
      let normal = (x[row * size + column] - mean) / (variance + 1e-5).squareRoot()
      y[row * size + column] = parameters[column] * normal + parameters[size + column]
    }
  }
  return y
}

/// x [T, B, I] → y [B, I]; parameters W₀ [A, I], b₀ [A], w₂ [A], b₂.
func attentionPoolingReference(
  _ x: [Double], parameters: [Double], steps: Int, batch: Int, width: Int, mask: [Float]?
) -> [Double] {
  let size = x.count / (steps * batch)
  let bias = width * size
  let scoring = parameters[(bias + width)..<(bias + 2 * width)]
  return (0..<batch).flatMap { row -> [Double] in
    let counted = (0..<steps).filter { counts(mask, $0 * batch + row) }
    let inputs = counted.map { t in Array(x[((t * batch + row) * size)...].prefix(size)) }
    let scores = inputs.map { input in
      let u = product(parameters[..<bias], input, parameters[bias..<(bias + width)]).map {
        tanh($0)
      }
      return product(scoring, u, parameters[(bias + 2 * width)...])[0]
    }
    let weights = softmax(scores)
    return (0..<size).map { k -> Double in
      zip(weights, inputs).map { weight, input in weight * input[k] }.reduce(0, +)
    }
  }
}

/// x [T, B, E] → y; parameters W_in [3E, E], b_in [3E], W_out [E, E], b_out [E].
func multiHeadAttentionReference(
  _ x: [Double], parameters: [Double], steps: Int, batch: Int, size: Int, heads: Int,
  isCausal: Bool, mask: [Float]?
) -> [Double] {
  let (biasIn, weightOut) = (3 * size * size, 3 * size * size + 3 * size)
  let biasOut = weightOut + size * size
  let width = size / heads
  var y = x
  for row in 0..<batch {
    let qkv = (0..<steps).map { t in
      product(
        parameters[..<biasIn], Array(x[((t * batch + row) * size)...].prefix(size)),
        parameters[biasIn..<weightOut])
    }
    for t in 0..<steps {
      let seen = (0..<steps).filter { s in
        !(isCausal && s > t) && counts(mask, s * batch + row)
      }
      let result = (0..<heads).flatMap { head -> [Double] in
        let columns = (head * width)..<((head + 1) * width)
        let scores = seen.map { s in
          let terms = columns.map { k in qkv[t][k] * qkv[s][size + k] }
          return terms.reduce(0, +) / Double(width).squareRoot()
        }
        let weights = softmax(scores)
        return columns.map { k -> Double in
          let terms = zip(weights, seen).map { weight, s in weight * qkv[s][2 * size + k] }
          return terms.reduce(0, +)
        }
      }
      let output = product(parameters[weightOut..<biasOut], result, parameters[biasOut...])
      y.replaceSubrange(((t * batch + row) * size)..<((t * batch + row + 1) * size), with: output)
    }
  }
  return y
}

/// x [rows, I] → y; parameters W₁ [W, I], b₁, W₂ [W, W], b₂, W₃ [O, W], b₃.
func residualMLPReference(
  _ x: [Double], parameters: [Double], inputs: Int, width: Int, outputs: Int
) -> [Double] {
  var parameters = parameters[...]
  func take(_ count: Int) -> ArraySlice<Double> {
    defer { parameters = parameters.dropFirst(count) }
    return parameters.prefix(count)
  }
  let (w1, b1) = (take(width * inputs), take(width))
  let (w2, b2) = (take(width * width), take(width))
  let (w3, b3) = (take(outputs * width), take(outputs))
  return stride(from: 0, to: x.count, by: inputs).flatMap { start -> [Double] in
    let u = product(w1, Array(x[start..<(start + inputs)]), b1).map { $0 * logistic($0) }
    let v = zip(u, product(w2, u, b2)).map { $0 + $1 * logistic($1) }
    return product(w3, v, b3)
  }
}

private func counts(_ mask: [Float]?, _ index: Int) -> Bool {
  guard let mask else { return true }
  return mask[index] != 0
}

func softmax(_ x: [Double]) -> [Double] {
  let largest = x.max() ?? 0
  let powers = x.map { exp($0 - largest) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}
