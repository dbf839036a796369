import TimeSeries

/// The points of one stream that came long after their time, until they are in the order of their time.
///
/// A sender that sends what it has gathered in an outage scatters an hour of points over the channels
/// within seconds. Its channels are read to their ends all the time, so the horizon bounds nothing;
/// what came by one channel would close the buckets of what another is about to bring. So a point waits
/// until all channels have been read up to the moment when it came, and with it wait the further points
/// of its series. They leave in the order of their times.
struct SettlingPoints: Sendable, Equatable {
  private(set) var points: [WaitingPoints.Waiting] = []
  private var oldestSeen = Milliseconds.max
  private var countByRow: [Int32: Int] = [:]
  private let allowedLateness: Milliseconds
  /// The earliest time at which a bucket of one of them may close, of those that time has not passed.
  private var closing = Milliseconds.max
  /// How far the horizon has gone on while some of them held the time back.
  private(set) var held: Milliseconds = 0
  private var lastHorizon = Milliseconds.min
  private var nextTaking = Milliseconds.min
  /// More do not wait.
  static let countMaximum = 200_000
  /// What a sender has sent in order may reach two channels in another order, within this time.
  static let marginMilliseconds: Milliseconds = 150
  /// How far the horizon goes on while they hold the time back, at most. Points settle in less; who sends
  /// such points without an end must not stop it for the others.
  private static let heldMaximum: Milliseconds = 10_000
  /// The most that one move of the horizon counts. Routers that are alive move it every second; what it
  /// leaps after an outage is nobody's fault.
  private static let heldByMoveMaximum: Milliseconds = 1_000
  /// The least move of the horizon from one taking to the next, because each looks at all points.
  private static let takingMilliseconds: Milliseconds = 20

  var count: Int { points.count }

  init(allowedLateness: Milliseconds) { self.allowedLateness = allowedLateness }

  /// Whether points of the row wait.
  func contains(row: Int32) -> Bool { !points.isEmpty && countByRow[row] != nil }

  /// What the time of the partition does not reach before the points have left.
  func bound(through horizon: Milliseconds) -> Milliseconds {
    horizon == .max || held > Self.heldMaximum ? .max : closing
  }

  /// - Parameter watermark: the time of the partition.
  mutating func append(_ point: WaitingPoints.Waiting, watermark: Milliseconds) {
    points.append(point)
    oldestSeen = min(oldestSeen, point.seen)
    let end = point.time + allowedLateness
    if end > watermark { closing = min(closing, end) }
    countByRow[point.row, default: 0] += 1
  }

  /// Removes the points that came before all channels were last read, and of each series what is older
  /// than those.
  ///
  /// - Returns: them in the order of their times.
  mutating func take(
    through horizon: Milliseconds, watermark: Milliseconds
  ) -> [WaitingPoints.Waiting] {
    countHeld(through: horizon)
    guard count > 0, horizon >= max(oldestSeen, nextTaking) else { return [] }
    let seen = horizon == .max ? .max : horizon - Self.marginMilliseconds
    guard oldestSeen <= seen else { return [] }
    var newest: [Int32: Milliseconds] = [:]
    for point in points where point.seen <= seen {
      newest[point.row] = max(newest[point.row] ?? .min, point.time)
    }
    var taken: [WaitingPoints.Waiting] = []
    var kept: [WaitingPoints.Waiting] = []
    countByRow.removeAll(keepingCapacity: true)
    for point in points {
      if let last = newest[point.row], point.time <= last {
        taken.append(point)
      } else {
        kept.append(point)
        countByRow[point.row, default: 0] += 1
      }
    }
    points = kept
    oldestSeen = kept.lazy.map(\.seen).min() ?? .max
    lookAhead(of: watermark)
    nextTaking =
      kept.isEmpty || horizon == .max ? .min : horizon + Self.takingMilliseconds
    // A stable order: of two points of one time the newer revises the older.
    let order = taken.indices.sorted { (taken[$0].time, $0) < (taken[$1].time, $1) }
    return order.map { taken[$0] }
  }

  /// Drops the points of a row that is freed.
  mutating func forget(row: Int) {
    guard contains(row: Int32(row)) else { return }
    points.removeAll { $0.row == Int32(row) }
    countByRow[Int32(row)] = nil
    lookAhead(of: closing - 1)
  }

  /// Finds those anew that time has not passed.
  mutating func lookAhead(of watermark: Milliseconds) {
    closing = .max
    for point in points where point.time + allowedLateness > watermark {
      closing = min(closing, point.time + allowedLateness)
    }
  }

  private mutating func countHeld(through horizon: Milliseconds) {
    // Whoever writes a record decides what its times are: no difference may overflow.
    let move = lastHorizon > 0 && horizon > lastHorizon ? horizon - lastHorizon : 0
    held = closing > horizon ? 0 : held + min(move, Self.heldByMoveMaximum)
    lastHorizon = horizon
  }

  // MARK: - Snapshots

  private static let progressName = "settling.progress"

  /// What does not follow from the points: how long they have held the time back, and when they are next
  /// looked at.
  func progressTensors() -> [ColumnTensor] {
    guard !points.isEmpty else { return [] }
    var progress = Column<Int64>(width: 3, initial: 0)
    progress.appendRow()
    (progress.elements[0], progress.elements[1]) = (held, lastHorizon)
    progress.elements[2] = nextTaking
    return [ColumnTensor(name: Self.progressName, column: progress)]
  }

  mutating func restoreProgress(
    _ tensors: [String: ColumnTensor]
  ) throws(ColumnTensorError) {
    guard tensors[Self.progressName] != nil else { return }
    var progress = Column<Int64>(width: 3, initial: 0)
    try progress.restore(tensors, name: Self.progressName)
    guard progress.count == 1 else { return }
    (held, lastHorizon) = (progress.elements[0], progress.elements[1])
    nextTaking = progress.elements[2]
  }
}
