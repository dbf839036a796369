/// The hash and partition choice of Java's producer, which `partitioner=murmur2_random` shares.
/// - Source: Apache Kafka, `org.apache.kafka.common.utils.Utils.murmur2` and `toPositive`.
package enum Murmur2 {
  package static func hash(_ key: UnsafeRawBufferPointer) -> UInt32 {
    let multiplier: UInt32 = 0x5bd1_e995
    var hash = 0x9747_b28c ^ UInt32(truncatingIfNeeded: key.count)
    let wordEnd = key.count & ~3
    var index = 0
    while index < wordEnd {
      var word = UInt32(littleEndian: key.loadUnaligned(fromByteOffset: index, as: UInt32.self))
      word &*= multiplier
      word ^= word >> 24
      word &*= multiplier
      hash = hash &* multiplier ^ word
      index += 4
    }
    if wordEnd < key.count {
      for shift in 0..<(key.count - wordEnd) { hash ^= UInt32(key[wordEnd + shift]) << (8 * shift) }
      hash &*= multiplier
    }
    hash ^= hash >> 13
    hash &*= multiplier
    return hash ^ hash >> 15
  }

  /// - Precondition: `partitionCount` is positive.
  package static func partition(of key: UnsafeRawBufferPointer, partitionCount: Int) -> Int32 {
    precondition(partitionCount > 0, "a topic has at least one partition")
    return Int32(Int(hash(key) & 0x7fff_ffff) % partitionCount)
  }
}
