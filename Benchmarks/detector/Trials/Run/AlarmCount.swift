/// Openings against those that a budget allows.
package struct AlarmCount: Sendable {
  package var openings = 0
  package var seriesWeeks = 0
  /// Openings that the budget allows.
  package var allowed = 0.0

  package init() {}

  package init(openings: Int, seriesWeeks: Int, perWeek: Double) {
    self.openings = openings
    self.seriesWeeks = seriesWeeks
    allowed = Double(seriesWeeks) * perWeek
  }

  /// Openings as a multiple of the budget; NaN where nothing was measured.
  package var factor: Double { allowed > 0 ? Double(openings) / allowed : .nan }

  static func + (left: AlarmCount, right: AlarmCount) -> AlarmCount {
    var sum = left
    sum.openings += right.openings
    sum.seriesWeeks += right.seriesWeeks
    sum.allowed += right.allowed
    return sum
  }
}
