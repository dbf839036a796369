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

  @Test("what a long gap ends is kept as a segment of the past")
  func segmentBeforeGap() {
    var store = store(points: 64)
    let index = store.index(ofKey: key(1))
    for step in 1...50 { store.append(series: index, time: Int64(step) * 10, value: Double(step)) }
    store.append(series: index, time: 100_000, value: 2)
    let dataset = store.dataset()
    #expect(dataset.series[0].values == [2])
    #expect(dataset.segments.map(\.values) == [(1...50).map(Double.init)])
    #expect(dataset.segments.first?.lastTime == 500)
  }

  @Test("a series begins with what another store has of it, shortened to this one's bounds, once")
  func begun() throws {
    var past = store(points: 160)
    for number in 1...2 {
      let index = past.index(ofKey: key(number))
      for step in 1...500 {
        past.append(series: index, time: Int64(step) * 10, value: Double(step * number))
      }
    }
    let dataset = past.dataset()
    let history = dataset.series[0]
    let segments = dataset.segments.filter { $0.key == key(1) }
    #expect(segments.count > 3)
    var store = store(points: 100)
    store.begin(key: key(1), history: history, segments: segments)
    let begun = store.dataset()
    #expect(begun.series.map(\.key) == [key(1)])
    #expect(begun.series[0].lastTime == 5_000)
    #expect(begun.series[0].values == Array(history.values.suffix(100)))
    #expect(begun.stepCount == 500 && begun.segments.count == segments.count + 1)
    store.append(series: store.index(ofKey: key(1)), time: 5_000, value: 0)
    store.append(series: store.index(ofKey: key(1)), time: 5_010, value: 7)
    store.begin(key: key(1), history: history, segments: segments)
    #expect(store.dataset().series[0].values == Array(history.values.suffix(100)) + [7])
    #expect(store.segmentCount == segments.count + 1)
  }

  @Test("a history keeps its newest points")
  func bounded() {
    var store = store(points: 100)
    let index = store.index(ofKey: key(1))
    for step in 1...1000 {
      store.append(series: index, time: Int64(step) * 10, value: Double(step))
    }
    let values = store.dataset().series[0].values
    #expect((100...125).contains(values.count))
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
    #expect(store.keptSeries == 76)
    #expect(store.declinedSeries == 124)
    #expect(store.pointsPerSeries == 64)
    #expect(store.byteCount <= bytes)
  }

  @Test("a silent series keeps its history while there is room, whatever the bound of steps")
  func silentWithRoom() {
    var store = store(points: 1 << 20, bytes: 1 << 18)
    let indices = (0..<2).map { store.index(ofKey: key($0)) }
    for step in 1...100 {
      for index in indices { store.append(series: index, time: Int64(step) * 10, value: 1) }
    }
    for step in 101...9_000 { store.append(series: indices[0], time: Int64(step) * 10, value: 2) }
    #expect(store.dataset().series.map(\.values.count) == [9_000, 100])
    // The first needs the room of the second.
    for step in 9_001...25_000 {
      store.append(series: indices[0], time: Int64(step) * 10, value: 2)
    }
    #expect(store.dataset().series.map(\.key) == [key(0)])
    #expect(store.byteCount <= 1 << 18)
    // What was before a long gap is no part of the history, however much room there is.
    store.append(series: indices[0], time: 1_000_000, value: 3)
    #expect(store.dataset().series[0].values == [3])
  }

  @Test("a series that is removed leaves nothing, and begins anew")
  func removed() {
    var store = store(points: 128, bytes: 1 << 16)
    for number in 1...2 {
      let index = store.index(ofKey: key(number))
      for step in 1...400 {
        store.append(series: index, time: Int64(step) * 10, value: Double(step))
      }
    }
    #expect(store.dataset().segments.contains { $0.key == key(1) })
    store.remove([store.index(ofKey: key(1))])
    #expect(store.keptSeries == 1)
    #expect(store.dataset().series.map(\.key) == [key(2)])
    #expect(store.dataset().segments.allSatisfy { $0.key == key(2) })
    let third = store.index(ofKey: key(3))
    let again = store.index(ofKey: key(1))
    store.append(series: again, time: 4_010, value: 7)
    store.append(series: third, time: 4_010, value: 8)
    #expect(store.dataset().series.map(\.key) == [key(1), key(2), key(3)])
    #expect(store.dataset().series[0].values == [7])
    #expect(store.dataset().series[2].values == [8])
  }

  @Test("where memory is short, silent series make room, and the bound holds whoever falls silent")
  func silentMakeRoom() {
    let bytes = 1 << 16
    var store = store(points: 4096, bytes: bytes, minimum: 64)
    let staying = store.index(ofKey: key(0))
    var most = 0
    // Each name speaks for 40 steps, 10 at a time: 2,500 names, of which the store could keep 76.
    for step in 1...10_000 {
      let time = Int64(step) * 10
      store.append(series: staying, time: time, value: 1)
      for lane in 0..<10 {
        let name = store.index(ofKey: key(1 + (step + lane * 4) / 40 * 10 + lane))
        store.append(series: name, time: time, value: Double(lane))
      }
      most = max(most, store.byteCount)
    }
    #expect(most <= bytes)
    let series = store.dataset().series
    #expect(store.newestTime == 100_000)
    #expect(series.allSatisfy { 100_000 - $0.lastTime <= 64 * 10 })
    #expect(series.count >= 11)
    // The others leave it more than the least.
    #expect(series.first { $0.key == key(0) }.map { $0.values.count > 100 } == true)
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

  /// A store whose series 1 has far outgrown its history of 128 steps.
  private func outgrown(steps: Int) -> TrainingStore {
    var store = store(points: 128, bytes: 1 << 16)
    let index = store.index(ofKey: key(1))
    for step in 1...steps {
      store.append(series: index, time: Int64(step) * 10, value: Double(step))
    }
    return store
  }

  @Test("what leaves a history is kept as a sample of the whole past, within the bound")
  func reservoir() {
    let store = outgrown(steps: 40_000)
    let segments = store.dataset().segments
    #expect(segments.count == store.segmentCount && segments.count == 62)
    #expect(store.byteCount <= 1 << 16)
    for segment in segments {
      let last = Double(segment.lastTime / 10)
      #expect(segment.values == (0..<33).map { last - 32 + Double($0) })
    }
    // 62 of 1,212 segments: each tenth of the past has six, give or take.
    for tenth in 0..<10 {
      let span = Int64(tenth) * 40_000..<Int64(tenth + 1) * 40_000
      let count = segments.count { span.contains($0.lastTime) }
      #expect((1...15).contains(count), "\(count) in tenth \(tenth)")
    }
  }

  @Test("a restored reservoir goes on as the one it copies")
  func reservoirSnapshot() throws {
    var store = outgrown(steps: 20_000)
    let tensors = Dictionary(uniqueKeysWithValues: store.tensors().map { ($0.name, $0) })
    var copy = self.store(points: 128, bytes: 1 << 16)
    try copy.restore(tensors)
    #expect(copy.tensors() == store.tensors())
    for step in 20_001...30_000 {
      store.append(series: 0, time: Int64(step) * 10, value: Double(step))
      copy.append(series: 0, time: Int64(step) * 10, value: Double(step))
    }
    #expect(copy.tensors() == store.tensors())

    var broken = tensors
    broken["training.counts"]?.bytes[0] = 255
    var empty = self.store(points: 128, bytes: 1 << 16)
    #expect(throws: ColumnTensorError.self) { try empty.restore(broken) }
    #expect(empty.keptSeries == 0 && empty.segmentCount == 0)
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
