package import TimeSeries

/// Writes the forecast records of one stream; owned by one thread, since it reuses its buffer.
///
/// The record's fields are specified in docs/records.md.
package final class ForecastEncoder {
  private let horizon: Int
  private let quantileCount: Int
  /// Which of the values of a step are written.
  private let columns: [Int]
  /// Values of a step.
  private let columnCount: Int
  /// The part of the record between series and time, which all records of the stream share.
  private let stream: [UInt8]
  private let buffer: ByteScratch

  /// - Parameters:
  ///   - step: milliseconds from one forecast bucket to the next, the stream's interval.
  ///   - horizon: number of steps.
  ///   - quantiles: levels in (0, 1), ascending.
  ///   - columns: index of each quantile among the values of a step; in order by default.
  ///   - columnCount: values of a step, as many as quantiles by default.
  package init(
    stream: String, step: Milliseconds, horizon: Int, quantiles: [Double], columns: [Int]? = nil,
    columnCount: Int? = nil
  ) {
    precondition(horizon > 0 && !quantiles.isEmpty, "a forecast has steps and quantiles")
    self.horizon = horizon
    self.columns = columns ?? Array(quantiles.indices)
    self.columnCount = columnCount ?? quantiles.count
    precondition(self.columns.count == quantiles.count, "a quantile has one place")
    precondition(self.columns.allSatisfy((0..<self.columnCount).contains), "of a step's values")
    quantileCount = quantiles.count
    var text = JSONText()
    text.append(#","stream":"#)
    text.appendString(stream.utf8)
    text.append(#","step":"#)
    text.append(step)
    text.append(#","horizon":"#)
    text.append(Int64(horizon))
    text.append(#","quantiles":["#)
    for (index, quantile) in quantiles.enumerated() {
      if index > 0 { text.append(",") }
      text.append(quantile)
    }
    text.append(#"],"time":"#)
    self.stream = text.bytes
    buffer = ByteScratch(
      capacity: 512 + stream.utf8.count
        + horizon * (quantileCount * (DecimalFormat.lengthMaximum + 1) + 3))
  }

  /// Appends one record.
  ///
  /// - Parameters:
  ///   - time: the end of the last closed bucket.
  ///   - values: in the series' own unit. Shape: `[horizon, columnCount]`, row-major.
  ///   - spread: how wide the forecast is, in the same unit, for example the width of its
  ///     narrowest interval; numbers are rounded to a hundredth of it or finer.
  ///   - modelVersion: of the stream's model at that time.
  ///   - forecaster: who made the forecast.
  ///   - isWarming: whether the series is too young for calibrated intervals.
  /// - Precondition: there are `horizon` times `columnCount` values.
  package func encode(
    prefix: SeriesPrefix, time: Milliseconds, values: UnsafeBufferPointer<Double>,
    spread: Double, modelVersion: Int, forecaster: Forecaster, isWarming: Bool,
    into bytes: inout [UInt8]
  ) {
    precondition(values.count == horizon * columnCount, "as many values a step as were announced")
    let base = buffer.base
    var position = writeInteger(time, to: base)
    position = buffer.append(#","model":"#, at: position)
    position += writeInteger(Int64(modelVersion), to: base + position)
    position = buffer.append(#","forecaster":""#, at: position)
    position = buffer.append(forecaster.name, at: position)
    position = buffer.append(
      isWarming ? #"","warming":true,"values":["# : #"","warming":false,"values":["#, at: position)
    position = writeRows(values, spread: spread, from: position)
    base[position] = UInt8(ascii: "]")
    base[position + 1] = UInt8(ascii: "}")
    bytes.append(contentsOf: prefix.bytes)
    bytes.append(contentsOf: stream)
    bytes.append(contentsOf: Bytes(start: base, count: position + 2))
  }

  private func writeRows(
    _ values: UnsafeBufferPointer<Double>, spread: Double, from start: Int
  ) -> Int {
    let isSpreadUsable = spread > 0 && spread.isFinite
    let format = DecimalFormat(
      spread: spread, magnitude: isSpreadUsable ? 0 : values.reduce(0) { max($0, abs($1)) })
    let base = buffer.base
    var position = start
    columns.withUnsafeBufferPointer { columns in
      for first in stride(from: 0, to: values.count, by: columnCount) {
        base[position] = UInt8(ascii: "[")
        position += 1
        for column in columns {
          position += format.write(values[first + column], to: base + position)
          base[position] = UInt8(ascii: ",")
          position += 1
        }
        // In place of the last comma.
        base[position - 1] = UInt8(ascii: "]")
        base[position] = UInt8(ascii: ",")
        position += 1
      }
    }
    return position - 1
  }
}

extension ByteScratch {
  @inline(__always)
  func append(_ literal: StaticString, at position: Int) -> Int {
    append(Bytes(start: literal.utf8Start, count: literal.utf8CodeUnitCount), at: position)
  }
}
