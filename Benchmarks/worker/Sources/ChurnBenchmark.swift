import Detection
import Forecasting
import Glibc
import MetricFormats
import Metrics
import Pipeline
import TimeSeries

/// A week of simulated time in which names come and go: 1,000 series are alive at any time, of which
/// 100 stay. 1,000,000 names speak in all, each for nine minutes. The model is trained every six
/// hours.
///
/// Prints a line for each day: memory, series, what was refused and forgotten, and whose histories
/// the training store has.
struct ChurnBenchmark {
  /// How long a series may be silent; `nil` is the default.
  let expiry: Milliseconds?
  private static let interval: Milliseconds = 60_000
  private static let staying = 100
  private static let passing = 900
  private static let names = 1_000_000
  private static let days = 7
  private static let stepsPerDay = Int(86_400_000 / Self.interval)

  func run() throws {
    var stream = StreamSettings(
      name: "all", patterns: [try SeriesPattern("*")],
      alignment: AlignmentSettings(interval: Self.interval, allowedLateness: 5_000, maximumGap: 5),
      model: ModelSettings(interval: Self.interval), training: TrainingSettings(),
      retraining: try Schedule(every: 6 * 3_600_000), anomalies: AnomalySettings())
    stream.training.fullSteps = 100
    stream.anomalies.silentAfter = 4
    stream.publishedQuantiles = [0.1, 0.5, 0.9]
    stream.configuredSeriesExpiry = expiry
    var settings = PipelineSettings(streams: [stream])
    settings.isTransactional = true
    let source = ChurnSource(
      interval: Self.interval, staying: Self.staying, passing: Self.passing,
      namesPerInterval: Double(Self.names) / Double(Self.days * Self.stepsPerDay))
    let registry = MetricsRegistry()
    let metrics = PipelineMetrics(registry: registry)
    let clock = SystemClock()
    var worker = Worker(
      settings: settings,
      inputs: InputDecoders([.init(topic: "points", format: CompactPoints.input)]),
      source: source, sink: DiscardingSink(), clock: clock,
      models: ModelRegistry(store: nil), metrics: metrics, snapshots: nil, log: .silent,
      trainer: nil)
    let start = clock.monotonicNanoseconds()
    _ = try worker.runOnce()
    report(0, source, worker.trainingStore(ofStream: 0), registry, metrics)
    for day in 1...Self.days {
      var longest: Int64 = 0
      for _ in 0..<Self.stepsPerDay {
        let began = clock.monotonicNanoseconds()
        _ = try worker.runOnce()
        longest = max(longest, clock.monotonicNanoseconds() - began)
      }
      report(
        day, source, worker.trainingStore(ofStream: 0), registry, metrics,
        longest: Double(longest) * 1e-6)
    }
    let seconds = Double(clock.monotonicNanoseconds() - start) * 1e-9
    print(
      """
      {"case":"churn","points":\(metrics.points.inTime),"seconds":\(rounded(seconds)),\
      "us_per_point":\(rounded(seconds * 1e6 / Double(metrics.points.inTime)))}
      """)
  }

  private func report(
    _ day: Int, _ source: ChurnSource, _ store: TrainingStore, _ registry: MetricsRegistry,
    _ metrics: PipelineMetrics, longest: Double = 0
  ) {
    let histories = store.dataset().series
    let live = histories.count { source.isAlive($0.key) }
    let oldest = histories.map(\.lastTime).min() ?? source.time
    print(
      """
      {"case":"churn","day":\(day),"names":\(source.nameCount),"resident_mib":\(residentMiB()),\
      "series":\(sample("forecastd_series", registry)),\
      "refused":\(metrics.drops[.seriesLimit]),\
      "expired":\(sample("forecastd_series_events_total", label: "expired", registry)),\
      "displaced":\(sample("forecastd_series_events_total", label: "displaced", registry)),\
      "histories":\(histories.count),"of_live":\(live),\
      "silent_minutes_max":\((source.time - oldest) / 60_000),\
      "store_mib":\(rounded(Double(store.byteCount) / 1_048_576)),\
      "trainings":\(metrics.retrainings.value),"longest_turn_ms":\(rounded(longest))}
      """)
    fflush(nil)
  }

  private func sample(_ name: String, label: String? = nil, _ registry: MetricsRegistry) -> Int {
    for sample in registry.snapshot().first(where: { $0.name == name })?.samples ?? [] {
      if let label, !sample.labels.contains(where: { $0.value == label }) { continue }
      switch sample.value {
      case .count(let count): return Int(count)
      case .number(let number): return Int(number)
      default: continue
      }
    }
    return 0
  }

  private func residentMiB() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, 256, file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let fields = text.split(separator: " ")
    return fields.count > 1 ? ((Int(fields[1]) ?? 0) * Int(getpagesize())) >> 20 : 0
  }
}
