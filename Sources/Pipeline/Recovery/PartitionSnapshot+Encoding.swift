import NeuralNetwork
import TimeSeries

// A snapshot is a safetensors file. The columns of tables are tensors; everything else is in the
// metadata. Tensors are named `<number of the stream>.<table>.<column>`. A reader ignores unknown
// tensors.

extension PartitionSnapshot {
  private static let format = "forecastd-snapshot-2"
  /// The first format named tables twice, and had other names for the columns of calibration. It is
  /// read but no longer written.
  private static let firstFormat = "forecastd-snapshot-1"

  func encoded() -> [UInt8] {
    var tensors: [ColumnTensor] = []
    for (number, stream) in streams.enumerated() {
      for var tensor in stream.tensors + Self.keyTensors(stream.keys) {
        tensor.name = "\(number).\(tensor.name)"
        tensors.append(tensor)
      }
    }
    var metadata = [
      "format": Self.format, "cluster": clusterID, "topic": partition.topic,
      "partition": "\(partition.partition)", "offset": "\(nextOffset)",
      "events": CommitMetadata(watermark: watermark, logTime: logTime, events: events).text,
      "channels": channels.text,
      "streams": "\(streams.count)",
    ]
    if let lastRecord {
      metadata["last_record"] = "\(lastRecord.offset):\(lastRecord.digest)"
    }
    for (number, stream) in streams.enumerated() {
      metadata["\(number).name"] = stream.name
      metadata["\(number).interval"] = "\(stream.interval)"
      metadata["\(number).calendar"] = stream.calendar
      metadata["\(number).model"] = "\(stream.modelVersion)"
      metadata["\(number).drift"] = stream.drift.text
      if let check = stream.silenceCheck { metadata["\(number).silence_check"] = "\(check)" }
      if let pool = stream.pool { metadata["\(number).pool"] = pool }
      if let ledger = stream.ledger { metadata["\(number).alarms"] = ledger }
      if let due = stream.trainingDue { metadata["\(number).training_due"] = "\(due)" }
    }
    metadata["control"] = "\(control.end)"
    return SafetensorsWriter(tensors: tensors + Self.controlTensors(control), metadata: metadata)
      .finish()
  }

  init(encoded bytes: [UInt8], file: String) throws(SnapshotError) {
    func damaged(_ reason: String) -> SnapshotError { .unreadable(file: file, reason: reason) }
    let reader: SafetensorsReader
    do throws(SafetensorsError) {
      reader = try SafetensorsReader(bytes)
    } catch {
      throw damaged("\(error)")
    }
    let metadata = reader.metadata
    let format = metadata["format"]
    guard format == Self.format || format == Self.firstFormat else {
      throw damaged("its format is '\(format ?? "unknown")', not '\(Self.format)'")
    }
    guard let cluster = metadata["cluster"], let topic = metadata["topic"],
      let partition = metadata["partition"].flatMap(Int32.init),
      let offset = metadata["offset"].flatMap(Int64.init),
      let events = metadata["events"].flatMap(CommitMetadata.init(text:)),
      let streamCount = metadata["streams"].flatMap(Int.init), (0...10_000).contains(streamCount)
    else { throw damaged("its metadata is incomplete") }
    clusterID = cluster
    self.partition = PartitionID(topic: topic, partition: partition)
    nextOffset = offset
    watermark = events.watermark
    logTime = events.logTime
    channels = metadata["channels"].flatMap(ChannelHorizon.init(text:)) ?? ChannelHorizon()
    self.events = events.events
    lastRecord = metadata["last_record"].flatMap(RecordCheck.init(text:))
    do throws(SafetensorsError) {
      control = try Self.control(endingAt: metadata["control"].flatMap(Int64.init), in: reader)
    } catch {
      throw damaged("\(error)")
    }
    streams = []
    for number in 0..<streamCount {
      guard let name = metadata["\(number).name"],
        let interval = metadata["\(number).interval"].flatMap(Milliseconds.init),
        let model = metadata["\(number).model"].flatMap(Int.init)
      else { throw damaged("its metadata is incomplete") }
      do throws(SafetensorsError) {
        var tensors = try reader.columnTensors(prefix: "\(number).")
        if format == Self.firstFormat { Self.renameFirstFormat(&tensors) }
        streams.append(
          Stream(
            name: name, interval: interval,
            // Files from before calendars could be chosen do not have it.
            calendar: metadata["\(number).calendar"] ?? TimeZoneRules.utc.name,
            modelVersion: model,
            trainingDue: metadata["\(number).training_due"].flatMap(Milliseconds.init),
            drift: metadata["\(number).drift"].flatMap(DriftMonitor.init(text:)) ?? DriftMonitor(),
            silenceCheck: metadata["\(number).silence_check"].flatMap(Milliseconds.init),
            ledger: metadata["\(number).alarms"], pool: metadata["\(number).pool"],
            keys: try Self.keys(of: number, in: reader), tensors: tensors))
      } catch {
        throw damaged("\(error)")
      }
    }
  }

  /// Renames the tensors of the first format, such as `alignment.alignment.phase` to
  /// `alignment.phase` and `states.model.hidden` to `states.hidden`.
  private static func renameFirstFormat(_ tensors: inout [ColumnTensor]) {
    for number in tensors.indices {
      let parts = tensors[number].name.split(separator: ".")
      guard parts.count == 3 else { continue }
      let table = parts[1] == "model" ? "states" : parts[1]
      tensors[number].name = "\(table).\(parts[2])"
    }
  }

  /// The keys as two tensors: the bytes of all keys, and the end of each key in them.
  private static func keyTensors(_ keys: [[UInt8]]) -> [ColumnTensor] {
    textTensors(keys, name: "keys")
  }

  private static func keys(
    of stream: Int, in reader: SafetensorsReader
  ) throws(SafetensorsError) -> [[UInt8]] {
    try texts("\(stream).keys", in: reader)
  }

  static func textTensors(_ texts: [[UInt8]], name: String) -> [ColumnTensor] {
    var ends: [Int64] = []
    var bytes: [UInt8] = []
    for text in texts {
      bytes += text
      ends.append(Int64(bytes.count))
    }
    return [
      ColumnTensor(name: name + ".bytes", type: .uint8, shape: [bytes.count], bytes: bytes),
      ColumnTensor(
        name: name + ".ends", type: .int64, shape: [ends.count],
        bytes: ends.withUnsafeBytes { Array($0) }),
    ]
  }

  static func texts(
    _ name: String, in reader: SafetensorsReader
  ) throws(SafetensorsError) -> [[UInt8]] {
    let bytes = try reader.uint8s(name + ".bytes")
    var texts: [[UInt8]] = []
    var start = 0
    for end in try reader.int64s(name + ".ends") {
      guard end >= start, end <= bytes.count else { throw .badRange(tensor: name + ".ends") }
      texts.append(Array(bytes[start..<Int(end)]))
      start = Int(end)
    }
    return texts
  }
}

extension RecordCheck {
  fileprivate init?(text: String) {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let offset = Int64(parts[0]), let digest = UInt64(parts[1]) else {
      return nil
    }
    self.init(offset: offset, digest: digest)
  }
}
