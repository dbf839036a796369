import Detection
import TimeSeries

/// `anomalies:` — what counts as an anomaly.
struct AnomalySection: Decodable {
  var settings = AnomalySettings()

  enum CodingKeys: String, CodingKey {
    case enabled, direction, learning
    case falseAlarms = "false_alarms"
    case deviationMinimum = "deviation_minimum"
    case deviationMinimumRelative = "deviation_minimum_relative"
    case durationMinimum = "duration_minimum"
    case validRange = "valid_range"
    case silentAfter = "silent_after"
    // Of earlier versions.
    case threshold, critical, smoothing, refractory
  }

  /// The configuration keys, by the setting names in the errors of `AnomalySettings`.
  private static let keys: [String: CodingKeys] = [
    "false alarms": .falseAlarms, "minimum deviation": .deviationMinimum,
    "minimum relative deviation": .deviationMinimumRelative, "minimum steps": .durationMinimum,
    "silent after": .silentAfter, "learning steps": .learning,
  ]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try Self.refuseFormerKeys(container)
    let defaults = settings
    settings.enabled = try container.value(.enabled, default: true)
    if let text = try container.decodeIfPresent(String.self, forKey: .falseAlarms) {
      guard let budget = AlarmBudget(text) else {
        throw container.impossible(
          .falseAlarms, "'\(text)' is no budget: write, for example, '1 per series per week'")
      }
      settings.budget = budget
    }
    settings.minimumDeviation = try container.value(.deviationMinimum, default: 0)
    settings.minimumRelativeDeviation = try container.value(.deviationMinimumRelative, default: 0)
    settings.minimumSteps = try container.value(.durationMinimum, default: 1)
    settings.validRange = try Self.validRange(container)
    settings.direction = try container.word(
      .direction, default: .both, among: ["both": .both, "up": .up, "down": .down])
    settings.silentAfter = try container.value(.silentAfter, default: defaults.silentAfter)
    settings.learningSteps = try container.value(.learning, default: defaults.learningSteps)
    try container.validate(keys: Self.keys) { () throws(TimeSeriesError) in
      try settings.validate()
    }
  }

  private static func validRange(
    _ container: KeyedDecodingContainer<CodingKeys>
  ) throws -> ClosedRange<Double>? {
    guard let bounds = try container.decodeIfPresent([Double].self, forKey: .validRange) else {
      return nil
    }
    guard bounds.count == 2, bounds[0] < bounds[1] else {
      throw container.impossible(.validRange, "must be two ascending numbers: [0, 100]")
    }
    return bounds[0]...bounds[1]
  }

  private static func refuseFormerKeys(
    _ container: KeyedDecodingContainer<CodingKeys>
  ) throws {
    let remedies: [(CodingKeys, String)] = [
      (
        .threshold,
        "is gone: write how many false alarms a series may have, "
          + "'false_alarms: 1 per series per week' (a threshold of 4 at one step a minute)"
      ),
      (.critical, "is gone: an incident is critical that is a hundred times rarer than the budget"),
      (.smoothing, "is gone: how many steps are joined follows from the interval"),
      (
        .refractory,
        "is gone: an incident has one record when it opens, when it becomes critical and "
          + "when it closes"
      ),
    ]
    for (key, remedy) in remedies where container.contains(key) {
      throw container.impossible(key, remedy)
    }
  }
}
