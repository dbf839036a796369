/// A composed file: nodes refer to each other by index, so that an alias is a second reference.
struct YAMLDocument {
  var nodes: [YAMLNode] = []
  var root = 0
}

struct YAMLNode {
  enum Content {
    case scalar(YAMLScalar)
    case sequence([Int])
    case mapping(YAMLMapping)
  }

  var mark: YAMLMark
  var content: Content
  /// How many nodes a reader that follows every alias meets, itself included; saturating.
  var expandedCount = 1
  /// Levels below this node, aliases followed.
  var height = 0

  /// For "expected …, found …".
  var description: String {
    switch content {
    case .scalar(let scalar): scalar.description
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}

struct YAMLMapping {
  struct Entry {
    var key: String
    var mark: YAMLMark
    /// The index of the value's node.
    var value: Int
    /// One per place in the file: an entry that arrives by a merge keeps its number.
    var id: Int
  }

  var entries: [Entry] = []
  private var indices: [String: Int] = [:]

  subscript(key: String) -> Entry? { indices[key].map { entries[$0] } }

  mutating func append(_ entry: Entry) {
    indices[entry.key] = entries.count
    entries.append(entry)
  }
}
