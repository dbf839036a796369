/// A hash that is the same in every process, as Swift's `Hasher` is not.
///
/// - Source: FNV-1a, 64 bits (Fowler, Noll & Vo).
struct StableHash {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }
}
