import TimeSeries

/// Writes the points of all decoders: it builds canonical keys, applies the limits, and collects
/// one drop for each reason of the current message.
///
/// A decoder sets the labels once for all points that share them (`removeLabels`, `addLabel`,
/// `sealLabels`), the name (`startName`, `extendName`), and then appends points.
struct PointWriter {
  let limits: DecoderLimits
  let requiresTimestamp: Bool
  /// Index of the message within its batch.
  private(set) var message: UInt32 = 0
  private var recordTime: Milliseconds?
  private var reasons = DropReasonSet()
  private var pointCount = 0
  private var missingCount = 0
  /// Start of the message's keys in the batch.
  private var keysStart: Int?

  private let labels: LabelScratch
  private var labelCount = 0
  /// Text of labels that are numbers or booleans in their message.
  private let labelTexts: ByteScratch
  private var labelTextLength = 0
  /// The escaped labels `,name=value…`, ready to follow a name; then the key that is being built.
  private let suffix: ByteScratch
  private var suffixLength = 0
  private let key: ByteScratch
  /// Length of the escaped name in `key`; beyond its capacity when the name is too long.
  private var nameLength = 0

  init(limits: DecoderLimits, requiresTimestamp: Bool) {
    self.limits = limits
    self.requiresTimestamp = requiresTimestamp
    labels = LabelScratch(capacity: limits.labelCountMaximum)
    labelTexts = ByteScratch(capacity: limits.labelCountMaximum * Self.scalarLengthMaximum)
    suffix = ByteScratch(capacity: limits.keyByteCountMaximum)
    key = ByteScratch(capacity: limits.keyByteCountMaximum)
  }

  // MARK: The message

  mutating func begin(_ message: borrowing RawMessage) {
    self.message = message.index
    recordTime = message.recordTime.flatMap { TimestampUnit.timeRange.contains($0) ? $0 : nil }
    reasons = DropReasonSet()
    pointCount = 0
    missingCount = 0
    keysStart = nil
    removeLabels()
    nameLength = 0
  }

  mutating func drop(_ reason: DropReason) {
    reasons.insert(reason)
  }

  mutating func countMissing() {
    missingCount += 1
  }

  /// Appends the drops of the message; a message without any point is not a metric.
  mutating func finish(into batch: inout PointBatch) {
    batch.missingValueCount += missingCount
    if reasons.isEmpty {
      if pointCount > 0 || missingCount > 0 { return }
      drop(.notAMetric)
    }
    for reason in reasons.reasons {
      batch.drops.append(Drop(message: message, reason: reason))
    }
  }

  /// The record time, for a point that has no time of its own; nil, with the drop noted, where that
  /// is not allowed.
  mutating func timeOfRecord() -> Milliseconds? {
    guard !requiresTimestamp, let recordTime else {
      drop(.noTimestamp)
      return nil
    }
    return recordTime
  }

  // MARK: Labels

  mutating func removeLabels() {
    labelCount = 0
    labelTextLength = 0
    suffixLength = 0
  }

  /// The text of a number or a boolean is at most this long.
  private static let scalarLengthMaximum = 32

  /// Adds a label whose value is given as text that does not lie in the message.
  mutating func addLabel(name: Bytes, scalar: String) -> Bool {
    let start = labelTextLength
    var scalar = scalar
    let end = scalar.withUTF8 { labelTexts.append($0, at: start) }
    guard end <= labelTexts.capacity else {
      drop(.oversized)
      return false
    }
    labelTextLength = end
    return addLabel(name: name, value: Bytes(start: labelTexts.base + start, count: end - start))
  }

  /// Adds a label; one without a name or a value is left out.
  ///
  /// - Returns: false, with the drop noted, when there are too many labels.
  mutating func addLabel(name: Bytes, value: Bytes) -> Bool {
    guard name.count > 0, value.count > 0 else { return true }
    guard labelCount < limits.labelCountMaximum else {
      drop(.oversized)
      return false
    }
    labels.insert(RawLabel(name: name, value: value), count: &labelCount)
    return true
  }

  /// Writes the labels in canonical order; of equal names the one that was added last.
  ///
  /// - Returns: false, with the drop noted, when they are longer than a key may be.
  mutating func sealLabels() -> Bool {
    var length = 0
    for index in 0..<labelCount {
      let label = labels.base[index]
      length = suffix.append(UInt8(ascii: ","), at: length)
      length = suffix.appendEscaped(label.name, at: length)
      length = suffix.append(UInt8(ascii: "="), at: length)
      length = suffix.appendEscaped(label.value, at: length)
    }
    suffixLength = length
    guard length <= suffix.capacity else {
      drop(.oversized)
      return false
    }
    return true
  }

  // MARK: Names and points

  mutating func startName(_ name: Bytes) {
    nameLength = key.appendEscaped(name, at: 0)
  }

  /// Continues the name with a dot and one more component.
  mutating func extendName(_ component: Bytes) {
    nameLength = key.append(UInt8(ascii: "."), at: nameLength)
    nameLength = key.appendEscaped(component, at: nameLength)
  }

  /// Remembers where the name ends, for `truncateName`.
  var nameMark: Int { nameLength }

  mutating func truncateName(to mark: Int) {
    nameLength = mark
  }

  /// Sets the whole key: a text that is canonical already replaces name and labels.
  mutating func startCanonicalKey(_ text: Bytes) {
    removeLabels()
    nameLength = key.append(text, at: 0)
  }

  mutating func append(
    kind: ValueKind, time: Milliseconds, value: Double, into batch: inout PointBatch
  ) {
    guard value.isFinite else { return drop(.notFinite) }
    guard nameLength > 0 else { return drop(.notAMetric) }
    let length = key.append(
      Bytes(start: suffix.base, count: suffixLength), at: nameLength)
    let start = batch.keyBytes.count
    let keysStart = keysStart ?? start
    let end = start + length
    guard length <= key.capacity, pointCount < limits.pointCountMaximum,
      end - keysStart <= limits.messageKeyByteCountMaximum, end <= UInt32.max
    else { return drop(.oversized) }
    self.keysStart = keysStart
    pointCount += 1
    batch.keyBytes.append(contentsOf: Bytes(start: key.base, count: length))
    batch.points.append(
      Point(
        keyStart: UInt32(start), keyLength: UInt32(length), message: message, kind: kind,
        time: time, value: value))
  }

  /// Removes the points of the message from index `count` of the batch on.
  mutating func removePoints(from count: Int, of batch: inout PointBatch) {
    guard count < batch.points.count else { return }
    pointCount -= batch.points.count - count
    batch.keyBytes.removeLast(batch.keyBytes.count - Int(batch.points[count].keyStart))
    batch.points.removeLast(batch.points.count - count)
  }
}

/// A label whose text lies in the message.
struct RawLabel {
  var name: Bytes
  var value: Bytes
}

/// The labels of the point at hand, sorted by name. A class only to own the memory.
private final class LabelScratch {
  let base: UnsafeMutablePointer<RawLabel>

  init(capacity: Int) {
    base = .allocate(capacity: max(capacity, 1))
  }

  deinit { base.deallocate() }

  /// Keeps the order; most producers send sorted labels, so that it takes one comparison.
  func insert(_ label: RawLabel, count: inout Int) {
    var position = count
    while position > 0 {
      let order = compare(base[position - 1].name, label.name)
      if order == 0 {
        base[position - 1] = label
        return
      }
      if order < 0 { break }
      position -= 1
    }
    var index = count
    while index > position {
      (base + index).initialize(to: base[index - 1])
      index -= 1
    }
    (base + position).initialize(to: label)
    count += 1
  }
}

/// Byte order: negative, zero or positive like `memcmp`'s.
private func compare(_ left: Bytes, _ right: Bytes) -> Int {
  let count = min(left.count, right.count)
  for index in 0..<count where left[index] != right[index] {
    return Int(left[index]) - Int(right[index])
  }
  return left.count - right.count
}
