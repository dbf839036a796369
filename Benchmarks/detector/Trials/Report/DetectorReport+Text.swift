import Detection

extension DetectorReport {
  package func text() -> String {
    var parts = [rates, misses, openings]
    if !faultResults.isEmpty { parts += [recalls, pooledRecalls, weakRecalls] }
    return parts.joined(separator: "\n")
  }

  private var rates: String {
    var titles = ["kind", "steps of"]
    for budget in settings.budgets { titles += ["1 per \(budget.name)", "first week", "later"] }
    var table = MarkdownTable(titles)
    for kind in settings.kinds {
      let results = settings.budgets.compactMap { result(kind, $0) }
      table.append(
        [kind.rawValue, "\(kind.interval / 60_000) min"]
          + results.flatMap { Self.factors([$0.all, $0.first, $0.later]) })
    }
    table.append(
      ["pooled", ""]
        + settings.budgets.flatMap {
          Self.factors([pooled($0, \.all), pooled($0, \.first), pooled($0, \.later)])
        })
    return """
      Incidents opened, as a multiple of the budget: in all weeks, in the first, and in later ones.
      \(settings.seriesCount) series of \(settings.weekCount) weeks for each kind and budget, \
      \(pooled(settings.budgets[0], \.all).seriesWeeks) series-weeks for each budget, seed \
      \(settings.seed)\(settings.isTrained ? "" : ", baselines only").

      \(table.text)
      """
  }

  private static func factors(_ counts: [AlarmCount]) -> [String] {
    counts.map { Figure.text($0.factor) }
  }

  private var misses: String {
    settings.budgets.map { budget in
      let calm = pooled(budget, \.laterAfterCalm)
      let alarmed = pooled(budget, \.laterAfterAlarms)
      return """
        1 per \(budget.name): \(miss("all weeks", missing(budget, \.all))); \
        \(miss("later weeks", missing(budget, \.later))).
        Later weeks, as a multiple of the budget: \(Figure.text(calm.factor)) in \
        \(seriesCount(calm)) series without an opening in the first week, \
        \(Figure.text(alarmed.factor)) in \(seriesCount(alarmed)) with one.

        """
    }.joined()
  }

  private func seriesCount(_ count: AlarmCount) -> Int {
    count.seriesWeeks / (settings.weekCount - 1)
  }

  private func miss(_ weeks: String, _ missing: [SeriesKind]) -> String {
    let names = missing.map(\.rawValue).joined(separator: ", ")
    return
      "in \(weeks) \(settings.kinds.count - missing.count) of \(settings.kinds.count) kinds are "
      + "within a factor of 2" + (missing.isEmpty ? "" : " (not \(names))")
  }

  /// The evidence that opens false alarms.
  private var openings: String {
    let budget =
      settings.budgets.first { $0.name == TrialSettings.faultBudget } ?? settings.budgets[0]
    return """
      Evidence with which incidents open at 1 per \(budget.name), in percent, in the first week:

      \(openings(budget, \.first, \.firstEvidence))
      In later weeks:

      \(openings(budget, \.later, \.laterEvidence))
      """
  }

  private func openings(
    _ budget: TrialSettings.Budget, _ count: (KindResult) -> AlarmCount,
    _ evidence: (KindResult) -> [Evidence: Int]
  ) -> String {
    var table = MarkdownTable(["kind", "openings"] + Evidence.allCases.map(\.name))
    for result in results(budget) {
      let openings = count(result).openings
      let counts = evidence(result)
      table.append(
        [result.kind.rawValue, "\(openings)"]
          + Evidence.allCases.map { Figure.percent(Double(counts[$0] ?? 0) / Double(openings)) })
    }
    return table.text
  }

  private var recalls: String {
    var table = MarkdownTable(
      ["kind"] + Fault.allCases.map(\.title) + ["own noise beyond 6, a week"])
    for result in faultResults {
      table.append(
        [result.kind.rawValue]
          + Fault.allCases.map { fault in result.faults[fault].map(Self.cell) ?? "–" }
          + [Figure.text(result.ownSpikesPerWeek)])
    }
    return """
      Faults found at 1 per \(TrialSettings.faultBudget), and the median delay in steps.

      \(table.text)
      """
  }

  private static func cell(_ result: FaultResult) -> String {
    let delay = result.medianDelay.map { ", \($0)" } ?? ""
    return "\(result.delays.count)/\(result.count)\(delay)"
  }

  private var pooledRecalls: String {
    var table = MarkdownTable(
      ["fault", "injected", "recall", "by chance", "median delay", "first evidence"])
    for fault in Fault.allCases {
      let result = pooled(fault)
      let evidence = result.evidence.sorted { ($1.value, $0.key.name) < ($0.value, $1.key.name) }
      table.append([
        fault.title, "\(result.count)", Figure.text(result.recall), Figure.text(result.chance),
        result.medianDelay.map { "\($0)" } ?? "–",
        evidence.prefix(3).map {
          "\($0.key.name) \(Figure.percent(Double($0.value) / Double(result.delays.count))) %"
        }.joined(separator: ", "),
      ])
    }
    return table.text
  }

  private var weakRecalls: String {
    Fault.allCases.map { fault in
      let weak = faultResults.filter { ($0.faults[fault]?.recall ?? 1) < 0.9 }
      let names = weak.isEmpty ? "no kind" : weak.map(\.kind.rawValue).joined(separator: ", ")
      return "\(fault.title): recall below .9 in \(names)\n"
    }.joined()
  }
}
