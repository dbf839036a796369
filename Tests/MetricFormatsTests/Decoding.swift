import MetricFormats
import Testing
import TimeSeries

/// One message through a fresh decoder, written down: a line for each point (`key kind time
/// value`), then the drops' reasons, then the number of missing values if there are any.
func decoded(
  _ text: String, as format: String, options: FormatOptions = FormatOptions(),
  limits: DecoderLimits = DecoderLimits(), recordTime: Milliseconds? = 1_700_000_000_999
) throws -> [String] {
  try decoded(
    Array(text.utf8), as: format, options: options, limits: limits, recordTime: recordTime)
}

func decoded(
  _ value: [UInt8], key: [UInt8] = [], as format: String,
  options: FormatOptions = FormatOptions(), limits: DecoderLimits = DecoderLimits(),
  recordTime: Milliseconds? = 1_700_000_000_999
) throws -> [String] {
  let format = try InputFormat(name: format, options: options, limits: limits)
  var decoder = MessageDecoder(format)
  var batch = PointBatch()
  decode(value, key: key, with: &decoder, recordTime: recordTime, into: &batch)
  return lines(of: batch)
}

func decode(
  _ value: [UInt8], key: [UInt8] = [], with decoder: inout MessageDecoder,
  recordTime: Milliseconds? = 1_700_000_000_999, index: UInt32 = 0, into batch: inout PointBatch
) {
  value.withUnsafeBytes { value in
    key.withUnsafeBytes { key in
      decoder.decode(
        RawMessage(key: key, value: value, recordTime: recordTime, index: index), into: &batch)
    }
  }
}

func lines(of batch: PointBatch) -> [String] {
  var lines = batch.points.map { point in
    let start = Int(point.keyStart)
    let key = batch.keyBytes[start..<start + Int(point.keyLength)]
    return "\(String(decoding: key, as: UTF8.self)) \(point.kind) \(point.time) \(point.value)"
  }
  lines += batch.drops.map { "drop \($0.reason.name)" }
  if batch.missingValueCount > 0 { lines.append("missing \(batch.missingValueCount)") }
  return lines
}

/// A row of a table test.
struct Case: CustomTestStringConvertible, Sendable {
  let comment: String
  let message: String
  let expected: [String]
  var options = FormatOptions()

  init(
    _ comment: String, _ message: String, _ expected: [String], _ options: FormatOptions = .init()
  ) {
    self.comment = comment
    self.message = message
    self.expected = expected
    self.options = options
  }

  var testDescription: String { comment }
}
