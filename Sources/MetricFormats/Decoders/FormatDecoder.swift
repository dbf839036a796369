import TimeSeries

/// Decodes the messages of one format.
protocol FormatDecoder {
  /// - Precondition: the message is not larger than the limits allow.
  mutating func decode(
    _ message: RawMessage, _ writer: inout PointWriter, into batch: inout PointBatch)
}
