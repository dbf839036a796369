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

  /// Moves the watermark to the event time of the wall time, if that makes a bucket due.
  ///
  /// - Returns: whether the watermark moves. Where it has come to is an event of the next commit.
  mutating func tick(wallTime: Milliseconds) -> Bool {
    guard wallTime > clock.watermark else { return false }
    let next = streams.indices.map { streams[$0].alignment.nextClosing() }.min() ?? .max
    guard next <= wallTime, let time = clock.eventTime(at: wallTime, streams), next <= time else {
      return false
    }
    clock.observe(logTime: time)
    clock.move(to: time, by: .init(isTick: true, isSilent: true))
    return true
  }

  /// Records that time has come to the watermark, so that what was closed can be committed before
  /// everything is that is due.
  mutating func recordProgress() {
    let watermark = clock.watermark
    recordMove(clock.move.isTick ? .tick(watermark: watermark) : .progress(watermark: watermark))
  }

  /// Records a move of the watermark. Of the moves at one offset only the last is kept.
  private mutating func recordMove(_ kind: PartitionEvent.Kind) {
    if let last = events.last, last.offset == nextOffset, last.kind.movesTime, kind.movesTime,
      last.kind.isTick == kind.isTick
    {
      events.removeLast()
    }
    events.append(PartitionEvent(offset: nextOffset, kind: kind))
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
    _ event: PartitionEvent, model: ForecastModel?, control: ControlSet?
  ) {
    pendingEvents.removeFirst()
    events.append(event)
    switch event.kind {
    case .tick(let time):
      clock.observe(logTime: time)
      clock.move(to: time, by: .init(isEmitted: false, isSilent: true))
    case .progress(let time): clock.move(to: time, by: .init(isEmitted: false))
    case .clock(let time): clock.observe(logTime: time)
    case .model(let name, _):
      if let model, let stream = settings.streams.firstIndex(where: { $0.name == name }) {
        streams[stream].adopt(model)
      }
      keepEvents()
    case .control:
      if let control { use(control) }
      keepEvents()
    }
  }
}
