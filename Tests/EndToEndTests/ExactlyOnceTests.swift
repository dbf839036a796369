import KafkaTestBroker
import TestSupport
import Testing

extension EndToEndTests {
  @Suite(.needsBroker, .needsKcat)
  struct ExactlyOnceTests {
    static let stream = """
          interval: 10s
          window: 96
          seasons: [5m]
          horizon: 6
          quantiles: [0.1, 0.5, 0.9]
          model: { hidden: 16 }
          retrain: 5m
          training: { history_minimum: 96, full_steps: 200, chunk: 48 }
          anomalies: { learning: 64, false_alarms: 20 per series per week }
      """

    @Test(
      "scattered points become one forecast per series and step, over retrainings and a restart",
      arguments: KafkaTestBroker.versions)
    func mainPath(version: KafkaTestBroker.Version) throws {
      let spikes: Set<Workload.Place> = [
        .init(series: 3, step: 180), .init(series: 12, step: 190), .init(series: 7, step: 195),
        .init(series: 15, step: 200), .init(series: 1, step: 215), .init(series: 18, step: 222),
      ]
      let scene = try Scene(version, stream: Self.stream, stepCount: 1_000, spikes: spikes)
      try scene.produceBacklog(upTo: 210)
      try scene.daemon.start()
      try scene.waitForForecasts()
      var reports: [ReportRecord] = []
      // Each round has one scheduled retraining, whose model is adopted if it is the better one.
      for _ in 0..<12 where reports.count(where: \.adopted) < 2 {
        try scene.produceLive(steps: 30)
        try scene.waitForForecasts()
        reports = try scene.waitForReports(moreThan: reports.count)
      }
      let adopted = reports.filter(\.adopted)
      #expect(adopted.count >= 2, "\(reports)")
      #expect(Set(adopted.map(\.digest)).count == adopted.count, "each has weights of its own")
      for report in reports {
        #expect(report.evaluatedFrom > report.trainedThrough, "\(report)")
      }
      #expect(try scene.daemon.stop() == .exited(0), "\(scene.daemon.log)")
      try scene.expectExactForecasts()
      try scene.expectAnomalies(at: spikes)

      try scene.produceBacklog(upTo: scene.producedSteps + 30)
      try scene.daemon.start()
      try scene.waitForForecasts()
      try scene.produceLive(steps: 10)
      try scene.waitForForecasts()
      #expect(try scene.daemon.stop() == .exited(0), "\(scene.daemon.log)")
      try scene.expectExactForecasts()
      let forecasts = try scene.kcat.consume(
        ForecastRecord.self, from: scene.daemon.topics.forecasts)
      // A retraining may have come due while the last points were produced.
      let versions = Set(
        try scene.kcat.consume(ReportRecord.self, from: scene.daemon.topics.reports)
          .filter(\.adopted).map(\.model))
      #expect(versions.isSuperset(of: Set(forecasts.map(\.model)).subtracting([0])))
      try #expect(scene.kcat.consume(scene.daemon.topics.deadLetters).isEmpty)
    }

    @Test(
      "kill -9 leaves neither a gap nor a repeat for a reader of committed records",
      arguments: ["1s", "1h"])
    func killed(snapshotInterval: String) throws {
      // Long transactions, so that every kill meets an open one.
      let scene = try Scene(
        .v4, stream: Self.stream, stepCount: 400, spikes: [],
        // What is half an hour old must not be passed by the clock while a busy machine restarts.
        top: "commit_interval: 3s\nsnapshot_interval: \(snapshotInterval)\nidle_after: 10m")
      try scene.produceBacklog(upTo: 120)
      try scene.daemon.start()
      try scene.waitForForecasts()
      for _ in 0..<3 {
        try scene.produceLive(steps: 20)
        try scene.daemon.kill()
        try scene.produceBacklog(upTo: scene.producedSteps + 10)
        try scene.daemon.start()
      }
      try scene.produceLive(steps: 10)
      try scene.waitForForecasts()
      try scene.daemon.kill()
      try scene.expectExactForecasts()
      let all = try scene.kcat.consume(
        scene.daemon.topics.forecasts, format: ".", isolation: "read_uncommitted")
      let committedCount = try scene.committedForecastCount()
      // A snapshot commits first, so that frequent ones may leave no transaction open for a kill.
      guard snapshotInterval == "1h" else { return }
      #expect(all.count > committedCount, "the kills left records of open transactions behind")
    }
  }
}
