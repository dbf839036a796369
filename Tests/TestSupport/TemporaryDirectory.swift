import FoundationEssentials
import Glibc

/// A directory of one test; it goes with the last reference.
package final class TemporaryDirectory {
  package let path: String
  private var count = 0

  /// - Parameter parent: where it is made; a place of the system's by default.
  package init(in parent: String = FileManager.default.temporaryDirectory.path) throws {
    // The name is short: sockets' paths end at 107 bytes.
    var template = Array("\(parent)/forecastd-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw SurroundingsError.system("no temporary directory in \(parent)")
    }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      // A program that was just killed may still write to it.
      print("left behind: \(path): \(error)")
    }
  }

  /// A path in it that was not given before.
  package func newPath(_ prefix: String) -> String {
    count += 1
    return "\(path)/\(prefix)-\(count)"
  }

  /// Writes a file, and the directories in its name where they are missing.
  ///
  /// - Returns: the file's path.
  @discardableResult
  package func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  @discardableResult
  package func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = URL(filePath: path).appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }

  package func makeDirectory(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: path + "/" + name, withIntermediateDirectories: true)
  }

  package func read(_ name: String) throws -> String {
    try readText(path + "/" + name)
  }

  package func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: path + "/" + name)
  }

  /// The names of what is in it, or in a directory of it, sorted.
  package func contents(_ name: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: name.isEmpty ? path : path + "/" + name
    ).sorted()
  }
}
