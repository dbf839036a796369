import Glibc

/// The path from the root, for messages: who reads them need not know in which directory a process runs.
package func absolutePath(of path: String) -> String {
  guard !path.hasPrefix("/"), let directory = getcwd(nil, 0) else { return path }
  defer { free(directory) }
  let base = String(cString: directory)
  let relative = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
  return base == "/" ? "/" + relative : base + "/" + relative
}
