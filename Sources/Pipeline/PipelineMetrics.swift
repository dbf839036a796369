import Forecasting
package import Metrics
package import TimeSeries

/// The metrics of a process's pipeline. All its workers and its router share them.
package struct PipelineMetrics: Sendable {
  package let points: PointCounters
  package let missingValues: Counter
  package let scatteredSeries: Counter
  package let routedPoints: Counter
  /// Channels that were not waited for any longer.
  package let stalledChannels: Counter
  package let drops: DropCounters
  package let unmatched: InputCounters
  /// Points whose times are decades from their records'.
  package let distant: InputCounters
  package let steps: StepCounters
  package let forecasts: Counter
  package let forecastBytes: Counter
  /// Forecast records by forecaster, in the order of `Forecaster.allCases`.
  package let forecasters: CounterFamily
  /// Share of recent values that were within the interval that was published for them.
  package let coverage: GaugeFamily
  package let anomalies: Counter
  /// Incidents that opened, in the order of `OpeningCounts.names`.
  package let incidents: CounterFamily
  package let budgetSpent: GaugeFamily
  package let budgetLeft: GaugeFamily
  /// Incidents that did not open because of a planned window, by stream.
  package let suppressed: CounterFamily
  package let commits: Counter
  package let aborts: Counter
  /// Records that retention deleted before they were read.
  package let lostRecords: Counter
  /// Records that were left out because a broker refuses them, in the order of
  /// `OutputTopic.allCases`.
  package let refusedRecords: CounterFamily
  /// Records of the control topic, in the order of `ControlLog.Outcome.allCases`.
  package let controlRecords: CounterFamily
  package let snapshots: Counter
  package let snapshotFailures: Counter
  package let retrainings: Counter
  package let adoptions: Counter
  package let drifts: Counter
  /// Number of partitions that are assigned to the workers.
  package let assignedPartitions: Gauge
  package let series: GaugeFamily
  package let lag: GaugeFamily
  package let watermark: GaugeFamily
  package let freshness: GaugeFamily
  /// Event time that the holding channel of a partition has been passed on to.
  package let horizon: GaugeFamily
  package let modelVersion: GaugeFamily
  let batchSeconds: Histogram
  let commitSeconds: Histogram
  let replaySeconds: Histogram

  /// Points that reached a series, by outcome; counted when they are committed.
  package struct PointCounters: Sendable {
    private let family: CounterFamily

    fileprivate init(_ family: CounterFamily) { self.family = family }

    func add(_ counts: AlignmentCounts) {
      for outcome in PointOutcome.allCases {
        family[Int(outcome.rawValue)].add(counts.count(of: outcome))
      }
    }

    package subscript(outcome: PointOutcome) -> UInt64 { family[Int(outcome.rawValue)].value }

    /// Points that came in time, repeated ones included.
    package var inTime: UInt64 {
      PointOutcome.allCases.filter { $0.dropReason == nil }.reduce(0) { $0 + self[$1] }
    }
  }

  /// Steps by kind, and what happened to series; counted when they are committed.
  package struct StepCounters: Sendable {
    fileprivate let steps: CounterFamily
    fileprivate let events: CounterFamily

    func add(_ counts: AlignmentCounts) {
      for (number, count) in counts.stepsByKind.enumerated() { steps[number].add(count) }
      for (number, count) in counts.eventCounts.enumerated() { events[number].add(count) }
    }
  }

  /// Counts of points and messages that were not used, by reason.
  package struct DropCounters: Sendable {
    private let family: CounterFamily

    fileprivate init(_ family: CounterFamily) { self.family = family }

    package func add(_ count: Int, _ reason: DropReason) {
      family[Int(reason.rawValue)].add(count)
    }

    package subscript(reason: DropReason) -> UInt64 { family[Int(reason.rawValue)].value }

    /// Names and counts of the reasons that have occurred.
    package var nonZero: [(reason: String, count: Int)] {
      DropReason.allCases.map { ($0.name, Int(self[$0])) }.filter { $0.1 > 0 }
    }
  }

  /// Counts of points by input.
  package struct InputCounters: Sendable {
    private let family: CounterFamily
    private let numbers: [String: Int]

    fileprivate init(_ family: CounterFamily, inputs: [String]) {
      self.family = family
      numbers = Dictionary(uniqueKeysWithValues: zip(inputs, inputs.indices))
    }

    func add(_ count: Int, input topic: String) { family[numbers[topic] ?? 0].add(count) }

    package subscript(input topic: String) -> UInt64 { family[numbers[topic] ?? 0].value }

    package var total: UInt64 { numbers.values.reduce(0) { $0 + family[$1].value } }
  }

  /// Names and counts of what was not used: the drops, and the points that no stream matches.
  package var unused: [(reason: String, count: Int)] {
    let unmatched = DropReason.unmatched.name
    return drops.nonZero.filter { $0.reason != unmatched }
      + (self.unmatched.total > 0 ? [(unmatched, Int(self.unmatched.total))] : [])
  }

  /// - Parameters:
  ///   - inputs: the topics that are read. What reads one topic only need not name it.
  ///   - streams: the names of the streams, in their order. What has one only need not name it.
  package init(
    registry: MetricsRegistry, inputs: [String] = ["input"], streams: [String] = ["stream"]
  ) {
    unmatched = InputCounters(
      registry.counters(
        "forecastd_unmatched_points_total", "Points that no stream matches, by input.",
        label: "input", values: inputs), inputs: inputs)
    distant = InputCounters(
      registry.counters(
        "forecastd_distant_points_total",
        "Points whose times are more than ten years from their records', by input.",
        label: "input", values: inputs), inputs: inputs)
    points = PointCounters(
      registry.counters(
        "forecastd_points_total", "Points that reached a series, by what became of them.",
        label: "outcome", values: PointOutcome.allCases.map(\.name)))
    drifts = registry.counter(
      "forecastd_drifts_total", "Retrainings brought forward because forecasts had become worse.")
    scatteredSeries = registry.counter(
      "forecastd_scattered_series_total",
      "Series of keyed inputs that were seen in a second partition.")
    missingValues = registry.counter(
      "forecastd_missing_values_total", "Readings whose value was null.")
    stalledChannels = registry.counter(
      "forecastd_stalled_channels_total",
      "Channels that a partition of the points topic stopped waiting for.")
    routedPoints = registry.counter(
      "forecastd_routed_points_total", "Points that the router wrote by series.")
    drops = DropCounters(
      registry.counters(
        "forecastd_drops_total", "Points and messages that were not used.", label: "reason",
        values: DropReason.allCases.map(\.name)))
    steps = StepCounters(
      steps: registry.counters(
        "forecastd_steps_total", "Steps of series, those without a value included.",
        label: "kind", values: AlignmentCounts.stepKinds),
      events: registry.counters(
        "forecastd_series_events_total", "What happened to series and their counters.",
        label: "event", values: AlignmentCounts.seriesEvents))
    forecasts = registry.counter("forecastd_forecasts_total", "Forecast records produced.")
    forecasters = registry.counters(
      "forecastd_forecasts_by_forecaster_total", "Forecast records by who made them.",
      label: "forecaster", values: Forecaster.allCases.map { "\($0.name)" })
    coverage = registry.gauges(
      "forecastd_interval_coverage",
      "Share of values that lately were within the interval that was forecast for them.",
      labelNames: ["stream", "topic", "partition", "interval"])
    forecastBytes = registry.counter(
      "forecastd_forecast_bytes_total", "Bytes of forecast records before compression.")
    anomalies = registry.counter("forecastd_anomalies_total", "Anomaly records produced.")
    incidents = registry.counters(
      "forecastd_incidents_total", "Incidents that opened, by their strongest evidence.",
      label: "kind", values: OpeningCounts.names)
    budgetSpent = registry.gauges(
      "forecastd_false_alarm_budget_spent",
      "Incidents that count against the budget of false alarms, fading over a week.",
      labelNames: ["stream", "topic", "partition"])
    budgetLeft = registry.gauges(
      "forecastd_false_alarm_budget_left",
      "Incidents that the budget of false alarms has left, fading over a week.",
      labelNames: ["stream", "topic", "partition"])
    suppressed = registry.counters(
      "forecastd_suppressed_incidents_total",
      "Incidents that did not open because of a planned window, by stream.", label: "stream",
      values: streams)
    commits = registry.counter("forecastd_commits_total", "Commits of records and offsets.")
    aborts = registry.counter(
      "forecastd_aborts_total", "Transactions that were aborted and done again.")
    lostRecords = registry.counter(
      "forecastd_lost_records_total",
      "Records that the log had deleted before they were read.")
    refusedRecords = registry.counters(
      "forecastd_refused_records_total",
      "Records that were left out because no broker, or not their topic, takes them.",
      label: "output", values: OutputTopic.allCases.map(\.name))
    controlRecords = registry.counters(
      "forecastd_control_records_total", "Records of the control topic that were read, by kind.",
      label: "kind", values: ControlLog.Outcome.allCases.map(\.rawValue))
    snapshots = registry.counter("forecastd_snapshots_total", "Snapshots written.")
    snapshotFailures = registry.counter(
      "forecastd_snapshot_failures_total", "Snapshots that could not be written.")
    retrainings = registry.counter("forecastd_retrainings_total", "Retrainings concluded.")
    adoptions = registry.counter(
      "forecastd_model_adoptions_total", "Retrainings whose model became the champion.")
    assignedPartitions = registry.gauge(
      "forecastd_assigned_partitions", "Partitions that this process's workers have.")
    series = registry.gauges(
      "forecastd_series", "Series a partition holds.", labelNames: ["topic", "partition"])
    lag = registry.gauges(
      "forecastd_lag_records", "Records of a partition that are not processed yet.",
      labelNames: ["topic", "partition"])
    watermark = registry.gauges(
      "forecastd_watermark_seconds", "Newest event time of a partition, since 1970.",
      labelNames: ["topic", "partition"])
    freshness = registry.gauges(
      "forecastd_freshness_seconds", "How far a partition's newest event time is behind the clock.",
      labelNames: ["topic", "partition"])
    horizon = registry.gauges(
      "forecastd_horizon_seconds",
      "Time up to which the slowest channel, which holds the time of a partition, has been routed.",
      labelNames: ["topic", "partition", "channel"])
    modelVersion = registry.gauges(
      "forecastd_model_version", "Version of the champion.", labelNames: ["stream"])
    batchSeconds = registry.histogram(
      "forecastd_batch_seconds",
      "Time of a turn of the worker loop that had messages, polling "
        + "included.", exponents: -14...4)
    commitSeconds = registry.histogram(
      "forecastd_commit_seconds", "Time of a commit.", exponents: -14...6)
    replaySeconds = registry.histogram(
      "forecastd_replay_slice_seconds",
      "Time of a slice of hidden states replayed for a new model, within a turn.",
      exponents: -14...4)
  }

  /// Adds the openings that a commit has made final.
  func count(openings: [Int]) {
    for (number, count) in openings.enumerated() where count > 0 { incidents[number].add(count) }
  }

  /// Adds the counts of alignment that a commit has made final.
  func count(_ counts: [AlignmentCounts]) {
    for counts in counts {
      points.add(counts)
      steps.add(counts)
    }
  }

  func replay(nanoseconds: Int64) { replaySeconds.observe(Double(nanoseconds) * 1e-9) }

  func turn(messages: Int, nanoseconds: Int64) {
    if messages > 0 { batchSeconds.observe(Double(nanoseconds) * 1e-9) }
  }

  func commit(nanoseconds: Int64) {
    commits.add()
    commitSeconds.observe(Double(nanoseconds) * 1e-9)
  }

  func retraining(_ report: TrainingReport) {
    guard report.skipped == nil else { return }
    retrainings.add()
    if report.adopted { adoptions.add() }
  }
}
