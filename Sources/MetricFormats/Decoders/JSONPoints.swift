import TimeSeries

/// Elements as times, as labels and as points, for all JSON formats.
extension PointWriter {
  /// The time that an element states, or the record's time where the element is absent or null.
  mutating func time(_ element: JSONElement?, _ unit: TimestampUnit) -> Milliseconds? {
    guard let element, !element.isNull else { return timeOfRecord() }
    guard let time = element.time(unit) else {
      drop(.malformed)
      return nil
    }
    return time
  }

  /// Takes an object's members as the labels; none where it is absent.
  mutating func setLabels(_ object: JSONElement?) -> Bool {
    removeLabels()
    guard let object, !object.isNull else { return true }
    guard object.isObject else {
      drop(.malformed)
      return false
    }
    var members = object.members
    while let (name, value) = members.next() {
      guard addLabel(name: name, value) else { return false }
    }
    return sealLabels()
  }

  /// Text as it is, numbers and booleans as their text, null as an absent label.
  mutating func addLabel(name: Bytes, _ value: JSONElement) -> Bool {
    if let text = value.string { return addLabel(name: name, value: text) }
    switch value.reading {
    case .missing: return true
    case .boolean(let flag): return addLabel(name: name, scalar: flag ? "true" : "false")
    case .number(let number):
      return addLabel(name: name, scalar: value.integerText ?? number.description)
    case .notFinite, .other:
      drop(.malformed)
      return false
    }
  }

  /// Appends a point for every number of an object of fields; the series is the name plus the
  /// field's, except for a field `value`, which stands for the name itself.
  ///
  /// - Precondition: labels and name are set.
  mutating func appendFields(
    _ fields: JSONElement, at time: Milliseconds, hasBooleans: Bool, into batch: inout PointBatch
  ) {
    let mark = nameMark
    var members = fields.members
    while let (field, element) = members.next() {
      let value: Double
      switch element.reading {
      case .number(let number): value = number
      case .boolean(let flag) where hasBooleans: value = flag ? 1 : 0
      case .missing:
        countMissing()
        continue
      case .notFinite:
        drop(.notFinite)
        continue
      case .boolean, .other: continue
      }
      if !field.equals("value") { extendName(field) }
      append(kind: .gauge, time: time, value: value, into: &batch)
      truncateName(to: mark)
    }
  }
}
