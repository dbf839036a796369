import Pipeline
import TestSupport
import Testing

@Suite("the index of series")
struct SeriesIndexTests {
  private func find(_ index: SeriesIndex, _ key: [UInt8]) -> SeriesIndex.Entry? {
    key.withUnsafeBytes { index.find($0) }
  }

  @Test(
    "the index of series is like a dictionary whose newest entries can be taken back",
    arguments: 1...8)
  func properties(seed: UInt64) {
    var random = SplitMix(seed: seed)
    var index = SeriesIndex()
    var model: [(key: [UInt8], stream: Int32, row: Int32)] = []
    for _ in 0..<4_000 {
      // Short keys of few letters collide in length, prefix and content.
      let key = (0..<Int.random(in: 0...20, using: &random)).map { _ in
        UInt8.random(in: 97...98, using: &random)
      }
      let known = model.first { $0.key == key }
      let found = find(index, key)
      #expect(found?.row == known?.row, "seed \(seed)")
      #expect(found?.stream == known?.stream, "seed \(seed)")
      if known == nil {
        let row = Int32(model.count)
        key.withUnsafeBytes { index.insert($0, stream: row % 3 - 1, row: row) }
        model.append((key, row % 3 - 1, row))
      }
      if Int.random(in: 0..<100, using: &random) == 0 {
        let count = Int.random(in: 0...model.count, using: &random)
        index.truncate(to: count)
        model.removeLast(model.count - count)
      }
      #expect(index.count == model.count)
    }
    for entry in model {
      #expect(find(index, entry.key)?.row == entry.row)
    }
    #expect(index.entries.map { Array(index.key(of: $0)) } == model.map(\.key))
  }

  @Test("a hundred thousand keys are all found")
  func many() {
    var index = SeriesIndex()
    for number in 0..<100_000 {
      Array("cpu,host=web-\(number)".utf8).withUnsafeBytes {
        index.insert($0, stream: 0, row: Int32(number))
      }
    }
    let isComplete = (0..<100_000).allSatisfy {
      find(index, Array("cpu,host=web-\($0)".utf8))?.row == Int32($0)
    }
    #expect(isComplete)
    #expect(find(index, Array("cpu,host=web-100000".utf8)) == nil)
  }
}
