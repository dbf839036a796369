import Pipeline
import Replay
import TimeSeries

extension StreamPlan {
  /// What the report says of times that can hardly be meant.
  static func timeNotices(of plans: [StreamPlan]) -> [String] {
    var times = UnlikelyTimes()
    for plan in plans where !plan.stream.alignment.timeIsIndex {
      for entry in plan.series where entry.source.hasTimes {
        guard let first = entry.source.times.min(), let last = entry.source.times.max() else {
          continue
        }
        times.add(
          series: entry.source.name, pointCount: entry.source.times.count, first: first, last: last,
          alignment: plan.stream.alignment)
      }
    }
    return times.notices
  }
}
