import NeuralNetwork
import TimeSeries

// The control records that a partition has taken up are part of its snapshot, as they were read: a
// compacted topic may not have them any more.

extension PartitionSnapshot {
  static func controlTensors(_ control: ControlRecords) -> [ColumnTensor] {
    let places = control.sources.flatMap { [$0.offset, $0.time] }
    return textTensors(control.sources.map(\.key), name: "control.keys")
      // What is taken back is not kept, so each has a value.
      + textTensors(control.sources.map { $0.value ?? [] }, name: "control.values")
      + [
        ColumnTensor(
          name: "control.places", type: .int64, shape: [places.count],
          bytes: places.withUnsafeBytes { Array($0) })
      ]
  }

  /// - Parameter end: nil in a file from before there was a control topic.
  static func control(
    endingAt end: Int64?, in reader: SafetensorsReader
  ) throws(SafetensorsError) -> ControlRecords {
    guard let end else { return ControlRecords() }
    let keys = try texts("control.keys", in: reader)
    let values = try texts("control.values", in: reader)
    let places = try reader.int64s("control.places")
    guard values.count == keys.count, places.count == 2 * keys.count else {
      throw .badRange(tensor: "control.places")
    }
    return ControlRecords(
      end: end,
      sources: keys.indices.map {
        ControlSource(
          offset: places[2 * $0], time: places[2 * $0 + 1], key: keys[$0], value: values[$0])
      })
  }
}
