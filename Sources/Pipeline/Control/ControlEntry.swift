import Detection
import MetricFormats
package import TimeSeries

/// A record of the control topic that can be read.
struct ControlEntry: Sendable {
  enum Content: Sendable {
    case feedback(series: [UInt8], Feedback)
    case maintenance(PlannedWindow)
    /// What stood under the key is taken back.
    case removal
  }

  var source: ControlSource
  var content: Content

  /// - Parameter zone: finds the rules of a time zone by its name.
  /// - Throws: what is wrong with the record.
  init(
    _ source: ControlSource,
    zone: (String) throws(TimeSeriesError) -> TimeZoneRules
  ) throws(ControlRecordError) {
    self.source = source
    switch try ControlRecord.decode(key: source.key, value: source.value) {
    case nil: content = .removal
    case .feedback(let feedback):
      content = .feedback(
        series: Array(feedback.series.utf8), Feedback(feedback, recordTime: source.time))
    case .maintenance(let window):
      do throws(TimeSeriesError) {
        content = .maintenance(try window.window(zone: try window.timeZone.map(zone) ?? .utc))
      } catch {
        throw .window("\(error)")
      }
    }
  }
}

/// A record of the control topic as it was read.
package struct ControlSource: Sendable, Equatable {
  package var offset: Int64
  /// The time of the record.
  package var time: Milliseconds
  package var key: [UInt8]
  /// Nil for a tombstone.
  package var value: [UInt8]?

  package init(offset: Int64, time: Milliseconds, key: [UInt8], value: [UInt8]?) {
    self.offset = offset
    self.time = time
    self.key = key
    self.value = value
  }

  var byteCount: Int { key.count + (value?.count ?? 0) }
}

extension Feedback {
  /// A time after that of the record comes from a broken clock.
  init(_ record: FeedbackRecord, recordTime: Milliseconds) {
    self.init(
      label: Label(record.label), kinds: record.kinds.map { Evidence($0) },
      time: min(record.time ?? recordTime, recordTime))
  }
}

extension Feedback.Label {
  init(_ label: FeedbackRecord.Label) {
    self =
      switch label {
      case .falseAlarm: .falseAlarm
      case .missed: .missed
      case .real: .real
      }
  }
}

extension Evidence {
  init(_ kind: AnomalyRecord.Kind) {
    self =
      switch kind {
      case .error: .error
      case .bias: .bias
      case .level: .level
      case .change: .change
      case .range: .range
      case .interval: .interval
      case .variance: .variance
      case .season: .season
      case .shift: .shift
      case .flat: .flat
      case .silent: .silent
      case .points: .points
      case .resets: .resets
      case .ahead: .ahead
      }
  }
}
