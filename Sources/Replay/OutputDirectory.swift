import Glibc

/// A directory that a command writes its results into.
package enum OutputDirectory {
  /// Makes the directory and its parents where they are missing.
  package static func make(_ path: String) throws(ReplayError) {
    guard mkdir(path, 0o755) != 0, errno != EEXIST else { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw .output(path: path, reason: String(cString: strerror(errno)))
    }
    try make(String(path[..<slash]))
    try make(path)
  }
}
