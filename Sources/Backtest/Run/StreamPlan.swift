import Forecasting
package import Pipeline
import Replay
import TimeSeries

/// The series, settings and rows of one stream of a backtest. Each stream has a worker of its own,
/// so that streams can run in parallel and their results do not depend on each other.
struct StreamPlan: Sendable {
  /// The rows at which the forecasts of a group's series are scored: `first`, `first + every`, … as
  /// long as the horizon ends before `end`.
  struct Window: Sendable, Equatable {
    var group: HistoryGroup
    /// The last row before the first forecast.
    var first: Int
    /// One past the last row that may be a target.
    var end: Int
    var every: Int
    var horizon: Int

    func isOrigin(_ row: Int) -> Bool {
      row >= first && row + horizon < end && (row - first) % every == 0
    }

    /// Time of the first target.
    var firstTime: Milliseconds { group.time(ofRow: first + 1) }
    var endTime: Milliseconds { group.time(ofRow: end) }

    var originCount: Int {
      let span = end - horizon - first
      return span <= 0 ? 0 : (span + every - 1) / every
    }
  }

  struct Series: Sendable {
    var source: History.Series
    var window: Int
  }

  /// Each row of a series takes eight bytes.
  private static let rowCountMaximum = 50_000_000

  /// Settings of the worker; they have this one stream.
  var settings: PipelineSettings
  var series: [Series]
  var windows: [Window]

  /// A time of the trainer's records as text: the time, or the index.
  func timeText(_ time: Milliseconds) -> String {
    stream.alignment.timeIsIndex ? "\(time / interval)" : TimeText.text(time)
  }

  var stream: StreamSettings { settings.streams[0] }
  var interval: Milliseconds { stream.alignment.interval }
  var horizon: Int { stream.model.horizon }
  var quantiles: [Double] { stream.model.quantiles }
  var pointCount: Int { series.reduce(0) { $0 + $1.source.times.count } }
  var forecastCount: Int { series.reduce(0) { $0 + windows[$1.window].originCount } }
}

extension StreamPlan {
  /// One plan for each stream that has series, in the order of the configuration, or of intervals.
  ///
  /// - Throws: where settings are out of range, or nothing is to be forecast.
  static func plans(
    _ history: History, _ options: BacktestOptions
  ) throws(BacktestError) -> [StreamPlan] {
    var plans: [StreamPlan] = []
    let streams = try streams(history, options)
    for (settings, members) in streams {
      let series = members.map { history.series[$0] }
      plans.append(
        try StreamPlan(
          series, of: settings, streamCount: streams.count,
          isTest: history.testLength != nil, options))
    }
    guard plans.contains(where: { $0.forecastCount > 0 }) else {
      let rows = plans.flatMap(\.windows).map(\.group.rowCount).max() ?? 0
      let reason = """
        the history has \(rows) rows; a first forecast needs one row or more before it and \
        the horizon's rows after it
        """
      throw .nothingToForecast(
        reason: ([reason] + timeNotices(of: plans)).joined(separator: "; "))
    }
    return plans
  }

  private init(
    _ series: [History.Series], of stream: StreamSettings, streamCount: Int, isTest: Bool,
    _ options: BacktestOptions
  ) throws(BacktestError) {
    let interval = stream.alignment.interval
    let components = Self.components(of: series)
    windows = []
    for members in components.members {
      var group = HistoryGroup(series: members.map { series[$0] }, interval: interval)
      if stream.alignment.timeIsIndex {
        // A test table has only the order of the values.
        group.firstIndex = isTest ? 0 : Int(group.firstTime / interval)
        try Self.requireRow(options.from, isTest)
        if let to = options.to { try Self.requireRow(to, isTest) }
      }
      guard group.rowCount <= Self.rowCountMaximum else {
        throw .settings(
          """
          the times from \(TimeText.text(group.firstTime)) on are \(group.rowCount) steps of \
          \(interval) ms: give a longer --interval, or correct wrong times
          """)
      }
      let end = min(options.to?.row(in: group) ?? group.rowCount, group.rowCount)
      windows.append(
        Window(
          group: group, first: max(options.from.row(in: group), 1) - 1, end: end,
          every: options.every, horizon: stream.model.horizon))
    }
    self.series = zip(series, components.ofSeries).map { [windows] entry, window in
      Series(source: entry.points(before: windows[window].endTime), window: window)
    }
    settings = options.configuration ?? PipelineSettings(streams: [])
    var stream = stream
    // One training right before the first origin. Where a value closes its own step, the forecast
    // follows at once, so the training comes one step earlier.
    let lead = stream.alignment.closeOnArrival ? interval : 0
    stream.firstTraining = windows.filter { $0.originCount > 0 }
      .map { $0.group.time(ofRow: $0.first) - lead }.min()
    if options.configuration == nil {
      // The first training takes all rows before --from, not only those that a daemon keeps.
      let rows = windows.map { $0.first + 1 }.max() ?? 0
      stream.training.historyPoints = max(stream.training.historyPoints, rows)
    }
    // Streams run in parallel; the threads that are left share the minibatches of a training.
    stream.training.threads = max(1, options.threads / streamCount)
    settings.streams = [stream]
    settings.seed = options.seed
    settings = settings.forHistory
  }

  private static func requireRow(
    _ mark: HistoryMark, _ isTest: Bool
  ) throws(BacktestError) {
    guard case .time = mark, !isTest else { return }
    throw .settings(
      "\(mark): the history has no times, its rows are only numbered: give a row or a share")
  }

  /// Series that share a file, directly or through others.
  private static func components(
    of series: [History.Series]
  ) -> (members: [[Int]], ofSeries: [Int]) {
    var ofFile: [Int: Int] = [:]
    var parents: [Int] = []
    func root(_ component: Int) -> Int {
      var component = component
      while parents[component] != component { component = parents[component] }
      return component
    }
    var own: [Int] = []
    for entry in series {
      let known = Set(entry.files.compactMap { ofFile[$0] }.map(root)).sorted()
      let component = known.first ?? parents.count
      if known.isEmpty { parents.append(component) }
      for other in known { parents[other] = component }
      for file in entry.files { ofFile[file] = component }
      own.append(component)
    }
    var numbers: [Int: Int] = [:]
    var members: [[Int]] = []
    let ofSeries = own.enumerated().map { index, component in
      let root = root(component)
      let number = numbers[root] ?? members.count
      if number == members.count {
        numbers[root] = number
        members.append([])
      }
      members[number].append(index)
      return number
    }
    return (members, ofSeries)
  }
}

extension PipelineSettings {
  /// The settings of a worker that reads a history instead of Kafka.
  package var forHistory: PipelineSettings {
    var settings = self
    settings.start = .earliest
    settings.isInOrder = true
    settings.commitIntervalMilliseconds = 0
    // The clock stands still until the history is at its end, and then closes the last buckets.
    settings.idleMilliseconds = 1
    settings.isTransactional = false
    settings.sendsDeadLetters = false
    settings.sendsReports = true
    return settings
  }
}

extension History.Series {
  /// The series without the points from `end` on, which take no part in the backtest.
  fileprivate func points(before end: Milliseconds) -> Self {
    guard times.contains(where: { $0 >= end }) else { return self }
    var kept = self
    let indices = times.indices.filter { times[$0] < end }
    kept.times = indices.map { times[$0] }
    kept.values = indices.map { values[$0] }
    return kept
  }
}
