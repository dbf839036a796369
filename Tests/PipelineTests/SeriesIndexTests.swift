import Pipeline
import TestSupport
import Testing

@Suite("the index of series")
struct SeriesIndexTests {
  private func find(_ index: SeriesIndex, _ key: [UInt8]) -> SeriesIndex.Entry? {
    key.withUnsafeBytes { index.find($0) }
  }

  @Test(
    "the index of series is like a dictionary whose changes can be taken back", arguments: 1...8)
  func properties(seed: UInt64) {
    var random = SplitMix(seed: seed)
    var index = SeriesIndex()
    var model: [[UInt8]: Int32] = [:]
    var committed = model
    for number in 0..<20_000 {
      // Short keys of few letters collide in length, prefix and content.
      let key = (0..<Int.random(in: 0...10, using: &random)).map { _ in
        UInt8.random(in: 97...98, using: &random)
      }
      let found = find(index, key)
      #expect(found?.row == model[key], "seed \(seed)")
      #expect(found.map { Array(index.key(of: $0)) } == (found == nil ? nil : key))
      if model[key] == nil {
        key.withUnsafeBytes { index.insert($0, stream: 0, row: Int32(number)) }
        model[key] = Int32(number)
      } else if Bool.random(using: &random) {
        key.withUnsafeBytes { index.remove($0) }
        model[key] = nil
      }
      switch Int.random(in: 0..<100, using: &random) {
      case 0:
        index.rollBack()
        model = committed
      case 1...3:
        index.commit()
        committed = model
      default: break
      }
      #expect(index.count == model.count)
    }
    for (key, row) in model { #expect(find(index, key)?.row == row) }
    index.removeAll()
    #expect(index.count == 0)
    for key in model.keys { #expect(find(index, key) == nil) }
  }

  @Test("insertions are listed in their order until the commit")
  func insertions() {
    var index = SeriesIndex()
    for row in 0..<3 {
      Array("k\(row)".utf8).withUnsafeBytes { index.insert($0, stream: 0, row: Int32(row)) }
    }
    #expect(index.insertions(from: 1).map(\.row) == [1, 2])
    index.commit()
    #expect(index.changeCount == 0)
  }

  @Test("keys that come and go take bounded memory")
  func churn() {
    var index = SeriesIndex()
    for number in 0..<200_000 {
      Array("pod=\(number)".utf8).withUnsafeBytes { index.insert($0, stream: 0, row: 0) }
      if number >= 100 { Array("pod=\(number - 100)".utf8).withUnsafeBytes { index.remove($0) } }
      index.commit()
    }
    #expect(index.count == 100)
    #expect(index.byteCount < 10_000)
    #expect(find(index, Array("pod=199999".utf8)) != nil)
    #expect(find(index, Array("pod=199899".utf8)) == nil)
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
