import Glibc
package import TimeSeries

/// What a stream has spent of its budget of false alarms, and what it was allowed. What is older than a
/// week fades.
///
/// Nobody can say which incidents are false alarms. On a stream without faults all are, so the ledger
/// shows there whether the budget is kept.
package struct AlarmLedger: Sendable, Equatable {
  private let week: Milliseconds
  private let budget: AlarmBudget
  /// Incidents that count against the budget.
  package private(set) var spent = 0.0
  private var seriesWeeks = 0.0
  private var updatedAt = Milliseconds.min

  package init(budget: AlarmBudget, pace: GroupPace) {
    self.budget = budget
    week = pace.week
  }

  /// Incidents that the budget has left; negative where more have opened than it allows.
  package var left: Double { seriesWeeks * budget.perWeek - spent }

  /// Lets time pass for a number of series.
  package mutating func advance(to time: Milliseconds, seriesCount: Int) {
    guard updatedAt != .min else {
      updatedAt = time
      return
    }
    guard time > updatedAt else { return }
    let fading = exp(-Double(time - updatedAt) / Double(week))
    spent *= fading
    seriesWeeks = seriesWeeks * fading + Double(seriesCount) * (1 - fading)
    updatedAt = time
  }

  /// - Parameter incidents: negative to take some back.
  package mutating func spend(_ incidents: Double) { spent = max(0, spent + incidents) }

  // MARK: - Text

  /// The form in a snapshot.
  package var text: String { "\(spent) \(seriesWeeks) \(updatedAt)" }

  /// Restores what `text` has said; what cannot be read is nothing.
  package mutating func restore(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 3, let spent = Double(words[0]), let weeks = Double(words[1]),
      let time = Milliseconds(words[2]), spent >= 0, weeks >= 0
    else { return }
    (self.spent, seriesWeeks, updatedAt) = (spent, weeks, time)
  }
}
