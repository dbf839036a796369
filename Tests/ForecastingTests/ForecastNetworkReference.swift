import Forecasting
import Glibc

/// The whole forecast network and its loss in Float64, one number at a time: slow, plain, and what
/// the fast one is held against. Weights are found by their names.
struct ForecastNetworkReference {
  let shape: ForecastNetworkShape
  /// Offsets of the parameters by name.
  let offsets: [String: Int]
  var parameters: [Double]
  var inputs: [Double]  // [T, B, I]
  var context: [Double]  // [P, B, C]
  var bases: [Double]  // [P, B, K, N]
  var targets: [Double]  // [P, B, N]
  var mask: [Double]  // [P, B, N]
  var hidden: [Double]  // [B, L·H]
  var cell: [Double]  // [B, L·H]
  let positions: [Int]
  let steps: Int
  let batch: Int

  /// Mean pinball loss, the unsorted predictions [P, B, N, Q] and the final states.
  func run() -> (loss: Double, predictions: [Double], hidden: [Double], cell: [Double]) {
    var (h, c) = (hidden, cell)
    var predictions: [Double] = []
    var (sum, count) = (0.0, 0)
    for t in 0..<steps {
      for b in 0..<batch { step(t, b, &h, &c) }
      guard let p = positions.firstIndex(of: t) else { continue }
      for b in 0..<batch {
        let top = b * shape.stateSize + shape.stateSize - shape.hiddenSize
        let output = head(p * batch + b, Array(h[top..<(top + shape.hiddenSize)]))
        for n in 0..<shape.horizon {
          let place = (p * batch + b) * shape.horizon + n
          guard mask[place] != 0 else { continue }
          for (q, level) in shape.quantiles.enumerated() {
            let error = targets[place] - output[n * shape.quantiles.count + q]
            sum += max(Double(level) * error, (Double(level) - 1) * error)
            count += 1
          }
        }
        predictions += output
      }
    }
    return (sum / Double(count), predictions, h, c)
  }

  private func step(_ t: Int, _ b: Int, _ h: inout [Double], _ c: inout [Double]) {
    var x = Array(inputs[((t * batch + b) * shape.inputSize)...].prefix(shape.inputSize))
    for layer in 0..<shape.layerCount {
      let row = b * shape.stateSize + layer * shape.hiddenSize
      let before = Array(h[row..<(row + shape.hiddenSize)])
      let fromInput = linear("lstm.weight_ih_l\(layer)", "lstm.bias_ih_l\(layer)", x)
      let fromHidden = linear("lstm.weight_hh_l\(layer)", "lstm.bias_hh_l\(layer)", before)
      let gates = zip(fromInput, fromHidden).map { $0 + $1 }
      for j in 0..<shape.hiddenSize {
        let size = shape.hiddenSize
        c[row + j] =
          logistic(gates[size + j]) * c[row + j] + logistic(gates[j]) * tanh(gates[2 * size + j])
        h[row + j] = logistic(gates[3 * size + j]) * tanh(c[row + j])
      }
      x = Array(h[row..<(row + shape.hiddenSize)])
    }
  }

  private func head(_ row: Int, _ h: [Double]) -> [Double] {
    let features = h + context[(row * shape.contextSize)...].prefix(shape.contextSize)
    let u = linear("head.input.weight", "head.input.bias", features).map(silu)
    let v = zip(u, linear("head.hidden.weight", "head.hidden.bias", u)).map { $0 + silu($1) }
    var output = linear("head.output.weight", "head.output.bias", v)
    let gate = linear("head.gate.weight", "head.gate.bias", v).map { exp($0) }
    let total = gate.reduce(0, +)
    for n in 0..<shape.horizon {
      var mixed = 0.0
      for k in 0..<shape.baseCount {
        mixed += gate[k] / total * bases[(row * shape.baseCount + k) * shape.horizon + n]
      }
      for q in shape.quantiles.indices { output[n * shape.quantiles.count + q] += mixed }
    }
    return output
  }

  private func linear(_ weight: String, _ bias: String, _ x: [Double]) -> [Double] {
    guard let w = offsets[weight], let b = offsets[bias] else {
      preconditionFailure("no parameter \(weight)")
    }
    // A bias has one element for each row; its neighbour in the layout tells its length.
    let ends = offsets.values.filter { $0 > b }
    let rows = (ends.min() ?? parameters.count) - b
    return (0..<rows).map { row in
      var sum = parameters[b + row]
      for (k, value) in x.enumerated() { sum += parameters[w + row * x.count + k] * value }
      return sum
    }
  }
}

private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
private func silu(_ x: Double) -> Double { x * logistic(x) }
