/// Says what is planned for the steps of a stream in one partition: planned windows with what is
/// known of the present, so that a step costs two comparisons while the windows of the step before
/// hold.
///
/// It keeps nothing that its windows do not say again: it is no part of a snapshot, and an abort only
/// makes it forget to which series the rows belong.
package struct PlannedSteps: Sendable {
  package let windows: PlannedWindows
  private let interval: Milliseconds
  /// Windows that have the same effect on the same series.
  private let groups: [Group]
  /// The windows of the newest two pages of time that were asked for, an even and an odd one.
  private var pages: [PlannedPage?] = [nil, nil]
  /// The step times of which `active` is known.
  private var from: Milliseconds = 0
  private var until: Milliseconds = 0
  /// The groups that have a window then.
  private var active: ArraySlice<Int32> = []
  /// Of each group with a pattern, by row: whether it is for the series.
  private var matches: [[Match]]

  private struct Group: Sendable {
    var series: SeriesPattern?
    var effect: PlannedEffect
    /// Indices of windows.
    var windows: [Int]
  }

  private enum Match: UInt8 { case unknown, yes, no }

  /// - Parameter interval: of the steps. A step has its bucket's part in a window if the two overlap.
  package init(_ windows: PlannedWindows = .none, interval: Milliseconds) {
    self.windows = windows
    self.interval = interval
    var groups: [Group] = []
    var numbers: [GroupKey: Int] = [:]
    for (index, window) in windows.windows.enumerated() {
      let key = GroupKey(series: window.series?.text, effect: window.effect)
      if let number = numbers[key] {
        groups[number].windows.append(index)
      } else {
        numbers[key] = groups.count
        groups.append(Group(series: window.series, effect: window.effect, windows: [index]))
      }
    }
    self.groups = groups
    matches = Array(repeating: [], count: groups.count)
  }

  private struct GroupKey: Hashable {
    var series: String?
    var effect: PlannedEffect
  }

  /// Whether there are no windows at all.
  package var isEmpty: Bool { groups.isEmpty }

  /// What is planned for the step whose bucket ends at `time`.
  ///
  /// - Parameter key: the series of the row; asked for once for each group with a pattern.
  /// - Complexity: O(1) while time stays between two begins and ends of windows, and O(log n)
  ///   otherwise; once for each page of time O(n) with the windows in it.
  package mutating func effect(
    at time: Milliseconds, row: Int, key: () -> SeriesKey
  ) -> PlannedEffect {
    if isEmpty { return [] }
    if time < from || time >= until { move(to: time) }
    var effect: PlannedEffect = []
    for number in active where isFor(row: row, group: Int(number), key: key) {
      effect.formUnion(groups[Int(number)].effect)
    }
    return effect
  }

  private mutating func isFor(row: Int, group number: Int, key: () -> SeriesKey) -> Bool {
    guard let pattern = groups[number].series else { return true }
    let known = matches[number].count
    if row >= known {
      matches[number].append(contentsOf: repeatElement(.unknown, count: row + 1 - known))
    }
    if matches[number][row] == .unknown {
      matches[number][row] = pattern.matches(key()) ? .yes : .no
    }
    return matches[number][row] == .yes
  }

  /// The windows that suppress, for whatever series.
  package var suppressing: PlannedSteps {
    let suppressing = windows.windows.filter(\.effect.suppresses).map { window in
      PlannedWindow(
        id: window.id, span: window.span, recurrence: window.recurrence, effect: .suppress)
    }
    return PlannedSteps(PlannedWindows(suppressing), interval: interval)
  }

  /// The first step time from which on something else may be planned than for a time; nil if nothing
  /// is planned for the time and for series without a pattern.
  mutating func planEnd(at time: Milliseconds) -> Milliseconds? {
    if isEmpty { return nil }
    if time < from || time >= until { move(to: time) }
    return active.isEmpty ? nil : until
  }

  /// The row belongs to another series now.
  package mutating func forget(row: Int) {
    for number in matches.indices where row < matches[number].count {
      matches[number][row] = .unknown
    }
  }

  /// Any row may belong to another series now.
  package mutating func forgetRows() {
    for number in matches.indices { matches[number].removeAll(keepingCapacity: true) }
  }

  private mutating func move(to time: Milliseconds) {
    let number = PlannedPage.number(of: time)
    let slot = Int(number & 1)
    let page: PlannedPage
    if let kept = pages[slot], kept.number == number {
      page = kept
    } else {
      page = PlannedPage(number: number, groups: groups.map { spans($0, page: number) })
      pages[slot] = page
    }
    (from, until, active) = page.segment(at: time)
  }

  /// The step times of a group's windows that overlap a page.
  private func spans(_ group: Group, page: Int64) -> [Range<Milliseconds>] {
    // A bucket [time − interval, time) overlaps [begin, end) from begin + 1 to end + interval − 1.
    let times = PlannedPage.times(of: page)
    let range = times.lowerBound - interval..<times.upperBound
    var spans: [Range<Milliseconds>] = []
    for index in group.windows {
      for span in windows.windows[index].spans(in: range) {
        spans.append(span.lowerBound + 1..<span.upperBound + interval)
      }
    }
    return spans
  }
}
