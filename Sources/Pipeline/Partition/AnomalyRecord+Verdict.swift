import Calibration
import Detection
import MetricFormats
import TimeSeries

extension AnomalyRecord {
  /// - Precondition: `verdict.isReported`.
  init(_ verdict: AnomalyVerdict, step: Step, series: [UInt8], modelVersion: Int) {
    let openedAt = verdict.openedAt ?? step.time
    let isSilence = step.isMasked
    self.init(
      time: step.time, incident: Self.identifier(series: series, openedAt: openedAt),
      event: Event(verdict.event ?? .update), ending: verdict.ending.map { Ending($0) },
      openedAt: openedAt, kind: Kind(verdict.evidence ?? .error),
      severity: verdict.severity == .critical ? .critical : .warning,
      direction: isSilence ? nil : Direction(verdict.side), observed: isSilence ? nil : step.value,
      expected: verdict.expected.isNaN ? nil : verdict.expected,
      interval: verdict.low.isNaN ? nil : Interval(low: verdict.low, high: verdict.high),
      deviation: isSilence || verdict.expected.isNaN ? nil : verdict.deviation,
      season: verdict.lag.isNaN ? nil : verdict.lag,
      score: verdict.score,
      perWeek: verdict.incidentsPerWeek.isFinite ? verdict.incidentsPerWeek : nil,
      evidence: Self.shares(verdict), modelVersion: modelVersion)
  }

  /// The same for all records of an incident, in whatever process: it follows from the series, or the
  /// group, and the time of the opening.
  static func identifier(series: [UInt8], openedAt: Milliseconds) -> String {
    var hash = StableHash()
    hash.combine(series)
    withUnsafeBytes(of: openedAt.littleEndian) { hash.combine($0) }
    let digits = String(hash.value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The evidence that is rarer than once a week, by how much it is, the strongest first.
  private static func shares(_ verdict: AnomalyVerdict) -> [Share] {
    if verdict.event != .close, verdict.evidence == .silent {
      return [Share(kind: .silent, share: 1)]
    }
    let strong = verdict.strengths.filter { $0.strength > 0 }.sorted { $0.strength > $1.strength }
    let total = strong.reduce(0) { $0 + $1.strength }
    return strong.map { Share(kind: Kind($0.evidence), share: $0.strength / total) }
      .filter { $0.share >= 0.01 }
  }
}

extension AnomalyRecord.Event {
  init(_ event: AnomalyVerdict.Event) {
    self =
      switch event {
      case .open: .open
      case .update: .update
      case .close: .close
      }
  }
}

extension AnomalyRecord.Ending {
  init(_ ending: AnomalyVerdict.Ending) {
    self =
      switch ending {
      case .ended: .ended
      case .levelShift: .levelShift
      case .returned: .returned
      case .maintenance: .maintenance
      }
  }
}

extension AnomalyRecord.Kind {
  init(_ evidence: Evidence) {
    self =
      switch evidence {
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

extension AnomalyRecord.Direction {
  init?(_ side: AnomalyVerdict.Side) {
    switch side {
    case .none: return nil
    case .above: self = .above
    case .below: self = .below
    }
  }
}

extension BaselineLags {
  /// The value one season before, of the season that the detector compares with if the model has it;
  /// NaN where none is known.
  func season(for anomalies: AnomalyTable, _ seasons: [Int]) -> Double {
    guard let short = seasons.first else { return .nan }
    let isShort = seasons.count < 2 || short == anomalies.seasonSteps
    return isShort ? self.short : long
  }
}
