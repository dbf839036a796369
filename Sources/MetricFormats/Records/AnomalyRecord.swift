package import TimeSeries

/// Something that happens to the incident of a series; its fields are specified in docs/records.md.
package struct AnomalyRecord: Sendable, Equatable {
  package enum Event: String, Sendable, CaseIterable {
    case open, update, close
  }

  /// How an incident has ended.
  package enum Ending: String, Sendable, CaseIterable {
    /// The values are as usual again.
    case ended
    /// What was unusual has become the new level.
    case levelShift = "level shift"
    /// Points come again.
    case returned
    /// A planned window begins.
    case maintenance
  }

  package enum Severity: String, Sendable, CaseIterable {
    case warning
    case critical
  }

  /// The kinds of evidence, docs/anomalies.md.
  package enum Kind: String, Sendable, CaseIterable {
    case error, bias, level, change, range, interval, variance, season, shift, flat, silent
    case points, resets, ahead
  }

  package enum Direction: String, Sendable, CaseIterable {
    case above
    case below
  }

  package struct Interval: Sendable, Equatable {
    package var low: Double
    package var high: Double

    package init(low: Double, high: Double) {
      self.low = low
      self.high = high
    }
  }

  package struct Share: Sendable, Equatable {
    package var kind: Kind
    /// From 0 to 1.
    package var share: Double

    package init(kind: Kind, share: Double) {
      self.kind = kind
      self.share = share
    }
  }

  /// End of the bucket.
  package var time: Milliseconds
  /// The same in all records of the incident.
  package var incident: String
  package var event: Event
  /// Nil unless the incident closes.
  package var ending: Ending?
  /// End of the bucket with which the incident opened.
  package var openedAt: Milliseconds
  /// The strongest evidence; at the end of an incident that of its opening.
  package var kind: Kind
  package var severity: Severity
  /// Nil for silence.
  package var direction: Direction?
  /// Nil for silence.
  package var observed: Double?
  /// The forecast's median.
  package var expected: Double?
  /// The interval of values that the forecast did not leave as improbable.
  package var interval: Interval?
  /// In the usual size of the series' errors; nil where there is no forecast.
  package var deviation: Double?
  /// The value one season before.
  package var season: Double?
  /// 0.5 for what the series has once a week, more for what is rarer.
  package var score: Double
  /// Incidents in a week that are at least as strong; nil where that is not known.
  package var perWeek: Double?
  /// What all evidence says; empty at the end of an incident.
  package var evidence: [Share]
  package var modelVersion: Int
  /// The incident of its group in which the series takes part.
  package var groupIncident: String?

  package init(
    time: Milliseconds, incident: String, event: Event, ending: Ending? = nil,
    openedAt: Milliseconds, kind: Kind, severity: Severity, direction: Direction? = nil,
    observed: Double? = nil, expected: Double? = nil, interval: Interval? = nil,
    deviation: Double? = nil, season: Double? = nil, score: Double, perWeek: Double? = nil,
    evidence: [Share] = [], modelVersion: Int
  ) {
    self.time = time
    self.incident = incident
    self.event = event
    self.ending = ending
    self.openedAt = openedAt
    self.kind = kind
    self.severity = severity
    self.direction = direction
    self.observed = observed
    self.expected = expected
    self.interval = interval
    self.deviation = deviation
    self.season = season
    self.score = score
    self.perWeek = perWeek
    self.evidence = evidence
    self.modelVersion = modelVersion
  }
}
