import Forecasting
import MetricFormats
import Metrics
import TimeSeries

extension PartitionState {
  /// Scores, advances and forecasts all steps of the segment, and encodes what is to be published.
  ///
  /// Streams one after the other; within a stream, round after round, each one batched call.
  mutating func computeSegment(
    workspace: inout SegmentWorkspace, output: inout OutputBuffer, metrics: PipelineMetrics,
    observer: (any PipelineObserver)?
  ) {
    for stream in streams.indices {
      workspace.select(stream: stream, from: sequence, rowCount: streams[stream].count)
      for round in 0..<workspace.rounds.count {
        workspace.gather(round: round, from: sequence)
        streams[stream].score(
          sequence: sequence, stream: stream, workspace: &workspace, output: &output,
          metrics: metrics, observer: observer)
        streams[stream].advance(stream: stream, workspace: &workspace)
        streams[stream].forecast(
          sequence: sequence, stream: stream, workspace: &workspace, output: &output,
          metrics: metrics, observer: observer)
      }
    }
    sequence.removeAll(keepingCapacity: true)
    output.sortByStep()
  }
}

extension StreamState {
  /// Compares each step with the forecast that was made for it.
  mutating func score(
    sequence: [StepEntry], stream: Int, workspace: inout SegmentWorkspace,
    output: inout OutputBuffer, metrics: PipelineMetrics, observer: (any PipelineObserver)?
  ) {
    for (number, row) in workspace.rows.enumerated() {
      touch(row)
      let entry = sequence[Int(workspace.roundEntries[number])]
      if entry.step.isRestart {
        states.reset(row)
        calibration.restart(row: row)
      }
      let verdict = anomalies.score(entry.step)
      drift.add(
        abs(entry.step.value - verdict.expected) / states.scales(row).unit, time: entry.step.time)
      calibration.observe(
        row: row, time: entry.step.time, value: entry.step.value, lags: states.lags(row))
      observer?.step(
        series: series[row].key, stream: settings.name, time: entry.step.time,
        value: entry.step.value)
      addSample(
        row: row, time: entry.step.time,
        value: verdict.isExcludedFromTraining ? .nan : entry.step.value)
      guard verdict.isReported, entry.isEmitted else { continue }
      metrics.anomalies.add(1)
      let start = output.bytes.count
      workspace.streams[stream].anomalyEncoder.encode(
        prefix: series[row].prefix,
        AnomalyRecord(verdict, step: entry.step, modelVersion: model.version), into: &output.bytes)
      output.finish(
        from: start, entry: Int(workspace.roundEntries[number]), topic: .anomalies, stream: stream,
        row: row, timestamp: entry.outputTime(in: settings))
    }
  }

  /// Moves the hidden states of a round's series on by their step, in one batched call.
  mutating func advance(stream: Int, workspace: inout SegmentWorkspace) {
    states.advance(
      rows: workspace.rows, times: workspace.times, values: workspace.values, model: model,
      workspace: &workspace.streams[stream].forecasting)
  }

  /// Forecasts the round's series: the next step for the detector, all steps for the subscribers.
  mutating func forecast(
    sequence: [StepEntry], stream: Int, workspace: inout SegmentWorkspace,
    output: inout OutputBuffer, metrics: PipelineMetrics, observer: (any PipelineObserver)?
  ) {
    workspace.forecastRows.removeAll(keepingCapacity: true)
    workspace.forecastEntries.removeAll(keepingCapacity: true)
    for (number, row) in workspace.rows.enumerated() where states.canForecast(row) {
      workspace.forecastRows.append(row)
      workspace.forecastEntries.append(workspace.roundEntries[number])
    }
    let buffers = workspace.streams[stream]
    states.forecast(
      rows: workspace.forecastRows, model: model, workspace: &buffers.forecasting,
      into: &buffers.forecasts)
    if observer != nil { buffers.networkValues = buffers.forecasts.values }
    for (number, row) in workspace.forecastRows.enumerated() {
      let entryNumber = Int(workspace.forecastEntries[number])
      let entry = sequence[entryNumber]
      if let observer, observer.wantsBaselines(series: series[row].key, time: entry.step.time) {
        showBaselines(row: row, time: entry.step.time, in: buffers, to: observer)
      }
      calibrate(row: row, time: entry.step.time, forecast: number, in: buffers)
      expectNext(row: row, after: entry.step.time, forecast: number, in: buffers)
      if let observer { show(number, row: row, time: entry.step.time, in: buffers, to: observer) }
      guard entry.isEmitted, isDue(entry.step.time) else { continue }
      metrics.forecasters[buffers.forecasts.speakers[number].number].add()
      let start = output.bytes.count
      encode(number, row: row, time: entry.step.time, in: buffers, into: &output.bytes)
      output.finish(
        from: start, entry: entryNumber, topic: .forecasts, stream: stream, row: row,
        timestamp: entry.outputTime(in: settings))
    }
  }

  /// Makes the network's forecast the one that is published.
  private mutating func calibrate(
    row: Int, time: Milliseconds, forecast number: Int, in buffers: StreamWorkspace
  ) {
    let isTrained = model.version > 0
    let scale = states.seriesScale(row)
    let speaker = buffers.withSeasons { short, long in
      states.seasonalValues(row, into: short, long)
      let inputs = BaselineInputs(
        time: time, newest: states.lastValue(row) ?? .nan, scale: scale, short: short, long: long)
      return buffers.forecasts.withMutableValues(row: number) { values in
        calibration.forecast(row: row, values: values, isTrained: isTrained, inputs: inputs)
      }
    }
    buffers.forecasts.publish(
      row: number, speaker: speaker,
      isWarming: states.isWarming(row) || calibration.isYoung(row: row)
        || !isTrained && speaker == .network)
  }

  private func encode(
    _ number: Int, row: Int, time: Milliseconds, in buffers: StreamWorkspace,
    into bytes: inout [UInt8]
  ) {
    let forecasts = buffers.forecasts
    forecasts.withValues(row: number) { buffers.selectPublished($0) }
    buffers.published.withUnsafeBufferPointer { published in
      buffers.forecastEncoder.encode(
        prefix: series[row].prefix, time: time, values: published,
        spread: forecasts.spreads[number], modelVersion: model.version,
        speaker: forecasts.speakers[number], isWarming: forecasts.isWarming[number], into: &bytes)
    }
  }

  private func show(
    _ number: Int, row: Int, time: Milliseconds, in buffers: StreamWorkspace,
    to observer: any PipelineObserver
  ) {
    let forecasts = buffers.forecasts
    let size = forecasts.horizon * forecasts.quantileCount
    buffers.networkValues.withUnsafeBufferPointer { network in
      forecasts.withValues(row: number) { values in
        observer.forecast(
          series: series[row].key, stream: settings.name, time: time, values: values,
          network: UnsafeBufferPointer(rebasing: network[number * size..<(number + 1) * size]),
          speaker: forecasts.speakers[number], isWarming: forecasts.isWarming[number])
      }
    }
  }

  private mutating func showBaselines(
    row: Int, time: Milliseconds, in buffers: StreamWorkspace, to observer: any PipelineObserver
  ) {
    let scale = states.seriesScale(row)
    let size = buffers.forecasts.horizon * buffers.forecasts.quantileCount
    buffers.withSeasons { short, long in
      states.seasonalValues(row, into: short, long)
      let inputs = BaselineInputs(
        time: time, newest: states.lastValue(row) ?? .nan, scale: scale, short: short, long: long)
      withUnsafeTemporaryAllocation(of: Double.self, capacity: size) { values in
        guard let base = values.baseAddress else { return }
        for kind in BaselineKind.allCases
        where calibration.baselineForecast(row: row, kind: kind, inputs: inputs, into: base) {
          observer.baseline(
            series: series[row].key, time: time, kind: kind, values: UnsafeBufferPointer(values))
        }
      }
    }
  }

  private func isDue(_ time: Milliseconds) -> Bool {
    settings.forecastEverySteps == 1
      || time / settings.alignment.interval % Int64(settings.forecastEverySteps) == 0
  }

  /// Keeps the forecast of the next step for the detector.
  private mutating func expectNext(
    row: Int, after time: Milliseconds, forecast: Int, in buffers: StreamWorkspace
  ) {
    let batch = buffers.forecasts
    let low = batch[forecast, step: 0, quantile: 0]
    let high = batch[forecast, step: 0, quantile: batch.quantileCount - 1]
    anomalies.expect(
      row: row, time: time + settings.alignment.interval,
      median: batch[forecast, step: 0, quantile: buffers.medianIndex], low: low, high: high,
      spread: high > low ? high - low : batch.spreads[forecast])
  }
}

extension StepEntry {
  /// Event time, but never later than the append time of the record that closed the bucket; where
  /// time is an index, that append time, since brokers delete records that seem to be of 1970.
  func outputTime(in stream: StreamSettings) -> Milliseconds {
    guard let appendTime else { return step.time }
    return stream.alignment.timeIsIndex ? appendTime : min(step.time, appendTime)
  }
}

extension AnomalyRecord {
  /// - Precondition: the verdict is to be reported.
  init(_ verdict: AnomalyVerdict, step: Step, modelVersion: Int) {
    self.init(
      time: step.time, kind: Kind(verdict.kind),
      severity: verdict.severity == .critical ? .critical : .warning,
      direction: Direction(verdict.side), observed: step.isMasked ? nil : step.value,
      expected: verdict.expected.isNaN ? nil : verdict.expected,
      interval: verdict.low.isNaN ? nil : Interval(low: verdict.low, high: verdict.high),
      score: verdict.score, modelVersion: modelVersion)
  }
}

extension AnomalyRecord.Kind {
  init(_ kind: AnomalyVerdict.Kind) {
    self =
      switch kind {
      case .point, .none: .point
      case .sustained: .sustained
      case .silent: .silent
      }
  }
}

extension AnomalyRecord.Direction {
  init?(_ side: AnomalyVerdict.Side) {
    switch side {
    case .none: return nil
    case .above: self = .above
    case .below: self = .below
    }
  }
}
