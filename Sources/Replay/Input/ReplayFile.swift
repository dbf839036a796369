import FoundationEssentials
import Glibc

/// A file to replay: its kind of content, and the name for a series that has none of its own.
package struct ReplayFile: Sendable, Equatable {
  package enum Content: Sendable, Equatable {
    /// Rows of a table with a header.
    case csv
    /// One message a line, in one of the formats of messages.
    case lines
  }

  package var path: String
  package var content: Content
  /// The name of the file without its extension, with directories where several have that name.
  package var seriesName: String
  package var byteCount: Int

  /// The files at the paths; directories are searched in the order of names.
  ///
  /// - Parameter content: of all files; `nil` decides by the extension, or else by the first line.
  /// - Throws: where a path is not a readable file, or a directory has no file to replay.
  package static func find(
    _ paths: [String], content: Content? = nil
  ) throws(ReplayError) -> [ReplayFile] {
    var found: [String] = []
    for path in paths {
      let files = try expand(path)
      guard !files.isEmpty else { throw .noFiles(path: path) }
      for file in files where !found.contains(file) { found.append(file) }
    }
    let names = seriesNames(of: found)
    var files: [ReplayFile] = []
    for (path, name) in zip(found, names) {
      let byteCount = try FileStatus(path).byteCount
      var told = content ?? contentByName(path)
      if told == nil { told = try contentByFirstLine(path, byteCount: byteCount) }
      files.append(
        ReplayFile(
          path: path, content: told ?? .lines, seriesName: name, byteCount: byteCount))
    }
    return files
  }

  private static let tableExtensions: Set<String> = ["csv"]
  private static let lineExtensions: Set<String> = [
    "influx", "lp", "json", "jsonl", "ndjson", "graphite",
  ]

  private static func expand(_ path: String) throws(ReplayError) -> [String] {
    guard try FileStatus(path).isDirectory else { return [path] }
    let children: [String]
    do {
      children = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
    var files: [String] = []
    let prefix = path.hasSuffix("/") ? path : path + "/"
    for child in children where !child.hasPrefix(".") {
      let childPath = prefix + child
      if try FileStatus(childPath).isDirectory {
        files += try expand(childPath)
      } else if isReplayable(child) {
        files.append(childPath)
      }
    }
    return files
  }

  private static func isReplayable(_ name: String) -> Bool {
    // "CSV on the Web" keeps a description beside each table under such a name.
    if name.hasSuffix("-metadata.json") { return false }
    let ending = pathExtension(name)
    return tableExtensions.contains(ending) || lineExtensions.contains(ending)
  }

  private static func pathExtension(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  private static func contentByName(_ path: String) -> Content? {
    let ending = pathExtension(path)
    if tableExtensions.contains(ending) { return .csv }
    return lineExtensions.contains(ending) ? .lines : nil
  }

  /// A table's header has commas and neither an equals sign, as Influx lines do, nor a brace in
  /// front.
  private static func contentByFirstLine(
    _ path: String, byteCount: Int
  ) throws(ReplayError) -> Content {
    let reader = LineReader(path: path, byteCount: byteCount)
    while let line = try reader.next() {
      guard let first = line.first(where: { $0 > 0x20 }), first != UInt8(ascii: "#") else {
        continue
      }
      let isTable =
        line.contains(UInt8(ascii: ",")) && !line.contains(UInt8(ascii: "="))
        && first != UInt8(ascii: "{") && first != UInt8(ascii: "[")
      return isTable ? .csv : .lines
    }
    return .lines
  }

  /// Each name with as many directories before it as make it unique.
  private static func seriesNames(of paths: [String]) -> [String] {
    let parts = paths.map { path in
      let components = path.split(separator: "/").map(String.init)
      guard let name = components.last else { return [path] }
      let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
      return components.dropLast() + [stem.isEmpty ? name : stem]
    }
    var names = parts.map { $0.last ?? "" }
    var depth = 1
    while depth < 16 {
      let groups = Dictionary(grouping: names.indices) { names[$0] }
      let alike = groups.values.filter { $0.count > 1 }.joined()
      if alike.isEmpty { break }
      depth += 1
      for index in alike { names[index] = parts[index].suffix(depth).joined(separator: "/") }
    }
    return names
  }
}

/// The kind and size of the file at a path.
package struct FileStatus {
  package let isDirectory: Bool
  package let byteCount: Int

  package init(_ path: String) throws(ReplayError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    isDirectory = status.st_mode & S_IFMT == S_IFDIR
    guard isDirectory || status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(
        path: path, reason: "it is neither a regular file nor a directory; copy it to a file first")
    }
    byteCount = Int(status.st_size)
  }
}
