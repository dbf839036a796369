import Glibc

/// The LSTM in Float64, one number at a time: slow, plain, and what the fast one is held against.
struct LSTMReference {
  let inputSize: Int
  let hiddenSize: Int
  /// [4H, I], [4H, H], [4H], [4H] one after the other, as the layout has them.
  var parameters: [Double]
  /// [T, B, I]
  var x: [Double]
  /// [B, H]
  var h0: [Double]
  var c0: [Double]

  /// All hidden and cell states, [T, B, H].
  func run(steps: Int, batch: Int) -> (h: [Double], c: [Double]) {
    let (inputs, hidden) = (inputSize, hiddenSize)
    let hh = 4 * hidden * inputs
    let bih = hh + 4 * hidden * hidden
    let bhh = bih + 4 * hidden
    var (h, c) = (h0, c0)
    var outputs: (h: [Double], c: [Double]) = ([], [])
    for t in 0..<steps {
      var (nextH, nextC) = (h, c)
      for b in 0..<batch {
        for j in 0..<hidden {
          let gate = (0..<4).map { index in
            let row = index * hidden + j
            var sum = parameters[bih + row] + parameters[bhh + row]
            for k in 0..<inputs {
              sum += parameters[row * inputs + k] * x[(t * batch + b) * inputs + k]
            }
            for k in 0..<hidden {
              sum += parameters[hh + row * hidden + k] * h[b * hidden + k]
            }
            return sum
          }
          let (i, f, o) = (logistic(gate[0]), logistic(gate[1]), logistic(gate[3]))
          let place = b * hidden + j
          nextC[place] = f * c[place] + i * tanh(gate[2])
          nextH[place] = o * tanh(nextC[place])
        }
      }
      (h, c) = (nextH, nextC)
      outputs.h += h
      outputs.c += c
    }
    return outputs
  }
}
