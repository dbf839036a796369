import TimeSeries

/// The points of one input partition that the router has read but not written yet.
///
/// Each message is kept with the time of its first point, and the router takes the partition whose
/// next message is oldest. Points that producers scattered over partitions thus come back into the
/// order of event time, however far one partition is read ahead of another.
///
/// A message with a wrong time must not hold up the messages behind it until all other partitions
/// have passed them. So the time of a message is at most its record time, and the time of a
/// partition is the median of three: the time of its next message, of the message after that, and
/// of the partition at the last move. A single message from the future, or a single late one, does
/// not move this median.
struct PendingPartition {
  struct Message {
    var offset: Int64
    /// Event time of the first point, but at most the record time. A message without points has the
    /// time of the message before it.
    var time: Milliseconds
    /// Index in `points` one past the message's last point.
    var end: Int
    /// The dead letter of a message that could not be used in full. It is sent when the message is
    /// routed.
    var deadLetter: PendingDeadLetter?
    var unused: UnusedValues
  }

  let id: PartitionID
  /// What the series of the channel have reached.
  private var progress = ChannelProgress()
  /// The last question for the end of the log: when, and the answer.
  private var question: (time: Milliseconds, end: Int64)?
  /// When the backlog was judged last.
  private var judgedAt: Milliseconds = 0
  /// All points that reached the channel before this time have been routed; `nil` until it is known.
  private(set) var through: Milliseconds?
  /// `through` as the points topic has it, and as it will have it with the next commit.
  private var committedThrough: Milliseconds?
  var writtenThrough: Milliseconds?
  /// The next offset to route.
  private(set) var nextOffset: Int64
  private var committedOffset: Int64
  /// Whether the group has an offset of the partition.
  private var hasOffset: Bool
  var isPaused = false
  /// Whether the source had nothing more when the merge began.
  var isAtEnd = false
  private(set) var messages: [Message] = []
  private(set) var points: [Point] = []
  private(set) var keyBytes: [UInt8] = []
  private var head = 0

  init(id: PartitionID, nextOffset: Int64, hasOffset: Bool) {
    self.id = id
    self.hasOffset = hasOffset
    self.nextOffset = nextOffset
    committedOffset = nextOffset
  }

  var isEmpty: Bool { head == messages.count }
  var pointCount: Int { points.count - start }
  /// Bytes of the values in the dead letters that are not sent yet.
  private(set) var byteCount = 0
  /// Event time that the partition has reached; `nil` while it is empty.
  var time: Milliseconds? {
    guard !isEmpty else { return nil }
    let next = messages[head].time
    guard isCertain else { return next }
    let following = messages[head + 1].time
    let (low, high) = (min(next, following), max(next, following))
    return min(max(low, passedTime), high)
  }
  /// Whether `time` is a median, because there is a message after the next one.
  var isCertain: Bool { head + 1 < messages.count }
  /// The `time` of the partition when its last message was moved.
  private var passedTime: Milliseconds = .min

  private var start: Int { head == 0 ? 0 : messages[head - 1].end }

  /// Adds a message. Its points are copied, because the buffers of a batch are reused.
  mutating func append(
    offset: Int64, recordTime: Milliseconds?, _ range: Range<Int>, of batch: PointBatch,
    deadLetter: PendingDeadLetter?, unused: UnusedValues
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
      Message(
        offset: offset, time: time, end: points.count, deadLetter: deadLetter, unused: unused))
    byteCount += deadLetter?.value.count ?? 0
  }

  /// What the next message has besides its points.
  ///
  /// - Precondition: there is a message.
  var nextUnused: UnusedValues { messages[head].unused }

  /// Moves the next message's points to the end of `batch`.
  ///
  /// - Returns: the message's dead letter, which must be sent with the points.
  mutating func moveNext(
    to batch: inout PointBatch, now: Milliseconds
  ) -> PendingDeadLetter? {
    for number in start..<messages[head].end {
      var point = points[number]
      let key = Int(point.keyStart)..<Int(point.keyStart) + Int(point.keyLength)
      progress.observe(key: keyBytes[key], time: point.time, now: now)
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

  /// Whether messages were routed since the last commit, or the group has no offset yet. With the first
  /// commit every partition has one, so that one that is missing later was lost.
  var isDirty: Bool { nextOffset != committedOffset || !hasOffset }

  mutating func markCommitted() {
    committedOffset = nextOffset
    hasOffset = true
    committedThrough = writtenThrough
  }

  /// Goes back to the last commit. All pending messages are dropped and then read again.
  mutating func goBack() {
    forgetAll()
    nextOffset = committedOffset
    question = nil
    through = committedThrough
    writtenThrough = committedThrough
  }

  // MARK: - Channel

  /// Whether a question has not been answered by reading.
  var isQuestionOpen: Bool { question != nil }

  mutating func ask(at time: Milliseconds, end: Int64) { question = (time, end) }

  /// Notes how far the channel has been routed.
  ///
  /// - Parameters:
  ///   - readThrough: what the source has read.
  ///   - backlogSince: in a channel with a backlog, series count that were seen since then.
  mutating func updateThrough(
    readThrough: Int64, now: Milliseconds, backlogSince: Milliseconds
  ) {
    guard let question else { return }
    let routed = isEmpty ? max(nextOffset, readThrough) : messages[head].offset
    if routed >= question.end {
      // Where the clock was set back, the channel is still known to be alive.
      through = through.map { max($0 + 1, question.time) } ?? question.time
      self.question = nil
    } else if now - max(question.time, judgedAt) >= Self.backlogMilliseconds {
      judgedAt = now
      if let time = progress.majorityTime(since: backlogSince) {
        through = max(through ?? .min, min(time, question.time))
      }
    }
  }

  /// A channel that has not come to its end for so long has a backlog, which is judged as often.
  private static let backlogMilliseconds: Milliseconds = 300

  private mutating func forgetAll() {
    messages.removeAll(keepingCapacity: true)
    points.removeAll(keepingCapacity: true)
    keyBytes.removeAll(keepingCapacity: true)
    head = 0
    byteCount = 0
  }
}

/// What a message has that is neither routed nor refused. It is counted when the message is routed, as
/// its dead letter is sent then.
struct UnusedValues {
  /// Points that no stream matches.
  var unmatched: Int
  /// Values that are `null`.
  var missing: Int
}

/// A copy of a message that could not be used. It outlives the batch that lent the message's bytes.
struct PendingDeadLetter {
  var reasons: DropReasonSet
  /// One reason for each message or point that was not used, to be counted with the commit.
  var drops: [DropReason]
  var offset: Int64
  var recordTime: Milliseconds?
  var key: [UInt8]
  /// The value, truncated to what a dead letter may contain.
  var value: [UInt8]
  var originalByteCount: Int
}
