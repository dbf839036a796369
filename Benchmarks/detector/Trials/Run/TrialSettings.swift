package import Detection

/// What a run of the benchmark does.
package struct TrialSettings: Sendable {
  /// A budget with the name it has in tables.
  package struct Budget: Sendable {
    package var name: String
    package var budget: AlarmBudget

    /// The budget of one false alarm in a time: `day`, `week`, `month`.
    package init?(per time: String) {
      guard let budget = AlarmBudget("1 per series per \(time)") else { return nil }
      name = time
      self.budget = budget
    }
  }

  package var kinds = SeriesKind.allCases
  package var budgets: [Budget]
  /// Series of each kind.
  package var seriesCount: Int
  /// Weeks without a fault, of which the first is counted apart.
  package var weekCount: Int
  package var seed: UInt64 = 1
  /// Whether the network is trained.
  package var isTrained = true
  /// Largest number of optimizer steps of a full training.
  package var trainingSteps: Int
  package var threads = 1

  /// Faults are injected at this budget alone.
  package static let faultBudget = "week"

  package init(budgets: [Budget], seriesCount: Int, weekCount: Int, trainingSteps: Int) {
    self.budgets = budgets
    self.seriesCount = seriesCount
    self.weekCount = weekCount
    self.trainingSteps = trainingSteps
  }

  func cleanCount(_ kind: SeriesKind) -> Int { weekCount * 7 * kind.stepsPerDay }
}
