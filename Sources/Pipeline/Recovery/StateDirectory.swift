package import NeuralNetwork

#if canImport(Glibc)
  import Glibc
#endif

/// A directory whose files are complete or absent, even after a crash of the process or the
/// machine.
package struct StateDirectory: Sendable {
  package static let rejectedSuffix = ".rejected"
  package let path: String

  /// Creates the directory and its parents if they are missing.
  package init(path: String) throws(StateDirectoryError) {
    self.path = path
    var made = ""
    for component in path.split(separator: "/") {
      made += (made.isEmpty && !path.hasPrefix("/") ? "" : "/") + component
      if mkdir(made, 0o750) != 0, errno != EEXIST {
        throw StateDirectoryError(path: made, reason: String(cString: strerror(errno)))
      }
    }
    guard access(path, W_OK | X_OK) == 0 else {
      throw StateDirectoryError(path: path, reason: String(cString: strerror(errno)))
    }
  }

  package func fileNames(withSuffix suffix: String) -> [String] {
    guard let handle = opendir(path) else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(suffix) { names.append(name) }
    }
    return names.sorted()
  }

  package func read(_ name: String) throws(SafetensorsError) -> [UInt8] {
    try WeightsFile.read(path + "/" + name)
  }

  /// Replaces the whole file, and syncs it to the disk.
  package func write(_ name: String, bytes: [UInt8]) throws(SafetensorsError) {
    try WeightsFile.write(bytes, to: path + "/" + name)
  }

  /// Renames a file, so that it is no longer taken for a valid one. If that fails, the file stays
  /// as it is.
  package func setAside(_ name: String) {
    rename(path + "/" + name, path + "/" + name + Self.rejectedSuffix)
  }

  /// Gives a file a second name, under which it stays when the first one is removed.
  package func link(_ name: String, to other: String) throws(StateDirectoryError) {
    let file = path + "/" + other
    guard Glibc.link(path + "/" + name, file) == 0 || errno == EEXIST else {
      throw StateDirectoryError(path: file, reason: String(cString: strerror(errno)))
    }
  }

  /// Removes a file. A missing file is no error.
  package func remove(_ name: String) throws(StateDirectoryError) {
    let file = path + "/" + name
    guard unlink(file) == 0 || errno == ENOENT else {
      throw StateDirectoryError(path: file, reason: String(cString: strerror(errno)))
    }
  }
}

/// The operating system refused the state directory or a file in it.
package struct StateDirectoryError: Error, Sendable, CustomStringConvertible {
  package var path: String
  package var reason: String

  package var description: String {
    "\(path): \(reason); the daemon's user must be able to write its state_directory"
  }
}
