import Forecasting
import TimeSeries

extension PartitionState {
  /// Puts a model in and records at which offset; each hidden state is replayed under it before its
  /// next step.
  ///
  /// - Precondition: nothing is uncommitted, where a commit can be aborted.
  mutating func adopt(_ model: ForecastModel, stream: Int) {
    streams[stream].adopt(model)
    events.append(
      PartitionEvent(
        offset: nextOffset, kind: .model(stream: model.stream, version: model.version)))
    keepEvents()
    hasUncommitted = true
  }

  /// Moves the watermark by the clock, as far as the silence lasted.
  ///
  /// - Returns: whether a bucket became due, so that there is something to record.
  mutating func tick(
    wallTime: Milliseconds, silentFor silence: Milliseconds, scratch: inout [Step]
  ) -> Bool {
    guard watermark.time != .min else { return false }
    // Data may be older than the wall clock (a replayed past): then silence means nothing, and only
    // a partition that was live is closed by the clock.
    let isLive = wallTime - watermark.time < silence + Self.liveTolerance
    guard isLive, wallTime > watermark.time else { return false }
    let target = Watermark(time: wallTime)
    guard streams.contains(where: { $0.alignment.isDue(at: target.time) }) else { return false }
    applyTick(wallTime, isEmitted: true, scratch: &scratch)
    recordTick(wallTime)
    return true
  }

  /// How far behind the wall clock a live stream's event times may be.
  private static let liveTolerance: Milliseconds = 300_000

  mutating func applyTick(_ time: Milliseconds, isEmitted: Bool, scratch: inout [Step]) {
    watermark.observe(time)
    closeDueBuckets(isEmitted: isEmitted, recordTime: nil, scratch: &scratch)
  }

  /// Ticks at one offset differ only in the watermark they reach, so the last stands for all.
  private mutating func recordTick(_ time: Milliseconds) {
    if let last = events.last, last.offset == nextOffset, case .tick = last.kind {
      events.removeLast()
    }
    events.append(PartitionEvent(offset: nextOffset, kind: .tick(watermark: time)))
    hasUncommitted = true
  }

  /// Sets the recorded events that are to be applied on the way to the committed offset.
  mutating func replay(_ recorded: [PartitionEvent]) {
    pendingEvents = recorded.filter { $0.offset <= emitFrom }
    keepEvents()
  }

  /// Applies the next event that the committed offset records.
  ///
  /// - Precondition: nothing is uncommitted, where a commit can be aborted.
  mutating func apply(
    _ event: PartitionEvent, model: ForecastModel?, scratch: inout [Step]
  ) {
    pendingEvents.removeFirst()
    events.append(event)
    switch event.kind {
    case .tick(let time): applyTick(time, isEmitted: false, scratch: &scratch)
    case .model(let name, _):
      if let model, let stream = settings.streams.firstIndex(where: { $0.name == name }) {
        streams[stream].adopt(model)
      }
      keepEvents()
    }
  }
}
