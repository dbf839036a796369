import Glibc

/// Σ −log softmax(logits)[class], PyTorch's `nn.CrossEntropyLoss` from class indices.
///
///     loss = log Σₖ exp(zₖ − max z) + max z − z_class        dzₖ = softmax(z)ₖ − [k = class]
///
/// The largest logit is subtracted first, so that no size of logits overflows. A masked row is
/// PyTorch's `ignore_index`.
///
/// - Shape: logits, dLogits [rows, classes] with strides; targets [rows]; mask [rows]
/// - Precondition: targets that count are in 0..<classes.
package func crossEntropyLoss(
  rows: Int, classes: Int, logits: UnsafePointer<Float>, logitsStride: Int,
  targets: UnsafePointer<Int32>, mask: UnsafePointer<Float>?,
  dLogits: UnsafeMutablePointer<Float>?, dStride: Int, gradientScale: Float
) -> LossSum {
  precondition(classes >= 1)
  var total = LossSum()
  for row in 0..<rows {
    let gradient = dLogits.map { $0 + row * dStride }
    if let mask, mask[row] == 0 {
      if let gradient { gradient.update(repeating: 0, count: classes) }
      continue
    }
    let logit = logits + row * logitsStride
    let target = Int(targets[row])
    precondition(target >= 0 && target < classes, "class \(target) of \(classes)")
    var largest = logit[0]
    for k in 1..<max(1, classes) where logit[k] > largest { largest = logit[k] }
    var sum = 0.0
    for k in 0..<classes { sum += exp(Double(logit[k]) - Double(largest)) }
    total.sum += log(sum) + Double(largest) - Double(logit[target])
    total.count += 1
    guard let gradient else { continue }
    for k in 0..<classes {
      let share = exp(Double(logit[k]) - Double(largest)) / sum
      gradient[k] = Float(k == target ? share - 1 : share) * gradientScale
    }
  }
  return total
}
