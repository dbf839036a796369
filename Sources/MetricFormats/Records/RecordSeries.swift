package import TimeSeries

/// The series and the stream of a record.
package struct RecordSeries: Sendable, Equatable {
  /// The canonical series key.
  package var key: String
  package var name: String
  /// Sorted by name.
  package var labels: [SeriesKey.Label]
  package var stream: String
}
