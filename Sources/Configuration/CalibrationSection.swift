import Calibration
import TimeSeries

/// `calibration:` — how forecasts are corrected, and how the forecaster is chosen.
struct CalibrationSection: Decodable {
  var settings = CalibrationSettings()

  enum CodingKeys: String, CodingKey {
    case enabled, baselines, hysteresis, memory
    case shiftRate = "shift_rate"
    case coverageRate = "coverage_rate"
  }

  /// The configuration keys, by the setting names in the errors of `CalibrationSettings`.
  private static let keys: [String: CodingKeys] = [
    "shift rate": .shiftRate, "coverage rate": .coverageRate, "hysteresis": .hysteresis,
    "memory": .memory,
  ]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    settings.enabled = try container.value(.enabled, default: settings.enabled)
    settings.shiftRate = try container.value(.shiftRate, default: settings.shiftRate)
    settings.coverageRate = try container.value(.coverageRate, default: settings.coverageRate)
    settings.baselines = try container.value(.baselines, default: settings.baselines)
    settings.hysteresis = try container.value(.hysteresis, default: settings.hysteresis)
    settings.memory = try container.value(.memory, default: settings.memory)
    try container.validate(keys: Self.keys) { () throws(TimeSeriesError) in
      try settings.validate()
    }
  }
}
