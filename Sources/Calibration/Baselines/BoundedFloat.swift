/// Conversion to single precision that never gives infinity, so that series of huge values keep
/// finite states.
enum BoundedFloat {
  @inline(__always)
  static func of(_ value: Double) -> Float {
    let limit = 1e38
    return Float(value > limit ? limit : value < -limit ? -limit : value)
  }
}
