/// The planned windows of one page of time, about two months, by groups: between two begins and ends
/// the groups that have a window stay the same.
struct PlannedPage: Sendable {
  private static let length: Milliseconds = 64 * 86_400_000

  let number: Int64
  /// Where the groups change, ascending; the first is the begin of the page.
  private var begins: [Milliseconds] = []
  /// The groups from each of `begins` on: where their numbers begin in `groups`.
  private var starts: [Int] = []
  private var groups: [Int32] = []

  static func number(of time: Milliseconds) -> Int64 {
    AlignmentSettings.floor(time, to: length) / length
  }

  static func times(of number: Int64) -> Range<Milliseconds> {
    number * length..<(number + 1) * length
  }

  /// - Parameter groups: the spans of each group, which may overlap and leave the page.
  init(number: Int64, groups spans: [[Range<Milliseconds>]]) {
    self.number = number
    let times = Self.times(of: number)
    var changes: [(time: Milliseconds, group: Int32, isBegin: Bool)] = []
    for (group, spans) in spans.enumerated() {
      for span in Self.joined(spans).map({ $0.clamped(to: times) }) where !span.isEmpty {
        changes.append((span.lowerBound, Int32(group), true))
        if span.upperBound < times.upperBound {
          changes.append((span.upperBound, Int32(group), false))
        }
      }
    }
    changes.sort { $0.time < $1.time }
    var active: Set<Int32> = []
    begins.append(times.lowerBound)
    starts.append(0)
    for (index, change) in changes.enumerated() {
      if change.isBegin { active.insert(change.group) } else { active.remove(change.group) }
      if index + 1 < changes.count, changes[index + 1].time == change.time { continue }
      if change.time == times.lowerBound {
        groups = active.sorted()
      } else {
        begins.append(change.time)
        starts.append(groups.count)
        groups += active.sorted()
      }
    }
  }

  /// The spans, ascending and without those that touch another.
  private static func joined(_ spans: [Range<Milliseconds>]) -> [Range<Milliseconds>] {
    var joined: [Range<Milliseconds>] = []
    for span in spans.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = joined.last, span.lowerBound <= last.upperBound {
        joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, span.upperBound)
      } else {
        joined.append(span)
      }
    }
    return joined
  }

  /// The time around `time` in which the groups stay the same, and the groups.
  func segment(
    at time: Milliseconds
  ) -> (from: Milliseconds, until: Milliseconds, groups: ArraySlice<Int32>) {
    // The number of begins at or before `time`, of which the first always is.
    var low = 1
    var high = begins.count
    while low < high {
      let middle = (low + high) / 2
      if begins[middle] <= time { low = middle + 1 } else { high = middle }
    }
    let isLast = low == begins.count
    return (
      begins[low - 1], isLast ? Self.times(of: number).upperBound : begins[low],
      groups[starts[low - 1]..<(isLast ? groups.count : starts[low])]
    )
  }
}
