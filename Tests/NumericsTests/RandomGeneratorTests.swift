import Numerics
import Testing

@Suite struct RandomGeneratorTests {
  @Test("a seed gives the published algorithm's numbers")
  func knownNumbers() {
    // SplitMix64 from seed 0 starts with 0xe220a8397b1dcdaf (Vigna's reference code); xoshiro256**
    // returns rotl(s1 * 5, 7) * 9, worked out here for its first output.
    var state: UInt64 = 0
    func split() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
    #expect(split() == 0xe220_a839_7b1d_cdaf)
    let s1 = split()
    let product = s1 &* 5
    let expected = (product << 7 | product >> 57) &* 9
    var generator = RandomGenerator(seed: 0)
    #expect(generator.next() == expected)
  }

  @Test("the same seed repeats, another one differs")
  func repeats() {
    var a = RandomGenerator(seed: 7)
    var b = RandomGenerator(seed: 7)
    var c = RandomGenerator(seed: 8)
    let first = (0..<100).map { _ in a.next() }
    #expect(first == (0..<100).map { _ in b.next() })
    #expect(first != (0..<100).map { _ in c.next() })
  }

  @Test("uniform and normal numbers have their moments")
  func moments() {
    var generator = RandomGenerator(seed: 1)
    let count = 200_000
    let uniform = (0..<count).map { _ in generator.uniform(-1, 3) }
    #expect(uniform.allSatisfy { $0 >= -1 && $0 < 3 })
    #expect(abs(uniform.reduce(0, +) / Double(count) - 1) < 0.02)
    let normal = (0..<count).map { _ in generator.normal() }
    let mean = normal.reduce(0, +) / Double(count)
    let variance = normal.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(count)
    #expect(abs(mean) < 0.01)
    #expect(abs(variance - 1) < 0.02)
    let beyond = normal.filter { abs($0) > 1.959964 }.count
    #expect(abs(Double(beyond) / Double(count) - 0.05) < 0.003)
  }
}
