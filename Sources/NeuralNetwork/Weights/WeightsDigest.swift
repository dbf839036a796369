/// 64-bit FNV-1a over the little-endian bytes of the weights, as 16 hexadecimal digits.
///
/// It tells models apart; it does not protect against forgery.
///
/// - Source: Fowler, Noll, Vo (1991), the FNV-1a hash.
package func weightsDigest(_ weights: UnsafeBufferPointer<Float>) -> String {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for weight in weights {
    var bits = weight.bitPattern
    for _ in 0..<4 {
      hash = (hash ^ UInt64(bits & 0xff)) &* 0x0000_0100_0000_01b3
      bits >>= 8
    }
  }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
