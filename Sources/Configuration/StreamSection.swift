import Calibration
import Detection
import Forecasting
package import Pipeline
import TimeSeries

/// An entry of `streams:` — a group of series with one interval, model and schedule.
package struct StreamSection: Decodable, Sendable {
  package var settings: StreamSettings

  enum CodingKeys: String, CodingKey {
    case name, match, interval, aggregation, lateness, window, seasons, horizon, quantiles, model
    case retrain, training, anomalies, calibration, calendars
    case retrainOnDrift = "retrain_on_drift"
    case time
    case timeZone = "time_zone"
    case closeOnArrival = "close_on_arrival"
    case gapMaximum = "gap_maximum"
    case forecastEvery = "forecast_every"
    case nonNegative = "non_negative"
    case seriesMaximum = "series_maximum"
    case seriesExpiry = "series_expiry"
    case groupBy = "group_by"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let timeIsIndex = try Self.timeIsIndex(container)
    let interval = try container.duration(.interval, default: timeIsIndex ? 1 : 10_000)
    settings = StreamSettings(
      name: try Self.name(container), patterns: try Self.patterns(container),
      alignment: try Self.alignment(container, interval: interval, timeIsIndex: timeIsIndex),
      model: try Self.model(container, interval: interval, timeIsIndex: timeIsIndex),
      training: try container.decodeIfPresent(TrainingSection.self, forKey: .training)?.settings
        ?? TrainingSettings(),
      retraining: try Self.schedule(container, interval: interval, timeIsIndex: timeIsIndex),
      anomalies: try container.decodeIfPresent(AnomalySection.self, forKey: .anomalies)?.settings
        ?? AnomalySettings())
    settings.calibration =
      try container.decodeIfPresent(CalibrationSection.self, forKey: .calibration)?.settings
      ?? CalibrationSettings()
    guard settings.anomalies.silentAfter <= settings.alignment.maximumGap else {
      throw container.impossible(
        .gapMaximum,
        "is \(settings.alignment.maximumGap), but anomalies.silent_after waits for "
          + "\(settings.anomalies.silentAfter) steps without a point: silence would never be seen")
    }
    settings.grouping = try Self.grouping(container)
    settings.findsSeasons = try Self.seasons(container).isFound
    settings.retrainsOnDrift = try container.value(.retrainOnDrift, default: true)
    settings.publishedQuantiles = try Self.publishedQuantiles(container)
    settings.forecastEverySteps = try container.number(
      .forecastEvery, default: 1, in: 1...100_000)
    settings.seriesMaximum = try container.number(
      .seriesMaximum, default: 100_000, in: 1...10_000_000)
    settings.configuredSeriesExpiry = try Self.seriesExpiry(container, settings)
    settings.planned = try Self.planned(container, settings)
  }

  /// `calendars:` — planned maintenance and holidays.
  private static func planned(
    _ container: Container, _ settings: StreamSettings
  ) throws -> PlannedWindows {
    let sections = try container.value(.calendars, default: [CalendarSection]())
    do throws(CalendarSectionError) {
      return try CalendarSection.windows(of: sections, zone: settings.model.timeZone ?? .utc)
    } catch {
      throw container.impossible(.calendars, "\(error)")
    }
  }

  private static func seriesExpiry(
    _ container: Container, _ settings: StreamSettings
  ) throws -> Milliseconds? {
    guard container.contains(.seriesExpiry) else { return nil }
    let expiry = try container.duration(.seriesExpiry, default: 0)
    let gap = Int64(settings.alignment.maximumGap + 1) * settings.alignment.interval
    guard expiry >= gap + settings.alignment.allowedLateness else {
      throw container.impossible(
        .seriesExpiry,
        "\(ConfiguredDuration(milliseconds: expiry)) is over before gap_maximum has made a series "
          + "dormant: it must be at least "
          + "\(ConfiguredDuration(milliseconds: gap + settings.alignment.allowedLateness))")
    }
    guard expiry <= 36_600 * 86_400_000 else {
      throw container.impossible(.seriesExpiry, "is more than 36600d")
    }
    return expiry == settings.seriesExpiry ? nil : expiry  // as the default is
  }

  private typealias Container = KeyedDecodingContainer<CodingKeys>

  /// The name of the stream. It is part of file names and of commit metadata, so few characters are
  /// allowed.
  private static func name(_ container: Container) throws -> String {
    let name = try container.decode(String.self, forKey: .name)
    let isPlain =
      (1...64).contains(name.utf8.count)
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    guard isPlain else {
      throw container.impossible(
        .name, "'\(name)' is not 1 to 64 letters, digits, '_' and '-'")
    }
    return name
  }

  private static func patterns(_ container: Container) throws -> [SeriesPattern] {
    let texts = try container.value(.match, default: ["*"])
    guard !texts.isEmpty else {
      throw container.impossible(.match, "is empty: \"*\" matches every series")
    }
    do throws(TimeSeriesError) {
      var patterns: [SeriesPattern] = []
      for text in texts { patterns.append(try SeriesPattern(text)) }
      return patterns
    } catch {
      throw container.impossible(.match, "\(error)")
    }
  }

  /// `time:` — whether timestamps are real time, or only number the values of a series.
  private static func timeIsIndex(_ container: Container) throws -> Bool {
    guard try container.word(.time, default: false, among: ["clock": false, "index": true]) else {
      return false
    }
    for key in [CodingKeys.timeZone, .lateness, .closeOnArrival, .seriesExpiry, .calendars]
    where container.contains(key) {
      throw container.impossible(
        key, "means nothing with time: index, which has no calendar and no clock: leave it out")
    }
    return true
  }

  private static func alignment(
    _ container: Container, interval: Milliseconds, timeIsIndex: Bool
  ) throws -> AlignmentSettings {
    let alignment = AlignmentSettings(
      interval: interval,
      aggregation: try container.word(
        .aggregation, default: .mean,
        among: [
          "mean": .mean, "sum": .sum, "last": .last, "min": .min, "max": .max, "count": .count,
          "rate": .rate,
        ]),
      allowedLateness: timeIsIndex
        ? 0 : try container.duration(.lateness, default: min(interval, 5_000)),
      maximumGap: try container.number(.gapMaximum, default: 32, in: 0...1_000_000),
      closeOnArrival: try container.value(.closeOnArrival, default: timeIsIndex),
      timeIsIndex: timeIsIndex)
    try container.validate(
      keys: [
        "interval": .interval, "allowed lateness": .lateness, "maximum gap": .gapMaximum,
        "close on arrival": .closeOnArrival,
      ]
    ) { () throws(TimeSeriesError) in
      try alignment.validate()
    }
    return alignment
  }

  private static func model(
    _ container: Container, interval: Milliseconds, timeIsIndex: Bool
  ) throws -> ModelSettings {
    var model = ModelSettings(interval: interval)
    model.window = try container.number(.window, default: model.window, in: 32...65_536)
    model.horizon = try container.number(.horizon, default: model.horizon, in: 1...1_000)
    model.quantiles = ForecastLevels.computed(with: try publishedQuantiles(container))
    model.seasons = try seasonSteps(container, interval: interval, timeIsIndex: timeIsIndex)
    model.timeZone = timeIsIndex ? nil : try Self.timeZone(container)
    model.nonNegative = try container.value(.nonNegative, default: false)
    if let section = try container.decodeIfPresent(ModelSection.self, forKey: .model) {
      model.hiddenSize = section.hidden
      model.layerCount = section.layers
      model.architecture = section.architecture
    }
    do throws(ForecastingError) {
      try model.validate()
    } catch {
      // Every other setting was checked when it was read.
      guard case .invalidSetting("seasons", let reason) = error else {
        throw container.impossible(.window, "\(error)")
      }
      throw container.impossible(.seasons, reason)
    }
    return model
  }

  private static func seasonSteps(
    _ container: Container, interval: Milliseconds, timeIsIndex: Bool
  ) throws -> [Int] {
    let lengths = try Self.seasons(container).lengths
    guard lengths.count <= 2 else {
      throw container.impossible(.seasons, "names \(lengths.count) seasons; at most two are used")
    }
    var steps: [Int] = []
    for length in lengths {
      switch length {
      case .steps(let count):
        guard timeIsIndex else {
          throw container.impossible(
            .seasons, "\(count) has no unit: write a duration such as 1d (steps: with time: index)")
        }
        steps.append(count)
      case .duration(let season):
        guard !timeIsIndex else {
          throw container.impossible(
            .seasons, "\(season) is a duration, and time is an index: write a number of steps")
        }
        guard season.milliseconds % interval == 0, season.milliseconds >= 2 * interval else {
          throw container.impossible(
            .seasons, "\(season) is not a multiple of the interval, or less than two of it")
        }
        steps.append(Int(season.milliseconds / interval))
      }
    }
    return steps.sorted()
  }

  private static func seasons(_ container: Container) throws -> SeasonsValue {
    try container.decodeIfPresent(SeasonsValue.self, forKey: .seasons) ?? SeasonsValue()
  }

  private static func grouping(_ container: Container) throws -> SeriesGrouping? {
    guard let labels = try container.decodeIfPresent([String].self, forKey: .groupBy) else {
      return nil
    }
    guard Set(labels).count == labels.count, labels.count <= 16, !labels.contains("") else {
      throw container.impossible(
        .groupBy, "\(labels) are not up to 16 different names of labels, such as [host]")
    }
    return SeriesGrouping(labels: labels)
  }

  private static func timeZone(_ container: Container) throws -> TimeZoneRules {
    let name = try container.value(.timeZone, default: TimeZoneRules.utc.name)
    do throws(TimeSeriesError) {
      return try TimeZoneFile.rules(of: name)
    } catch {
      throw container.impossible(.timeZone, "\(error)")
    }
  }

  private static func publishedQuantiles(_ container: Container) throws -> [Double] {
    let quantiles = try container.value(.quantiles, default: ForecastLevels.published)
    guard !quantiles.isEmpty, quantiles.count <= 32, quantiles.allSatisfy({ $0 > 0 && $0 < 1 }),
      zip(quantiles, quantiles.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      throw container.impossible(
        .quantiles, "\(quantiles) are not 1 to 32 ascending numbers between 0 and 1")
    }
    return quantiles
  }

  private static func schedule(
    _ container: Container, interval: Milliseconds, timeIsIndex: Bool
  ) throws -> Schedule? {
    if timeIsIndex { return try stepSchedule(container, interval: interval) }
    let text = try container.value(.retrain, default: "6h")
    if text == "never" { return nil }
    do throws(TimeSeriesError) {
      if let period = ConfiguredDuration(text) { return try Schedule(every: period.milliseconds) }
      return try Schedule(cron: text)
    } catch {
      throw container.impossible(
        .retrain, "\(error); write never, a period such as 6h, or a cron expression in UTC")
    }
  }

  /// The schedule with `time: index`: a number of steps, because an index has no hours.
  private static func stepSchedule(
    _ container: Container, interval: Milliseconds
  ) throws -> Schedule? {
    let text = try container.value(.retrain, default: "168")
    if text == "never" { return nil }
    guard let steps = Int64(text), (1...1_000_000_000).contains(steps) else {
      throw container.impossible(
        .retrain, "'\(text)' is neither never nor a number of steps, which time: index asks for")
    }
    do throws(TimeSeriesError) {
      return try Schedule(every: steps * interval)
    } catch {
      throw container.impossible(.retrain, "\(error)")
    }
  }
}

/// `seasons:` — `auto`, or a list of lengths.
private struct SeasonsValue: Decodable {
  enum Length: Decodable {
    case duration(ConfiguredDuration)
    case steps(Int)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      do {
        self = .steps(try container.decode(Int.self))
      } catch DecodingError.typeMismatch {
        self = .duration(try container.decode(ConfiguredDuration.self))
      }
    }
  }

  var isFound = false
  var lengths: [Length] = []

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      guard try container.decode(String.self) == "auto" else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "must be auto, or a list such as [1d, 7d]")
      }
      isFound = true
    } catch DecodingError.typeMismatch {
      lengths = try container.decode([Length].self)
    }
  }
}

/// `model:` — the network.
private struct ModelSection: Decodable {
  var hidden: Int
  var layers: Int
  var architecture = ModelArchitecture()

  enum CodingKeys: String, CodingKey {
    case hidden, layers, cell, dropout, normalization, attention, head, loss
    case fixedWindow = "fixed_window"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    hidden = try container.number(.hidden, default: 64, in: 4...1_024)
    layers = try container.number(.layers, default: 1, in: 1...8)
    architecture.cell = try container.word(.cell, default: .lstm)
    architecture.dropout = try container.value(.dropout, default: 0)
    guard (0..<0.95).contains(architecture.dropout) else {
      throw container.impossible(.dropout, "\(architecture.dropout) is not in 0 to 0.95")
    }
    architecture.normalization = try container.word(.normalization, default: .none)
    architecture.attention = try container.number(.attention, default: 0, in: 0...64)
    architecture.head = try container.word(.head, default: .residual)
    architecture.loss = try container.word(.loss, default: .quantile)
    let window = try container.number(.fixedWindow, default: 0, in: 0...96)
    guard window == 0 || window >= max(8, architecture.attention) else {
      throw container.impossible(
        .fixedWindow, "\(window) is neither 0 nor at least 8 and the states of attention")
    }
    architecture.fixedWindow = window
  }
}
