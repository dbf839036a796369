import TimeSeries

/// The points that one input partition has brought and the router has not written yet.
///
/// Messages are kept with the time of their first point, so that the router can take the partition
/// whose next message is oldest: what producers scattered comes together again in the order of
/// event time, however far one partition is read ahead of another.
///
/// One clock that is wrong must not hold up the messages behind it until all other partitions have
/// passed them: a message's time counts up to its record's time, and where a partition is in
/// event time is the median of three messages, so that neither one from the future nor a straggler
/// counts by itself.
struct PendingPartition {
  struct Message {
    var offset: Int64
    /// Event time of the first point, at most the record time; of the message before where it has
    /// no points.
    var time: Milliseconds
    /// One past its last point.
    var end: Int
    /// What of it could not be used, kept until its offset is committed with it.
    var deadLetter: PendingDeadLetter?
  }

  let id: PartitionID
  /// The next offset to route.
  private(set) var nextOffset: Int64
  private var committedOffset: Int64
  var isPaused = false
  /// Whether the source had nothing more when the merge began.
  var isAtEnd = false
  private(set) var messages: [Message] = []
  private(set) var points: [Point] = []
  private(set) var keyBytes: [UInt8] = []
  private var head = 0

  init(id: PartitionID, nextOffset: Int64) {
    self.id = id
    self.nextOffset = nextOffset
    committedOffset = nextOffset
  }

  var isEmpty: Bool { head == messages.count }
  var pointCount: Int { points.count - start }
  /// Of the dead letters that wait.
  private(set) var byteCount = 0
  /// Where the partition is in event time; `nil` while it is empty.
  var time: Milliseconds? {
    guard !isEmpty else { return nil }
    let next = messages[head].time
    guard isCertain else { return next }
    let following = messages[head + 1].time
    let (low, high) = (min(next, following), max(next, following))
    return min(max(low, passedTime), high)
  }
  /// Whether `time` takes the message behind the next one into account.
  var isCertain: Bool { head + 1 < messages.count }
  /// `time` of the message that was moved last.
  private var passedTime: Milliseconds = .min

  private var start: Int { head == 0 ? 0 : messages[head - 1].end }

  /// Takes a message's points over; they are copied, since a batch's buffers are reused.
  mutating func append(
    offset: Int64, recordTime: Milliseconds?, _ range: Range<Int>, of batch: PointBatch,
    deadLetter: PendingDeadLetter?
  ) {
    for number in range {
      var point = batch.points[number]
      let key = Int(point.keyStart)..<Int(point.keyStart) + Int(point.keyLength)
      point.keyStart = UInt32(keyBytes.count)
      keyBytes.append(contentsOf: batch.keyBytes[key])
      points.append(point)
    }
    let time =
      range.isEmpty
      ? messages.last?.time ?? .min
      : min(batch.points[range.lowerBound].time, recordTime ?? .max)
    messages.append(
      Message(offset: offset, time: time, end: points.count, deadLetter: deadLetter))
    byteCount += deadLetter?.value.count ?? 0
  }

  /// Moves the next message's points to the end of `batch`.
  ///
  /// - Returns: its dead letter, which must be sent with them.
  mutating func moveNext(to batch: inout PointBatch) -> PendingDeadLetter? {
    for number in start..<messages[head].end {
      var point = points[number]
      let key = Int(point.keyStart)..<Int(point.keyStart) + Int(point.keyLength)
      point.keyStart = UInt32(batch.keyBytes.count)
      batch.keyBytes.append(contentsOf: keyBytes[key])
      batch.points.append(point)
    }
    nextOffset = messages[head].offset + 1
    passedTime = time ?? passedTime
    let deadLetter = messages[head].deadLetter
    byteCount -= deadLetter?.value.count ?? 0
    messages[head].deadLetter = nil
    head += 1
    if isEmpty { forgetAll() }
    return deadLetter
  }

  /// Whether messages were routed since the last commit.
  var isDirty: Bool { nextOffset != committedOffset }

  mutating func markCommitted() { committedOffset = nextOffset }

  /// Forgets everything since the last commit, to be read again.
  mutating func goBack() {
    forgetAll()
    nextOffset = committedOffset
  }

  private mutating func forgetAll() {
    messages.removeAll(keepingCapacity: true)
    points.removeAll(keepingCapacity: true)
    keyBytes.removeAll(keepingCapacity: true)
    head = 0
    byteCount = 0
  }
}

/// A message that could not be used, kept beyond the batch that lent its bytes.
struct PendingDeadLetter {
  var reasons: DropReasonSet
  var offset: Int64
  var recordTime: Milliseconds?
  var key: [UInt8]
  /// As much of the value as a dead letter keeps.
  var value: [UInt8]
  var originalByteCount: Int
}
