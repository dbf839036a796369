import Glibc
import NeuralNetwork

/// A recurrent stack in Float64, one number at a time: slow, plain, and what the fast one is held
/// against. Cells, directions, masks and normalisation as `RecurrentStack` documents them.
struct RecurrentReference {
  let shape: RecurrentStackShape
  let layout: ParameterLayout
  let prefix: String
  let steps: Int
  let batch: Int
  /// [T, B] or nil
  let mask: [Float]?
  var parameters: [Double]
  /// [T, B, I]
  var x: [Double]
  /// [B, L·D·H] each; c0 is not used by a GRU.
  var h0: [Double]
  var c0: [Double]

  private var directions: Int { shape.isBidirectional ? 2 : 1 }
  private var stateWidth: Int { shape.layerCount * directions * shape.hiddenSize }

  struct Result {
    /// [T, B, D·H]
    var y: [Double]
    /// [B, L·D·H]
    var h: [Double]
    var c: [Double]
  }

  func run() -> Result {
    let hidden = shape.hiddenSize
    var result = Result(y: [], h: h0, c: c0)
    var input = x
    for layer in 0..<shape.layerCount {
      var output = [Double](repeating: 0, count: steps * batch * directions * hidden)
      for direction in 0..<directions {
        let index = layer * directions + direction
        for row in 0..<batch {
          let place = row * stateWidth + index * hidden
          var h = Array(h0[place..<(place + hidden)])
          var c = c0.isEmpty ? h : Array(c0[place..<(place + hidden)])
          for t in direction == 0 ? Array(0..<steps) : Array((0..<steps).reversed()) {
            let width = input.count / (steps * batch)
            let from = (t * batch + row) * width
            if mask.map({ $0[t * batch + row] != 0 }) ?? true {
              cell(layer, direction, Array(input[from..<(from + width)]), &h, &c)
            }
            let to = ((t * batch + row) * directions + direction) * hidden
            output.replaceSubrange(to..<(to + hidden), with: h)
          }
          result.h.replaceSubrange(place..<(place + hidden), with: h)
          if !c0.isEmpty { result.c.replaceSubrange(place..<(place + hidden), with: c) }
        }
      }
      result.y = output
      input =
        layer < shape.layerCount - 1 && shape.normalizesLayers
        ? normalized(output, layer) : output
    }
    return result
  }

  private func parameter(_ name: String) -> ArraySlice<Double> {
    guard let entry = layout["\(prefix).\(name)"] else { return [] }
    return parameters[entry.range]
  }

  private func cell(
    _ layer: Int, _ direction: Int, _ x: [Double], _ h: inout [Double], _ c: inout [Double]
  ) {
    let suffix = "l\(layer)" + (direction == 0 ? "" : "_reverse")
    let fromInput = product(parameter("weight_ih_\(suffix)"), x, parameter("bias_ih_\(suffix)"))
    let fromHidden = product(parameter("weight_hh_\(suffix)"), h, parameter("bias_hh_\(suffix)"))
    let hidden = shape.hiddenSize
    for j in 0..<hidden {
      switch shape.cell {
      case .lstm:
        let gate = (0..<4).map { fromInput[$0 * hidden + j] + fromHidden[$0 * hidden + j] }
        c[j] = logistic(gate[1]) * c[j] + logistic(gate[0]) * tanh(gate[2])
        h[j] = logistic(gate[3]) * tanh(c[j])
      case .gru:
        let r = logistic(fromInput[j] + fromHidden[j])
        let z = logistic(fromInput[hidden + j] + fromHidden[hidden + j])
        let n = tanh(fromInput[2 * hidden + j] + r * fromHidden[2 * hidden + j])
        h[j] = (1 - z) * n + z * h[j]
      }
    }
  }

  private func normalized(_ y: [Double], _ layer: Int) -> [Double] {
    let weight = Array(parameter("norm_l\(layer).weight"))
    let bias = Array(parameter("norm_l\(layer).bias"))
    return stride(from: 0, to: y.count, by: weight.count).flatMap { start in
      layerNorm(Array(y[start..<(start + weight.count)]), weight: weight, bias: bias)
    }
  }
}

func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// W x + b; W [rows of b, count of x]
func product(
  _ weight: ArraySlice<Double>, _ x: [Double], _ bias: ArraySlice<Double>
) -> [Double] {
  bias.indices.map { index in
    let start = weight.startIndex + (index - bias.startIndex) * x.count
    return x.indices.reduce(bias[index]) { $0 + weight[start + $1] * x[$1] }
  }
}

/// One row.
func layerNorm(_ x: [Double], weight: [Double], bias: [Double]) -> [Double] {
  let mean = x.reduce(0, +) / Double(x.count)
  let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
  return x.indices.map { (x[$0] - mean) / (variance + 1e-5).squareRoot() * weight[$0] + bias[$0] }
}
