import Forecasting
import TimeSeries

extension PartitionState {
  /// Adopts a model and records the offset of the adoption. Hidden states that are not prepared are
  /// re-warmed under the model before their next step.
  ///
  /// - Precondition: nothing is uncommitted, if the sink is transactional.
  mutating func adopt(_ model: ForecastModel, stream: Int) {
    streams[stream].adopt(model)
    events.append(
      PartitionEvent(
        offset: nextOffset, kind: .model(stream: model.stream, version: model.version)))
    keepEvents()
    hasUncommitted = true
  }

  /// Moves the watermark to the wall time, if that makes a bucket due.
  ///
  /// - Returns: whether the watermark was moved, which is recorded as an event.
  mutating func tick(
    wallTime: Milliseconds, silentFor silence: Milliseconds, scratch: inout [Step]
  ) -> Bool {
    guard watermark.time != .min else { return false }
    // The data may be a replayed past, in which silence means nothing. So the clock closes buckets
    // only if the event times were near the wall time when the silence began.
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

  /// Records a tick. Ticks at one offset differ only in their watermark, so only the last is kept.
  private mutating func recordTick(_ time: Milliseconds) {
    if let last = events.last, last.offset == nextOffset, case .tick = last.kind {
      events.removeLast()
    }
    events.append(PartitionEvent(offset: nextOffset, kind: .tick(watermark: time)))
    hasUncommitted = true
  }

  /// Sets the recorded events that a replay applies on the way to the committed offset.
  mutating func replay(_ recorded: [PartitionEvent]) {
    pendingEvents = recorded.filter { $0.offset <= emitFrom }
    keepEvents()
  }

  /// Applies the next of `pendingEvents`.
  ///
  /// - Precondition: nothing is uncommitted, if the sink is transactional.
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
