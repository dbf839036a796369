import Calibration
import Detection
import Forecasting
import MetricFormats
import Metrics
import TimeSeries

extension PartitionState {
  /// Computes all steps of the segment and encodes what is to be published.
  ///
  /// Streams are computed one after the other. Within a stream, each round is one batched call.
  mutating func computeSegment(
    workspace: inout SegmentWorkspace, output: inout OutputBuffer,
    observer: (any PipelineObserver)?
  ) {
    for stream in streams.indices {
      workspace.select(
        stream: stream, from: sequence, rowCount: streams[stream].series.count,
        isByTime: streams[stream].settings.grouping != nil)
      for round in 0..<workspace.rounds.count {
        workspace.gather(round: round, from: sequence)
        streams[stream].restart(workspace.round)
        streams[stream].plan(&workspace)
        streams[stream].doubt(&workspace)
        streams[stream].judge(&workspace, stream: stream)
        streams[stream].keepForTraining(workspace, observer: observer)
        streams[stream].publishAnomalies(workspace, stream: stream, &output)
        streams[stream].compareWithForecasts(workspace)
        streams[stream].advance(&workspace, stream: stream)
        streams[stream].forecast(&workspace, stream: stream, observer: observer, &output)
      }
    }
    sequence.removeAll(keepingCapacity: true)
    output.sortByStep()
  }
}

// The operations on one round of steps, in the order of the calls. Each row occurs once in a round.

extension StreamState {
  /// Saves the rows for an abort, and resets the series that were dormant.
  mutating func restart(_ round: [StepEntry]) {
    for entry in round {
      let row = Int(entry.step.row)
      touch(row)
      guard entry.step.isRestart else { continue }
      states.reset(row: row)
      calibration.restart(row: row)
    }
  }

  /// Bounds the values that their series have never been near, before anything learns from them.
  mutating func doubt(_ workspace: inout SegmentWorkspace) {
    doubts.bound(
      rows: workspace.rows, values: &workspace.values, restarted: &workspace.restarted)
    for number in workspace.restarted where states.observedCount(workspace.rows[number]) <= 1 {
      states.reset(row: workspace.rows[number])
      calibration.restart(row: workspace.rows[number])
    }
  }

  /// Compares each step with the forecast that was made for it. If a step ends an excursion by
  /// coming back, the steps of the excursion are removed from the seasonal windows of its series.
  mutating func judge(_ workspace: inout SegmentWorkspace, stream: Int) {
    states.collectLags(workspace.rows, into: &workspace.lags)
    calibration.collectAhead(
      rows: workspace.rows, times: workspace.times, into: &workspace.ahead)
    if let time = workspace.times.last {
      ledger.advance(to: time, seriesCount: series.seriesCount)
    }
    workspace.verdicts.removeAll(keepingCapacity: true)
    refundOpenings(before: workspace.times.first)
    let seasons = states.settings.seasons
    for number in workspace.round.indices {
      let entry = workspace.round[number]
      let verdict = anomalies.judge(
        entry.step, lag: workspace.lags[number].season(for: anomalies, seasons),
        ahead: (workspace.ahead[number].point, workspace.ahead[number].width),
        planned: workspace.plannedEffect(number))
      if verdict.isSuppressed, entry.isEmitted { workspace.suppressedCounts[stream] += 1 }
      if verdict.excursionSteps > 0 {
        states.forget(row: Int(entry.step.row), newest: verdict.excursionSteps)
      }
      workspace.verdicts.append(verdict)
    }
  }

  /// Gives the error of each step to the drift monitor, and its value to the training store.
  mutating func keepForTraining(
    _ workspace: borrowing SegmentWorkspace, observer: (any PipelineObserver)?
  ) {
    for number in workspace.round.indices {
      let step = workspace.round[number].step
      let (row, verdict) = (Int(step.row), workspace.verdicts[number])
      if settings.watchesDrift, !workspace.plannedEffect(number).skipsLearning {
        drift.add(
          abs(step.value - verdict.expected) / workspace.lags[number].scale.unit, time: step.time)
      }
      observer?.step(
        series: series[row].key, stream: settings.name, time: step.time, value: step.value)
      observer?.judged(
        series: series[row].key, stream: settings.name, time: step.time, value: step.value,
        verdict: verdict)
      let isLearned = !verdict.isExcludedFromTraining && workspace.values[number] == step.value
      addSample(row: row, time: step.time, value: isLearned ? step.value : .nan)
    }
  }

  /// Encodes the anomaly records of the round.
  mutating func publishAnomalies(
    _ workspace: borrowing SegmentWorkspace, stream: Int, _ output: inout OutputBuffer
  ) {
    for number in workspace.round.indices where workspace.verdicts[number].isReported {
      let (entry, verdict) = (workspace.round[number], workspace.verdicts[number])
      let row = Int(entry.step.row)
      let former = groups.openedAt(ofRow: row)
      let groupVerdicts = groups.take(verdict, row: row, time: entry.step.time)
      count(verdict, groupVerdicts, isEmitted: entry.isEmitted)
      guard entry.isEmitted else { continue }
      var record = AnomalyRecord(
        verdict, step: entry.step, series: series[row].key, modelVersion: model.version)
      if let openedAt = former ?? groups.openedAt(ofRow: row),
        let group = groups.group(ofRow: row)
      {
        record.groupIncident = AnomalyRecord.identifier(
          series: groups.key(ofGroup: group), openedAt: openedAt)
      }
      let start = output.bytes.count
      workspace.streams[stream].anomalyEncoder.encode(
        prefix: series[row].prefix, record, into: &output.bytes)
      output.finish(
        from: start, entry: Int(workspace.roundEntries[number]), topic: .anomalies, stream: stream,
        key: .series(row: row), timestamp: entry.outputTime(in: settings))
      for groupVerdict in groupVerdicts {
        let start = output.bytes.count
        output.bytes += groupRecord(groupVerdict, time: entry.step.time).json
        output.finish(
          from: start, entry: Int(workspace.roundEntries[number]), topic: .anomalies,
          stream: stream, key: .group(groupVerdict.group),
          timestamp: entry.outputTime(in: settings))
      }
    }
  }

  /// Updates corrections, losses and baselines with the values that came.
  mutating func compareWithForecasts(_ workspace: borrowing SegmentWorkspace) {
    calibration.observe(
      rows: workspace.rows, times: workspace.times, values: workspace.values, lags: workspace.lags)
  }

  /// Advances the hidden states by one step, in one batched call.
  mutating func advance(_ workspace: inout SegmentWorkspace, stream: Int) {
    states.advance(
      rows: workspace.rows, times: workspace.times, values: workspace.values, model: model,
      workspace: &workspace.streams[stream].forecasting)
  }

  /// Forecasts the series that have enough values: the next step for the detector, all steps for
  /// the subscribers. It works block by block, so that forecasts are corrected and encoded while
  /// they are in the CPU's caches.
  mutating func forecast(
    _ workspace: inout SegmentWorkspace, stream: Int, observer: (any PipelineObserver)?,
    _ output: inout OutputBuffer
  ) {
    states.selectForecastable(workspace.rows, into: &workspace.forecastable)
    let block = ForecastingWorkspace.rows
    for first in stride(from: 0, to: workspace.forecastable.count, by: block) {
      workspace.selectBlock(first..<min(first + block, workspace.forecastable.count))
      let buffers = workspace.streams[stream]
      makeForecasts(of: workspace.blockRows, in: buffers, observer: observer)
      publishForecasts(&workspace, stream: stream, buffers, observer: observer, &output)
    }
  }

  /// Makes the forecasts of a block, calibrated as they are published.
  private mutating func makeForecasts(
    of rows: [Int], in buffers: StreamWorkspace, observer: (any PipelineObserver)?
  ) {
    let isTrained = model.version > 0
    calibration.dropUntrained(rows: rows, isTrained: isTrained)
    calibration.planSeasons(rows: rows, all: observer != nil, buffers.origins)
    states.describeOrigins(rows, buffers.origins)
    calibration.planNetwork(rows: rows, buffers.origins, into: buffers.needsNetwork)
    states.forecast(
      rows: rows, isNeeded: observer == nil ? UnsafePointer(buffers.needsNetwork) : nil,
      model: model, workspace: &buffers.forecasting, into: &buffers.forecasts)
    if observer != nil { buffers.networkValues = buffers.forecasts.values }
    buffers.forecasts.withRows { forecasts in
      calibration.correct(rows: rows, isTrained: isTrained, buffers.origins, into: forecasts)
      forecasts.measureSpreads(count: rows.count)
    }
  }

  /// Keeps the first step of each forecast of a block for the detector, and encodes the forecasts
  /// that are due.
  private mutating func publishForecasts(
    _ workspace: inout SegmentWorkspace, stream: Int, _ buffers: StreamWorkspace,
    observer: (any PipelineObserver)?, _ output: inout OutputBuffer
  ) {
    buffers.forecasts.withRows { forecasts in
      for number in workspace.block.indices {
        let entry = workspace.round[workspace.block[number]]
        let row = Int(entry.step.row)
        expectNext(row: row, after: entry.step.time, forecasts, number, buffers)
        if let observer { show(forecasts, number, row: row, in: buffers, to: observer) }
        guard entry.isEmitted, !entry.step.isSuperseded, isDue(entry.step.time) else { continue }
        workspace.forecasterCounts[forecasts.forecasters[number].number] += 1
        let start = output.bytes.count
        buffers.forecastEncoder.encode(
          prefix: series[row].prefix, time: entry.step.time,
          values: UnsafeBufferPointer(
            start: forecasts.values(number), count: forecasts.horizon * forecasts.levelCount),
          spread: forecasts.spreads[number], modelVersion: model.version,
          forecaster: forecasts.forecasters[number], isWarming: forecasts.isWarming[number],
          into: &output.bytes)
        output.finish(
          from: start, entry: Int(workspace.roundEntries[workspace.block[number]]),
          topic: .forecasts, stream: stream, key: .series(row: row),
          timestamp: entry.outputTime(in: settings))
      }
    }
  }

  /// Passes a forecast to the observer, after those that the baselines would have made.
  private mutating func show(
    _ forecasts: ForecastRows, _ number: Int, row: Int, in buffers: StreamWorkspace,
    to observer: any PipelineObserver
  ) {
    let inputs = buffers.origins.inputs[number]
    let size = forecasts.horizon * forecasts.levelCount
    if observer.wantsBaselines(series: series[row].key, time: inputs.time) {
      showBaselines(row: row, inputs, size: size, to: observer)
    }
    buffers.networkValues.withUnsafeBufferPointer { network in
      observer.forecast(
        series: series[row].key, stream: settings.name, time: inputs.time,
        values: UnsafeBufferPointer(start: forecasts.values(number), count: size),
        network: UnsafeBufferPointer(rebasing: network[number * size..<(number + 1) * size]),
        forecaster: forecasts.forecasters[number], isWarming: forecasts.isWarming[number])
    }
  }

  private mutating func showBaselines(
    row: Int, _ inputs: BaselineInputs, size: Int, to observer: any PipelineObserver
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: size) { values in
      guard let base = values.baseAddress else { return }
      for kind in BaselineKind.allCases
      where calibration.baselineForecast(row: row, kind: kind, inputs: inputs, into: base) {
        observer.baseline(
          series: series[row].key, time: inputs.time, kind: kind,
          values: UnsafeBufferPointer(values))
      }
    }
  }

  private func isDue(_ time: Milliseconds) -> Bool {
    settings.forecastEverySteps == 1
      || time / settings.alignment.interval % Int64(settings.forecastEverySteps) == 0
  }

  /// Keeps the forecast of the next step for the detector.
  private mutating func expectNext(
    row: Int, after time: Milliseconds, _ forecasts: ForecastRows, _ number: Int,
    _ buffers: StreamWorkspace
  ) {
    let next = forecasts.values(number)
    let (low, high) = (next[0], next[forecasts.levelCount - 1])
    let width = next[buffers.innerIndices.high] - next[buffers.innerIndices.low]
    anomalies.expect(
      row: row, time: time + settings.alignment.interval, median: next[buffers.medianIndex],
      low: low, high: high, width: width > 0 ? width : forecasts.spreads[number])
  }
}

extension StepEntry {
  /// The timestamp of the step's outputs: event time, but not later than the record time of the
  /// record that closed the bucket. If time is an index it is that record time, because brokers
  /// delete records that seem to be from 1970.
  func outputTime(in stream: StreamSettings) -> Milliseconds {
    guard let recordTime else { return step.time }
    return stream.alignment.timeIsIndex ? recordTime : min(step.time, recordTime)
  }
}
