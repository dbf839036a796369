import KafkaTestBroker
import Testing

@Suite struct Murmur2Tests {
  @Test(
    "hashes are those of Java's Utils.murmur2",
    arguments: [
      // Apache Kafka's UtilsTest.testMurmur2.
      ("21", UInt32(bitPattern: -973_932_308)),
      ("foobar", UInt32(bitPattern: -790_332_482)),
      ("a-little-bit-long-string", UInt32(bitPattern: -985_981_536)),
      ("a-little-bit-longer-string", UInt32(bitPattern: -1_486_304_829)),
      (
        "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
        UInt32(bitPattern: -58_897_971)
      ),
      ("abc", 479_470_107),
      // librdkafka's unit test, made with Java.
      ("kafka", 0xd067_cf64), ("giberish123456789", 0x8f55_2b0c), ("1234", 0x9fc9_7b14),
      ("234", 0xe7c0_09ca), ("34", 0x8739_30da), ("4", 0x5a4b_5ca1),
      ("PreAmbleWillBeRemoved,ThePrePartThatIs", 0x7842_4f1c),
      ("reAmbleWillBeRemoved,ThePrePartThatIs", 0x4a62_b377),
      ("eAmbleWillBeRemoved,ThePrePartThatIs", 0xe0e4_e09e),
      ("AmbleWillBeRemoved,ThePrePartThatIs", 0x62b8_b43f), ("", 0x106e_08d9),
    ] as [(String, UInt32)])
  func knownHashes(key: String, expected: UInt32) {
    Array(key.utf8).withUnsafeBytes { #expect(Murmur2.hash($0) == expected) }
  }

  @Test("the sign bit is dropped before the remainder, as Java's toPositive does")
  func positive() {
    // -973932308 & 0x7fffffff = 1173551340, which is 0 modulo 4 and 5 modulo 7.
    Array("21".utf8).withUnsafeBytes { key in
      #expect(Murmur2.partition(of: key, partitionCount: 4) == 0)
      #expect(Murmur2.partition(of: key, partitionCount: 7) == 1_173_551_340 % 7)
      #expect(Murmur2.partition(of: key, partitionCount: 1) == 0)
    }
  }
}
