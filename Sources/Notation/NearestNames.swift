// Mistyped names of keys, options and commands are answered with the name that was probably meant.

/// The known names a mistyped one was probably meant to be, nearest first, at most three.
///
/// Names that begin with what was typed are offered too: prefixes are not accepted as
/// abbreviations, because a script that uses one breaks when a second name gets the same prefix.
///
/// - Complexity: O(count of names × their length × the length of `typed`).
package func nearestNames(to typed: String, among names: some Sequence<String>) -> [String] {
  let wanted = Array(typed.lowercased().unicodeScalars)
  guard !wanted.isEmpty, wanted.count <= 64 else { return [] }
  let tolerated = max(1, wanted.count / 3)
  var found: [(distance: Int, name: String)] = []
  for name in Set(names) {
    let candidate = Array(name.lowercased().unicodeScalars)
    guard candidate.count <= 64 else { continue }
    let distance = damerauLevenshteinDistance(wanted, candidate)
    if distance <= tolerated && distance < max(wanted.count, candidate.count) {
      found.append((distance, name))
    } else if wanted.count >= 2 && candidate.starts(with: wanted) {
      found.append((tolerated + 1, name))
    }
  }
  found.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
  // A clearly nearer name makes the others noise.
  guard let best = found.first?.distance else { return [] }
  return found.prefix { $0.distance == best }.prefix(3).map(\.name)
}

/// `; did you mean 'a'?` for an error message, or nothing where no name is near.
package func suggestion(for typed: String, among names: some Sequence<String>) -> String {
  let near = nearestNames(to: typed, among: names)
  return near.isEmpty
    ? "" : "; did you mean \(near.map { "'\($0)'" }.joined(separator: " or "))?"
}

/// The edits (insert, delete, replace, swap two neighbours) that turn one text into the other.
///
/// - Source: the "optimal string alignment" form of Damerau 1964 and Levenshtein 1966: no
///   substring is edited twice.
package func damerauLevenshteinDistance(
  _ a: some Collection<Unicode.Scalar>, _ b: some Collection<Unicode.Scalar>
) -> Int {
  let a = Array(a)
  let b = Array(b)
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var row = [Int](repeating: 0, count: b.count + 1)
    row[0] = i + 1
    for j in 0..<b.count {
      var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        cost = min(cost, beforeLast[j - 1] + 1)
      }
      row[j + 1] = cost
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
