import Detection

/// The figures of a run.
package struct DetectorReport: Sendable {
  package let settings: TrialSettings
  /// Budget by budget, kind by kind.
  let results: [KindResult]

  func results(_ budget: TrialSettings.Budget) -> [KindResult] {
    results.filter { $0.budget.name == budget.name }
  }

  func result(_ kind: SeriesKind, _ budget: TrialSettings.Budget) -> KindResult? {
    results.first { $0.kind == kind && $0.budget.name == budget.name }
  }

  /// The results of the runs with faults.
  var faultResults: [KindResult] { results.filter { !$0.faults.isEmpty } }

  /// Kinds that are further than a factor of two from the budget.
  func missing(
    _ budget: TrialSettings.Budget, _ count: (KindResult) -> AlarmCount
  ) -> [SeriesKind] {
    results(budget).filter { !(0.5...2).contains(count($0).factor) }.map(\.kind)
  }

  func pooled(
    _ budget: TrialSettings.Budget, _ count: (KindResult) -> AlarmCount
  ) -> AlarmCount {
    results(budget).map(count).reduce(AlarmCount(), +)
  }

  func pooled(_ fault: Fault) -> FaultResult {
    faultResults.compactMap { $0.faults[fault] }.reduce(FaultResult(), +)
  }
}
