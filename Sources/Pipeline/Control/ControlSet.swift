import Detection
import TimeSeries

/// What the control topic says up to an offset: of each key the newest record.
///
/// It is a value that all partitions with the same offset share.
struct ControlSet: Sendable {
  /// Of more the oldest are left out.
  static let feedbackMaximum = 4_096
  static let windowsMaximum = 1_024

  /// One past the last offset that it covers; 0 for nothing.
  private(set) var end: Int64
  /// In the order of their offsets.
  private(set) var entries: [ControlEntry] = []
  /// Feedback by canonical series key, in the order in which it was given.
  private(set) var feedback: [[UInt8]: [Feedback]] = [:]
  private(set) var windows: [PlannedWindow] = []

  static let nothing = ControlSet(end: 0, of: [])

  /// - Parameter records: ascending by offset; those from `end` on are passed over.
  init(end: Int64, of records: [ControlEntry]) {
    self.end = end
    var seen: Set<[UInt8]> = []
    var feedbackCount = 0
    for entry in records.reversed() where entry.source.offset < end {
      guard seen.insert(entry.source.key).inserted else { continue }
      switch entry.content {
      case .feedback:
        guard feedbackCount < Self.feedbackMaximum else { continue }
        feedbackCount += 1
      case .maintenance(let window):
        guard windows.count < Self.windowsMaximum else { continue }
        windows.append(window)
      case .removal: continue
      }
      entries.append(entry)
    }
    entries.reverse()
    windows.reverse()
    for entry in entries {
      if case .feedback(let series, let feedback) = entry.content {
        self.feedback[series, default: []].append(feedback)
      }
    }
  }
}

/// The control records that a partition has taken up, as a snapshot keeps them.
struct ControlRecords: Sendable, Equatable {
  var end: Int64 = 0
  var sources: [ControlSource] = []
}
