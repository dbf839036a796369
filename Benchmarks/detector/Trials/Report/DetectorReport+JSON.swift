package import Backtest
import Detection
import Replay

extension DetectorReport {
  /// What is not known is absent.
  package func json() throws(BacktestError) -> [UInt8] {
    do throws(ReplayError) {
      return try ReportJSON.encode(Document(self))
    } catch {
      throw .settings("\(error)")
    }
  }

  private struct Document: Encodable {
    var seed: UInt64
    var series: Int
    var weeks: Int
    var trained: Bool
    var trainingSteps: Int
    var results: [ResultDocument]

    init(_ report: DetectorReport) {
      seed = report.settings.seed
      series = report.settings.seriesCount
      weeks = report.settings.weekCount
      trained = report.settings.isTrained
      trainingSteps = report.settings.trainingSteps
      results = report.results.map(ResultDocument.init)
    }
  }

  private struct ResultDocument: Encodable {
    var kind: String
    var intervalMinutes: Int64
    var budget: String
    var trainings: Int
    var networkShare: Double
    var firstWeek: CountDocument
    var later: CountDocument
    var laterAfterCalm: CountDocument
    var laterAfterAlarms: CountDocument
    var openingsByDay: [Int]
    var openingsByWeek: [Int]
    var ownSpikesPerWeek: Double
    var firstWeekEvidence: [String: Int]
    var laterEvidence: [String: Int]
    var faults: [FaultDocument]

    init(_ result: KindResult) {
      kind = result.kind.rawValue
      intervalMinutes = result.kind.interval / 60_000
      budget = result.budget.name
      trainings = result.trainingCount
      networkShare = result.networkShare
      firstWeek = CountDocument(result.first)
      later = CountDocument(result.later)
      laterAfterCalm = CountDocument(result.laterAfterCalm)
      laterAfterAlarms = CountDocument(result.laterAfterAlarms)
      openingsByDay = result.openingsByDay
      openingsByWeek = result.openingsByWeek
      ownSpikesPerWeek = result.ownSpikesPerWeek
      firstWeekEvidence = byName(result.firstEvidence)
      laterEvidence = byName(result.laterEvidence)
      faults = Fault.allCases.compactMap { fault in
        result.faults[fault].map { FaultDocument(fault, $0) }
      }
    }
  }

  private struct CountDocument: Encodable {
    var openings: Int
    var seriesWeeks: Int
    var allowed: Double
    var factor: Double?

    init(_ count: AlarmCount) {
      openings = count.openings
      seriesWeeks = count.seriesWeeks
      allowed = count.allowed
      factor = count.factor.ifFinite
    }
  }

  private struct FaultDocument: Encodable {
    var fault: String
    var injected: Int
    var found: Int
    var chance: Double?
    var delays: [Int]
    var evidence: [String: Int]

    init(_ fault: Fault, _ result: FaultResult) {
      self.fault = fault.rawValue
      injected = result.count
      found = result.delays.count
      chance = result.chance.ifFinite
      delays = result.delays
      evidence = byName(result.evidence)
    }
  }
}

private func byName(_ counts: [Evidence: Int]) -> [String: Int] {
  Dictionary(uniqueKeysWithValues: counts.map { ($0.name, $1) })
}
