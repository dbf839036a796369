import TimeSeries

// Control records come from people and their scripts. What is wrong in one is an error of that one.

extension ControlRecord {
  /// The longest key and the longest value that are read.
  package static let keyBytesMaximum = 4_096
  package static let valueBytesMaximum = 8_192

  /// Reads a record of the control topic.
  ///
  /// - Parameter value: nil for a tombstone.
  /// - Returns: nil if the record takes back what stood under its key: a tombstone, or `"deleted": true`.
  /// - Throws: what is wrong with the record. It then changes nothing.
  package static func decode(
    key: [UInt8], value: [UInt8]?
  ) throws(ControlRecordError) -> ControlRecord? {
    guard (1...keyBytesMaximum).contains(key.count) else { throw .size }
    let isFeedback = key.starts(with: FeedbackRecord.keyPrefix.utf8)
    guard isFeedback || key.starts(with: MaintenanceRecord.keyPrefix.utf8) else { throw .key }
    guard let value, !value.isEmpty else { return nil }
    guard value.count <= valueBytesMaximum else { throw .size }
    let id = key.dropFirst(MaintenanceRecord.keyPrefix.utf8.count)
    let result = value.withUnsafeBytes { value -> Result<ControlRecord?, RecordError> in
      do throws(RecordError) {
        return .success(
          try read(value, maintenance: isFeedback ? nil : String(decoding: id, as: UTF8.self)))
      } catch {
        return .failure(error)
      }
    }
    switch result {
    case .success(let record): return record
    case .failure(let error): throw .record(error)
    }
  }

  /// - Parameter id: of a maintenance window; nil for feedback.
  private static func read(
    _ value: UnsafeRawBufferPointer, maintenance id: String?
  ) throws(RecordError) -> ControlRecord? {
    let parser = JSONParser(capacity: value.count)
    defer { withExtendedLifetime(parser) {} }
    let reader = ControlReader(record: try RecordReader(value, parser))
    if try reader.flag("deleted") ?? false { return nil }
    guard try reader.record.string("type") == (id == nil ? "feedback" : "maintenance") else {
      throw .wrongField(name: "type")
    }
    guard let id else { return .feedback(try reader.feedback()) }
    return .maintenance(try reader.maintenance(id: id))
  }
}

/// Why a record of the control topic changes nothing.
package enum ControlRecordError: Error, Sendable, Equatable, CustomStringConvertible {
  case size
  case key
  case record(RecordError)
  /// The times, the pattern, the rule or the zone of a window.
  case window(String)

  package var description: String {
    switch self {
    case .size:
      "its key is empty, or key or value are longer than \(ControlRecord.keyBytesMaximum) and "
        + "\(ControlRecord.valueBytesMaximum) bytes"
    case .key: "its key begins with neither 'feedback/' nor 'maintenance/'"
    case .record(.notJSON): "it is not JSON"
    case .record(.wrongField(let name)):
      "its field '\(name)' is missing, or not as docs/records.md specifies it"
    case .window(let problem): problem
    }
  }
}

/// The members of a control record. One that is null is as one that is absent.
private struct ControlReader {
  let record: RecordReader

  func feedback() throws(RecordError) -> FeedbackRecord {
    guard let label = FeedbackRecord.Label(rawValue: try record.string("label")) else {
      throw .wrongField(name: "label")
    }
    let series = try record.string("series")
    guard !series.isEmpty else { throw .wrongField(name: "series") }
    let (from, to) = (try time("from"), try time("to"))
    if let from, let to, from > to { throw .wrongField(name: "to") }
    return FeedbackRecord(
      series: SeriesKey(canonical: series.utf8).description, label: label,
      incident: try string("incident"), kinds: try kinds(), from: from, to: to,
      time: try time("time"), note: try string("note"))
  }

  func maintenance(id: String) throws(RecordError) -> MaintenanceRecord {
    guard let from = try time("from") else { throw .wrongField(name: "from") }
    guard let to = try time("to"), to > from else { throw .wrongField(name: "to") }
    let word = try string("effect") ?? PlannedEffect.both.name
    guard let effect = PlannedEffect(word) else { throw .wrongField(name: "effect") }
    return MaintenanceRecord(
      id: id, from: from, to: to, stream: try string("stream"), series: try string("series"),
      effect: effect, rule: try string("rrule"), timeZone: try string("time_zone"),
      summary: try string("summary"))
  }

  /// Kinds that this version does not know are passed over.
  private func kinds() throws(RecordError) -> [AnomalyRecord.Kind] {
    guard let array = member("kinds") else { return [] }
    guard array.isArray else { throw .wrongField(name: "kinds") }
    var kinds: [AnomalyRecord.Kind] = []
    var elements = array.elements
    while let element = elements.next() {
      guard let text = element.string else { throw .wrongField(name: "kinds") }
      if let kind = AnomalyRecord.Kind(rawValue: String(decoding: text, as: UTF8.self)),
        !kinds.contains(kind)
      {
        kinds.append(kind)
      }
    }
    return kinds
  }

  private func member(_ name: StaticString) -> JSONElement? {
    record.root.member(name).flatMap { $0.isNull ? nil : $0 }
  }

  private func string(_ name: StaticString) throws(RecordError) -> String? {
    member(name) == nil ? nil : try record.string(name)
  }

  func flag(_ name: StaticString) throws(RecordError) -> Bool? {
    member(name) == nil ? nil : try record.flag(name)
  }

  private func time(_ name: StaticString) throws(RecordError) -> Milliseconds? {
    guard member(name) != nil else { return nil }
    let time = try record.integer(name)
    guard AlignmentSettings.validTimes.contains(time) else {
      throw .wrongField(name: name.description)
    }
    return time
  }
}
