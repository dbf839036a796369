import Forecasting
import TimeSeries

/// What the training store receives with the next commit: steps, and series that came and went, in
/// their order. The store has no undo, so nothing reaches it before.
struct TrainingDeliveries: Sendable {
  private struct Sample: BitwiseCopyable {
    var row: Int32
    var time: Milliseconds
    var value: Double
  }

  /// A series that came (with its key) or went, before the sample at `position`.
  private struct Change: Sendable {
    var position: Int
    var row: Int
    var key: [UInt8]?
  }

  private var samples: [Sample] = []
  private var changes: [Change] = []
  /// The index of each row's series in the store; -1 if the row is free.
  private var indexes: [Int] = []

  mutating func add(row: Int, time: Milliseconds, value: Double) {
    samples.append(Sample(row: Int32(row), time: time, value: value))
  }

  mutating func begin(row: Int, key: [UInt8]) {
    changes.append(Change(position: samples.count, row: row, key: key))
  }

  mutating func forget(row: Int) {
    changes.append(Change(position: samples.count, row: row, key: nil))
  }

  /// Hands everything to the store.
  mutating func deliver(to store: inout TrainingStore, recorded: RecordedHistory?) {
    var delivered = 0
    var forgotten: [Int] = []
    for change in changes {
      if !forgotten.isEmpty, change.key != nil || change.position > delivered {
        store.remove(forgotten)
        forgotten.removeAll()
      }
      deliver(delivered..<change.position, to: &store)
      delivered = change.position
      if let key = change.key {
        recorded?.give(series: key, to: &store)
        while indexes.count <= change.row { indexes.append(-1) }
        indexes[change.row] = store.index(ofKey: key)
      } else {
        forgotten.append(indexes[change.row])
        indexes[change.row] = -1
      }
    }
    if !forgotten.isEmpty { store.remove(forgotten) }
    deliver(delivered..<samples.count, to: &store)
    discard()
  }

  private func deliver(_ range: Range<Int>, to store: inout TrainingStore) {
    for sample in samples[range] {
      store.append(series: indexes[Int(sample.row)], time: sample.time, value: sample.value)
    }
  }

  /// Drops everything, after an abort.
  mutating func discard() {
    samples.removeAll(keepingCapacity: true)
    changes.removeAll(keepingCapacity: true)
  }
}
