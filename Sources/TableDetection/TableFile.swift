import Backtest
import FoundationEssentials
import Glibc
import Replay

/// A table to run: where it is, and the path of its result within the output directory.
struct TableFile: Sendable, Equatable {
  var path: String
  /// Relative to the directory that was given; of a file that was given, its name.
  var name: String
  var byteCount: Int

  /// The tables at the paths; directories are searched for `*.csv`, in the order of names.
  ///
  /// - Parameter output: the output directory, which is not searched.
  /// - Throws: where there is no table, or a result would replace a table or another result.
  static func find(
    _ paths: [String], output: String?
  ) throws(BacktestError) -> [TableFile] {
    var files: [TableFile] = []
    let omitted = output.flatMap(realPath)
    do throws(ReplayError) {
      for path in paths {
        let count = files.count
        if try FileStatus(path).isDirectory {
          try walk(path, below: "", omitted, into: &files)
        } else {
          let name = path.split(separator: "/").last.map(String.init) ?? path
          files.append(try TableFile(path: path, name: name))
        }
        guard files.count > count else {
          throw .unreadable(path: path, reason: "no .csv file in the directory")
        }
      }
    } catch {
      throw .file("\(error)")
    }
    try requireOwnResults(files, output)
    return files
  }

  private init(path: String, name: String) throws(ReplayError) {
    self.path = path
    self.name = name
    byteCount = try FileStatus(path).byteCount
  }

  private static func walk(
    _ path: String, below name: String, _ omitted: String?, into files: inout [TableFile]
  ) throws(ReplayError) {
    if let omitted, realPath(path) == omitted { return }
    let children: [String]
    do {
      children = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
    for child in children where !child.hasPrefix(".") {
      let childPath = path.hasSuffix("/") ? path + child : path + "/" + child
      let childName = name.isEmpty ? child : name + "/" + child
      if try FileStatus(childPath).isDirectory {
        try walk(childPath, below: childName, omitted, into: &files)
      } else if child.lowercased().hasSuffix(".csv") {
        files.append(try TableFile(path: childPath, name: childName))
      }
    }
  }

  private static func requireOwnResults(
    _ files: [TableFile], _ output: String?
  ) throws(BacktestError) {
    guard let output else { return }
    var first: [String: String] = [:]
    let inputs = Set(files.compactMap { realPath($0.path) })
    for file in files {
      let result = output + "/" + file.name
      if let other = first[file.name] {
        throw .file(
          "\(file.path) and \(other) would both be written to \(result): run them one after the "
            + "other, or give the directory above them")
      }
      first[file.name] = file.path
      if let real = realPath(result), inputs.contains(real) {
        throw .file("\(result) is a table to read: give another directory with --output")
      }
    }
  }

  /// The path without links; `nil` if nothing is there.
  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// The bytes of the file.
  func read() throws(BacktestError) -> [UInt8] {
    do {
      return Array(try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw .file("\(path): cannot be read: \(error)")
    }
  }

  /// - Throws: where the file cannot be read, or is no table of one series.
  func checkHeader() throws(BacktestError) {
    guard let line = try firstLine() else { throw .file("\(path): the file is empty") }
    _ = try TableHeader(line, path: path)
  }

  private func firstLine() throws(BacktestError) -> ArraySlice<UInt8>? {
    do throws(ReplayError) {
      let reader = LineReader(path: path, byteCount: byteCount)
      while let line = try reader.next() {
        let bytes = Array(line) + [UInt8(ascii: "\n")]
        var lines = Lines(bytes)
        if let range = lines.next() { return bytes[range] }
      }
      return nil
    } catch {
      throw .file("\(error)")
    }
  }
}
