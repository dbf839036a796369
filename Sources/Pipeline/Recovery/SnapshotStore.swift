import NeuralNetwork
import TimeSeries

/// The snapshots in a state directory: safetensors files, the two newest of each partition.
///
/// The files are `<directory>/<topic>-<partition>-<offset>.snapshot`. The offset has 19 digits, so
/// that names sort like offsets. A file is complete or absent, because it is written under another
/// name, synced and then renamed.
package struct SnapshotStore: Sendable {
  package static let generations = 2

  package struct Candidate: Sendable, Equatable {
    package var fileName: String
    package var offset: Int64
  }

  private let directory: StateDirectory

  /// - Throws: if the directory cannot be created or written.
  package init(directory path: String) throws(StateDirectoryError) {
    directory = try StateDirectory(path: path)
    // A process that ends while it writes leaves such a file.
    for name in directory.fileNames(withSuffix: Self.suffix + ".tmp") { try directory.remove(name) }
  }

  /// The partition's snapshots up to a committed offset, newest first.
  func candidates(for partition: PartitionID, notAfter offset: Int64) -> [Candidate] {
    all(of: partition).filter { $0.offset <= offset }
  }

  /// Renames a partition's snapshots, so that they are not used again but can still be examined.
  func reject(_ partition: PartitionID) {
    for candidate in all(of: partition) { directory.setAside(candidate.fileName) }
    do throws(StateDirectoryError) {
      try prune(partition, ending: Self.suffix + StateDirectory.rejectedSuffix)
    } catch {
      // The files are in nobody's way; the next rejection tries again.
      return
    }
  }

  /// Keeps a snapshot under another name, beyond the generations: parts of it were not taken over, and
  /// the snapshots to come do not have them.
  ///
  /// - Returns: the name of the kept file. The newest `generations` of a partition are kept.
  func keepPrevious(
    _ candidate: Candidate, of partition: PartitionID
  ) throws(StateDirectoryError) -> String {
    let name = candidate.fileName + Self.previousSuffix
    try directory.link(candidate.fileName, to: name)
    try prune(partition, ending: Self.suffix + Self.previousSuffix)
    return name
  }

  /// Removes all but the newest files of a partition that end in `ending`.
  private func prune(
    _ partition: PartitionID, ending: String
  ) throws(StateDirectoryError) {
    for outdated in files(of: partition, ending: ending).dropFirst(Self.generations) {
      try directory.remove(outdated.fileName)
    }
  }

  private func all(of partition: PartitionID) -> [Candidate] {
    files(of: partition, ending: Self.suffix)
  }

  /// The files of a partition that end in `ending`, the newest first.
  private func files(of partition: PartitionID, ending: String) -> [Candidate] {
    let prefix = Self.prefix(partition)
    return directory.fileNames(withSuffix: ending).compactMap { name in
      guard name.hasPrefix(prefix) else { return nil }
      let digits = name.dropFirst(prefix.count).dropLast(ending.count)
      return Int64(digits).map { Candidate(fileName: name, offset: $0) }
    }.sorted { $0.offset > $1.offset }
  }

  private static let suffix = ".snapshot"
  private static let previousSuffix = ".previous"
  private static let offsetDigits = 19

  private static func prefix(_ partition: PartitionID) -> String {
    "\(partition.topic)-\(partition.partition)-"
  }

  func read(_ candidate: Candidate) throws(SnapshotError) -> PartitionSnapshot {
    let bytes: [UInt8]
    do {
      bytes = try directory.read(candidate.fileName)
    } catch {
      throw .unreadable(file: candidate.fileName, reason: "\(error)")
    }
    return try PartitionSnapshot(encoded: bytes, file: candidate.fileName)
  }

  /// Writes a snapshot, and removes those older than the newest `generations`.
  ///
  /// - Returns: the offset of the oldest snapshot that is left.
  func write(_ snapshot: PartitionSnapshot) throws -> Int64 {
    let digits = String(snapshot.nextOffset)
    let name =
      Self.prefix(snapshot.partition)
      + String(repeating: "0", count: Self.offsetDigits - digits.count) + digits
      + Self.suffix
    try directory.write(name, bytes: snapshot.encoded())
    // This worker owns the partition. A snapshot at a later offset comes from another log, or from
    // before the offsets were reset. It would displace this one.
    for ahead in all(of: snapshot.partition) where ahead.offset > snapshot.nextOffset {
      try directory.remove(ahead.fileName)
    }
    let present = all(of: snapshot.partition)
    for outdated in present.dropFirst(Self.generations) { try directory.remove(outdated.fileName) }
    return present.prefix(Self.generations).last?.offset ?? snapshot.nextOffset
  }
}
