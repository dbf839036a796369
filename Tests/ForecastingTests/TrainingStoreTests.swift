import Forecasting
import Testing
import TimeSeries

@Suite struct TrainingStoreTests {
  private func store(points: Int = 100, bytes: Int = 1 << 20, minimum: Int = 32) -> TrainingStore {
    var settings = TrainingSettings()
    settings.historyPoints = points
    settings.historyBytes = bytes
    settings.minimumHistory = minimum
    return TrainingStore(interval: 10, settings: settings)
  }

  private func key(_ number: Int) -> [UInt8] { Array("k\(number)".utf8) }

  @Test("gaps become missing steps, repeated and older steps are ignored")
  func gaps() {
    var store = store()
    let index = store.index(ofKey: key(1))
    for (time, value) in [(10, 1.0), (20, 2), (20, 9), (10, 9), (50, 5), (60, .infinity)] {
      store.append(series: index, time: Int64(time), value: value)
    }
    let series = store.dataset().series
    #expect(series.count == 1)
    #expect(series[0].lastTime == 60)
    #expect(series[0].values.map { $0.isNaN ? -1 : $0 } == [1, 2, -1, -1, 5, -1])
  }

  @Test("a gap longer than the history starts it anew")
  func longGap() {
    var store = store(points: 64)
    let index = store.index(ofKey: key(1))
    store.append(series: index, time: 10, value: 1)
    store.append(series: index, time: 100_000, value: 2)
    #expect(store.dataset().series[0].values == [2])
  }

  @Test("a history keeps its newest points")
  func bounded() {
    var store = store(points: 100)
    let index = store.index(ofKey: key(1))
    for step in 1...1000 {
      store.append(series: index, time: Int64(step) * 10, value: Double(step))
    }
    let values = store.dataset().series[0].values
    #expect((100...113).contains(values.count))
    #expect(values.last == 1000)
    #expect(values.first == Double(1000 - values.count + 1))
  }

  @Test("many series make all histories shorter, and too many are declined, within the bound")
  func byteBound() {
    let bytes = 1 << 16
    var store = store(points: 4096, bytes: bytes, minimum: 64)
    let indices = (0..<200).map { store.index(ofKey: key($0)) }
    for step in 1...500 {
      for index in indices { store.append(series: index, time: Int64(step) * 10, value: 1) }
    }
    #expect(store.keptSeries == 128)
    #expect(store.declinedSeries == 72)
    #expect(store.pointsPerSeries == 64)
    #expect(store.byteCount <= bytes * 9 / 8)
    store.remove(key: key(0))
    #expect(store.keptSeries == 127)
    #expect(store.index(ofKey: key(900)) == indices[0])
    #expect(store.keptSeries == 128)
  }

  @Test("a dataset does not change when the store goes on")
  func copied() {
    var store = store()
    let index = store.index(ofKey: key(1))
    store.append(series: index, time: 10, value: 1)
    let dataset = store.dataset()
    store.append(series: index, time: 20, value: 2)
    #expect(dataset.series[0].values == [1])
  }

  @Test("a restored store has the same histories and goes on with them")
  func snapshot() throws {
    var store = store()
    for number in 0..<5 {
      let index = store.index(ofKey: key(number))
      for step in 1...(number * 20 + 1) {
        store.append(series: index, time: Int64(step) * 10, value: Double(step) * 0.1)
      }
    }
    let tensors = Dictionary(uniqueKeysWithValues: store.tensors().map { ($0.name, $0) })
    var copy = self.store()
    try copy.restore(tensors)
    #expect(copy.tensors() == store.tensors())
    let index = copy.index(ofKey: key(2))
    copy.append(series: index, time: 420, value: 7)
    #expect(copy.dataset().series[2].values.last == 7)
    #expect(copy.dataset().series[2].values.count == 42)

    var broken = tensors
    broken["training.values"]?.shape[0] -= 1
    broken["training.values"]?.bytes.removeLast(8)
    var empty = self.store()
    #expect(throws: ColumnTensorError.self) { try empty.restore(broken) }
    #expect(empty.keptSeries == 0)
  }

  @Test("datasets of several workers merge to the same one in any order")
  func merged() {
    func part(_ numbers: [Int], time: Milliseconds) -> TrainingDataset {
      TrainingDataset(
        interval: 10,
        series: numbers.map {
          TrainingDataset.Series(key: key($0), lastTime: time, values: [Double($0), Double(time)])
        })
    }
    let a = part([3, 1], time: 50)
    let b = part([2, 3], time: 90)
    let one = TrainingDataset(interval: 10, merging: [a, b])
    let two = TrainingDataset(interval: 10, merging: [b, a])
    #expect(one.series.map(\.key) == [key(1), key(2), key(3)])
    #expect(one.series.map(\.values) == two.series.map(\.values))
    #expect(one.series[2].lastTime == 90)
    #expect(one.newestTime == 90 && one.longestHistory == 2 && one.stepCount == 6)
  }
}
