import TestSupport
import Testing
import YAMLCoding

@Suite("Damaged files")
struct YAMLMutationTests {
  @Test("twenty thousand damaged configurations are decoded or explained, and none crashes")
  func mutations() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("YAMLMutationTests: seed \(seed)")
    var random = SplitMix(seed: seed)
    let original = Array(Self.text.utf8)
    let decoder = YAMLDecoder(fileName: "f.yaml")
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...6, using: &random) { mutate(&bytes, &random) }
      do throws(YAMLError) {
        _ = try decoder.decode(TestConfiguration.self, from: bytes)
      } catch {
        refused += 1
        #expect(!error.diagnostics.isEmpty, "seed \(seed)")
        #expect(
          error.diagnostics.allSatisfy { $0.position.line >= 1 && $0.position.column >= 1 },
          "seed \(seed)")
      }
    }
    #expect(refused > 10_000, "the damage did no harm, seed \(seed)")
  }

  private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    let index = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &random)
    let length = min(bytes.count - index, Int.random(in: 1...20, using: &random))
    let punctuation = Array("[]{}:,-&*!|>'\"#%@`<?~\n\t \\0".utf8)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes.removeSubrange(index..<index + length)
    case 1: bytes.insert(punctuation.randomElement(using: &random) ?? 0, at: index)
    case 2: bytes.insert(contentsOf: bytes[index..<index + length], at: 0)
    case 3 where !bytes.isEmpty: bytes[index] = UInt8.random(in: 0...255, using: &random)
    case 4 where !bytes.isEmpty:
      bytes[index] = punctuation.randomElement(using: &random) ?? 0
    default:
      let other = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &random)
      let count = min(length, bytes.count - other)
      bytes.insert(contentsOf: Array(bytes[other..<other + count]), at: index)
    }
  }

  private static let text = """
    # every kind of node
    streams:
      - &base
        name: cpu
        interval: 10
        mode: lstm
        quantiles: [0.1, .5, 9e-1]
      - {<<: *base, name: "di\\u0073k", interval: 0x3C}
      - *base
      - name: >-
          folded
          text
        interval: !!int "3"
        quantiles: &q []
    kafka:
      bootstrap.servers: 'localhost:9092'
      "sasl.mechanisms": |
        PLAIN
    port: 8080
    verbose: true
    """
}
