import Calibration
import Forecasting
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

@Suite("what a worker publishes")
struct WorkerOutputTests {
  @Test("every series has one forecast a step from its second step on, in the order of the steps")
  func oneForecastAStep() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 3, steps: 0..<20, seed: 1, isClean: true)
    let rig = Rig(untimedPipeline(try stream()), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    let forecasts = rig.records(of: .forecasts)
    var times: [String: [Double]] = [:]
    for record in forecasts {
      times[text(record.key), default: []].append(number("time", in: record) ?? .nan)
    }
    // The step of the newest bucket comes with the first point after it.
    let expected = (2..<20).map { Double(Rig.start + Int64($0) * Rig.interval) }
    #expect(times == ["wave0": expected, "wave1": expected, "wave2": expected])
    #expect(
      forecasts.map { number("time", in: $0) ?? 0 }
        == forecasts.map { number("time", in: $0) ?? 0 }.sorted())
    #expect(rig.metrics.forecasts.value == UInt64(forecasts.count))
    #expect(rig.metrics.points.inTime == 60)
  }

  @Test("a forecast has headers, the series' key, its quantiles by step, and the warming mark")
  func record() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    for step in 0..<60 {
      let time = Rig.start + Int64(step) * 1_000
      log.append(
        value: point("cpu", time: time, value: Double(step % 5), labels: #"{"host":"a"}"#),
        recordTime: time)
    }
    let rig = Rig(untimedPipeline(try stream()), log: log)
    rig.models.install(try model(1))
    var worker = rig.worker()
    try worker.runToEnd()
    let forecasts = rig.records(of: .forecasts)
    let first = try #require(forecasts.first)
    #expect(text(first.key) == "cpu,host=a")
    #expect(first.headers == [.init("content-type", "application/json"), .init("model", "1")])
    let body = text(first.value)
    #expect(
      body.hasPrefix(#"{"series":"cpu,host=a","name":"cpu","labels":{"host":"a"},"stream":"all","#))
    #expect(body.contains(#""warming":true"#))
    // Three steps of three quantiles.
    let values = try #require(body.firstRange(of: #""values":["#))
    #expect(body[values.upperBound...].filter { $0 == "[" }.count == 3)
    #expect(body[values.upperBound...].filter { $0 == "," }.count == 8)
    #expect(text(try #require(forecasts.last).value).contains(#""warming":false"#))
    // A series whose network has shown nothing yet has a baseline's forecasts, from its second point.
    #expect(body.contains(#""forecaster":"naive""#))
    let counts = Forecaster.allCases.map { rig.metrics.forecasters[$0.number].value }
    #expect(counts.reduce(0, +) == UInt64(forecasts.count))
    #expect(counts[Forecaster.baseline(.naive).number] > 0)
  }

  @Test("without calibration and baselines the record is the network's own forecast")
  func uncalibrated() throws {
    final class Watcher: PipelineObserver {
      /// Forecasts made, those that differ from the network's, and those that somebody else made.
      private(set) var (count, differences, others) = (0, 0, 0)
      func step(series key: [UInt8], stream: String, time: Milliseconds, value: Double) {}
      func forecast(
        series key: [UInt8], stream: String, time: Milliseconds,
        values: UnsafeBufferPointer<Double>, network: UnsafeBufferPointer<Double>,
        forecaster: Forecaster, isWarming: Bool
      ) {
        count += 1
        if !values.elementsEqual(network) { differences += 1 }
        if forecaster != .network { others += 1 }
      }
    }
    for isOn in [false, true] {
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      for step in 0..<60 {
        let value = Double(step % 5) + Double(step * step % 7)
        let time = Rig.start + Int64(step) * 1_000
        log.append(value: point("cpu", time: time, value: value), recordTime: time)
      }
      var settings = try stream()
      settings.calibration.enabled = isOn
      settings.calibration.baselines = false
      let rig = Rig(untimedPipeline(settings), log: log)
      rig.models.install(try model(1))
      var worker = rig.worker()
      let watcher = Watcher()
      worker.observer = watcher
      try worker.runToEnd()
      #expect(watcher.count == 58)
      #expect(watcher.others == 0)
      if isOn {
        #expect(watcher.differences > 40, "calibration moves what the network forecasts")
      } else {
        #expect(watcher.differences == 0)
      }
    }
  }

  @Test("a spike is one anomaly: neither the way back is one, nor the same place a season later")
  func spikeIsOver() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    var random = SplitMix(seed: 3)
    let spike = 150
    for step in 0..<200 {
      let value = Double(step % 10) * 5 + random.uniform() + (step == spike ? 1_000 : 0)
      let time = Rig.start + Int64(step) * Rig.interval
      log.append(value: point("cpu", time: time, value: value), recordTime: time)
    }
    var settings = try stream()
    settings.model.seasons = [10]
    let rig = Rig(untimedPipeline(settings), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    func time(_ step: Int) -> Double { Double(Rig.start + Int64(step + 1) * Rig.interval) }
    let times = rig.records(of: .anomalies).filter { text($0.value).contains(#""event":"open""#) }
      .compactMap { number("time", in: $0) }
    #expect(times.filter { $0 >= time(100) } == [time(spike)])
    // Of the steps after the spike's, one by one and a season later.
    for step in [spike + 1, spike + 9] {
      let record = rig.records(of: .forecasts).first { number("time", in: $0) == time(step) }
      let values = try #require(record.map { text($0.value) }?.split(separator: "[").last)
      let numbers = values.prefix { $0 != "]" }.split(separator: ",").compactMap { Double($0) }
      #expect(numbers.count == 3 && numbers.allSatisfy { abs($0) < 200 }, "\(numbers)")
    }
  }

  @Test("a record is stamped with event time, but never later than the record that made it")
  func timestamps() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    for step in 0..<30 {
      let time = Rig.start + Int64(step) * 1_000
      // A producer whose clock is half a minute ahead.
      log.append(
        value: point("fast", time: time, value: Double(step % 3)), recordTime: time - 30_000)
    }
    let rig = Rig(untimedPipeline(try stream()), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    let forecasts = rig.records(of: .forecasts)
    #expect(forecasts.count == 28)
    for (step, record) in zip(2..., forecasts) {
      #expect(record.timestamp == Rig.start + Int64(step) * 1_000 - 30_000)
      #expect(number("time", in: record) == Double(Rig.start + Int64(step) * 1_000))
    }
  }

  @Test("an injected spike is the one anomaly, beside the series that go on as before")
  func spike() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    var random = SplitMix(seed: 7)
    for step in 0..<200 {
      let time = Rig.start + Int64(step) * 1_000
      for name in ["calm", "spiky"] {
        let value = 50 + random.uniform() + (step == 150 && name == "spiky" ? 400 : 0)
        log.append(value: point(name, time: time, value: value), recordTime: time + 5)
      }
    }
    let rig = Rig(untimedPipeline(try stream()), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    let anomalies = rig.records(of: .anomalies)
    let first = try #require(anomalies.first)
    #expect(text(first.key) == "spiky")
    #expect(number("time", in: first) == Double(Rig.start + 151_000))
    #expect(text(first.value).contains(#""severity":"critical""#))
    #expect(text(first.value).contains(#""direction":"above""#))
    #expect((number("observed", in: first) ?? 0) > 440)
    #expect((number("expected", in: first) ?? 0) < 60)
    #expect(first[header: "model"] == "0")
    #expect(!anomalies.contains { text($0.key) == "calm" })
    #expect(rig.metrics.anomalies.value == UInt64(anomalies.count))
  }

  @Test("what is published every fifth step stands on the grid of five steps")
  func forecastEvery() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 2, steps: 0..<33, seed: 1, isClean: true)
    var every = try stream()
    every.forecastEverySteps = 5
    let rig = Rig(untimedPipeline(every), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    let times = rig.records(of: .forecasts).filter { text($0.key) == "wave0" }
      .map { Int64(number("time", in: $0) ?? 0) - Rig.start }
    #expect(times == [5_000, 10_000, 15_000, 20_000, 25_000, 30_000])
  }

  @Test("a series belongs to the first stream that matches it, at that stream's interval")
  func streams() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 1, steps: 0..<40, seed: 1, name: "slow", isClean: true)
    log.appendWaves(series: 1, steps: 40..<80, seed: 1, name: "slow", isClean: true)
    let rig = Rig(
      untimedPipeline(try stream("tens", ["slow*"], interval: 10_000), try stream("rest")), log: log
    )
    var worker = rig.worker()
    try worker.runToEnd()
    let forecasts = rig.records(of: .forecasts)
    #expect(forecasts.count == 6)
    #expect(forecasts.allSatisfy { text($0.value).contains(#""stream":"tens""#) })
  }
}

@Suite("keyed inputs")
struct KeyedInputTests {
  @Test("a series in two partitions of a topic is counted and named, one in one partition is not")
  func scattered() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 2)
    for step in 0..<10 {
      for partition in 0..<2 {
        let time = Rig.start + Int64(step) * 1_000
        for series in ["both", "foreign", "only-\(partition)"] {
          log.append(
            partition: partition, value: point(series, time: time, value: 1), recordTime: time)
        }
      }
    }
    let rig = Rig(untimedPipeline(try stream("all", ["both", "only*"])), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    #expect(rig.metrics.scatteredSeries.value == 1)
    #expect(rig.warnings.lines.count == 1)
    #expect(rig.warnings.lines.first?.contains("both") == true)
  }
}
