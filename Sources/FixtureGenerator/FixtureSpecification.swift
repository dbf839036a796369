import TimeSeries

/// Everything that determines a generated fixture: equal specifications give equal bytes.
package struct FixtureSpecification: Sendable, Equatable {
  package let seed: UInt64
  package let series: Int
  package let steps: Int
  package let intervalSeconds: Int
  /// Time of the first step since the Unix epoch.
  package let startSeconds: Int64
  /// Dealt to the series in turn.
  package let shapes: [SeriesShape]

  /// Monday, 2025-01-06T00:00:00Z.
  package static let defaultStartSeconds: Int64 = 1_736_121_600

  private static let pointsMaximum = 200_000_000

  /// - Throws: `FixtureError.invalid` for what cannot be generated.
  package init(
    seed: UInt64 = 1, series: Int = 12, steps: Int = 2016, intervalSeconds: Int = 300,
    startSeconds: Int64 = defaultStartSeconds, shapes: [SeriesShape] = SeriesShape.allCases
  ) throws(FixtureError) {
    guard series >= 1 else { throw .invalid("at least one series is needed") }
    guard steps >= 1 else { throw .invalid("at least one step is needed") }
    guard intervalSeconds >= 1, intervalSeconds <= 86_400 else {
      throw .invalid("the interval must lie between one second and one day")
    }
    guard startSeconds >= 0, startSeconds <= 4_102_444_800 else {
      throw .invalid("the start must lie between 1970 and 2100")
    }
    guard !shapes.isEmpty else { throw .invalid("at least one shape is needed") }
    guard steps <= Self.pointsMaximum, series <= Self.pointsMaximum / steps else {
      throw .invalid("more than \(Self.pointsMaximum) points do not fit into memory")
    }
    guard Int64(steps) * Int64(intervalSeconds) <= 4_102_444_800 else {
      throw .invalid("the steps reach more than 130 years")
    }
    self.seed = seed
    self.series = series
    self.steps = steps
    self.intervalSeconds = intervalSeconds
    self.startSeconds = startSeconds
    self.shapes = shapes
  }

  package func seconds(of step: Int) -> Int64 {
    startSeconds + Int64(step) * Int64(intervalSeconds)
  }

  /// RFC 3339, in UTC.
  func timeText(ofStep step: Int) -> String { TimeText.text(1000 * seconds(of: step)) }

  /// Share of the day since midnight UTC, in [0, 1).
  func dayFraction(of step: Int) -> Double {
    Double(seconds(of: step) % 86_400) / 86_400
  }

  func isWeekend(_ step: Int) -> Bool {
    // The epoch began on a Thursday.
    (seconds(of: step) / 86_400 + 3) % 7 >= 5
  }
}
