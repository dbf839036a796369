/// Bounds on a file, so that no configuration can exhaust the process that reads it.
enum YAMLLimit {
  static let bytes = 4 << 20
  static let depth = 64
  /// Nodes a reader meets when it follows every alias ("billion laughs").
  static let nodes = 100_000
}

/// Builds the node tree from libyaml's events: aliases, merge keys, duplicate keys.
struct YAMLComposer: ~Copyable {
  private var parser: YAMLEventParser
  private var document = YAMLDocument()
  /// Nil while the anchored node is still being read.
  private var anchors: [String: Int?] = [:]
  private var entryCount = 0
  private var mergedCount = 0
  private var path = YAMLPath()
  private var duplicates: [YAMLDiagnostic] = []
  private let fileName: String

  /// The tree, and the problems that do not keep it from being decoded.
  static func compose(
    _ bytes: [UInt8], fileName: String
  ) throws(YAMLError) -> (document: YAMLDocument, duplicates: [YAMLDiagnostic]) {
    let result = bytes.withUnsafeBufferPointer { bytes in
      Result { () throws(YAMLError) in
        do throws(YAMLSyntaxError) {
          var composer = try YAMLComposer(bytes, fileName: fileName)
          return try composer.run()
        } catch {
          let position = YAMLPosition(
            file: fileName, line: error.mark.line, column: error.mark.column,
            keyPath: error.path.description)
          throw YAMLError([YAMLDiagnostic(position: position, message: error.message)])
        }
      }
    }
    return try result.get()
  }

  private init(
    _ bytes: UnsafeBufferPointer<UInt8>, fileName: String
  ) throws(YAMLSyntaxError) {
    guard bytes.count <= YAMLLimit.bytes else {
      throw YAMLSyntaxError(
        mark: .start, message: "the file is larger than \(YAMLLimit.bytes >> 20) MiB")
    }
    self.parser = try YAMLEventParser(bytes)
    self.fileName = fileName
  }

  private mutating func run() throws(YAMLSyntaxError) -> (YAMLDocument, [YAMLDiagnostic]) {
    do throws(YAMLSyntaxError) {
      return try file()
    } catch {
      var located = error
      located.path = path
      throw located
    }
  }

  private mutating func file() throws(YAMLSyntaxError) -> (YAMLDocument, [YAMLDiagnostic]) {
    _ = try parser.next()  // the stream's start
    let first = try parser.next()
    guard case .documentStart = first.kind else {
      // Nothing but comments: every key has its default.
      document.nodes = [YAMLNode(mark: .start, content: .mapping(YAMLMapping()))]
      return (document, duplicates)
    }
    document.root = try node(try parser.next(), depth: 0)
    if case .scalar(let scalar) = document.nodes[document.root].content, scalar.kind == .null {
      document.nodes[document.root].content = .mapping(YAMLMapping())
    }
    _ = try parser.next()  // the document's end
    let next = try parser.next()
    if case .documentStart = next.kind {
      throw YAMLSyntaxError(
        mark: next.mark, message: "a second document begins here; a file may hold only one")
    }
    return (document, duplicates)
  }

  private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLSyntaxError) -> Int {
    guard depth <= YAMLLimit.depth else { throw tooDeep(event.mark) }
    if case .alias(let name) = event.kind { return try target(ofAlias: name, event.mark, depth) }
    if let anchor = event.anchor { anchors[anchor] = .some(nil) }
    var node: YAMLNode
    switch event.kind {
    case .scalar(let text, let isPlain):
      guard let scalar = YAMLScalar(text: text, isPlain: isPlain, tag: event.tag) else {
        throw YAMLSyntaxError(
          mark: event.mark,
          message: "'\(printable(text))' can't be read with the tag '\(event.tag ?? "")'; "
            + "the tags are !!str, !!int, !!float, !!bool and !!null")
      }
      node = YAMLNode(mark: event.mark, content: .scalar(scalar))
    case .sequenceStart:
      try check(event, tag: "tag:yaml.org,2002:seq")
      node = try sequence(event, depth: depth)
    default:  // the grammar leaves only the start of a mapping here
      try check(event, tag: "tag:yaml.org,2002:map")
      node = try mapping(event, depth: depth)
    }
    guard node.expandedCount <= YAMLLimit.nodes else {
      throw YAMLSyntaxError(
        mark: event.mark,
        message: "more than \(YAMLLimit.nodes) values, with aliases expanded")
    }
    document.nodes.append(node)
    if let anchor = event.anchor { anchors[anchor] = .some(document.nodes.count - 1) }
    return document.nodes.count - 1
  }

  private func check(_ event: YAMLEvent, tag: String) throws(YAMLSyntaxError) {
    guard event.tag == nil || event.tag == "!" || event.tag == tag else {
      throw YAMLSyntaxError(mark: event.mark, message: "unknown tag '\(event.tag ?? "")'")
    }
  }

  private mutating func sequence(
    _ start: YAMLEvent, depth: Int
  ) throws(YAMLSyntaxError) -> YAMLNode {
    var elements: [Int] = []
    var result = YAMLNode(mark: start.mark, content: .sequence([]))
    while true {
      let event = try parser.next()
      if case .sequenceEnd = event.kind { break }
      // After an error the path stays where the error is.
      path.components.append(.index(elements.count))
      let element = try node(event, depth: depth + 1)
      path.components.removeLast()
      elements.append(element)
      result.adopt(document.nodes[element])
    }
    result.content = .sequence(elements)
    return result
  }

  private mutating func mapping(
    _ start: YAMLEvent, depth: Int
  ) throws(YAMLSyntaxError) -> YAMLNode {
    var mapping = YAMLMapping()
    var merged: (value: Int, mark: YAMLMark)?
    var result = YAMLNode(mark: start.mark, content: .mapping(mapping))
    while true {
      let event = try parser.next()
      if case .mappingEnd = event.kind { break }
      let (key, isMerge) = try key(event)
      path.components.append(.key(key))
      let value = try node(try parser.next(), depth: depth + 1)
      let keyPath = path.description
      path.components.removeLast()
      if isMerge && merged == nil {
        merged = (value, event.mark)
        continue
      }
      if isMerge || mapping[key] != nil {
        let line = isMerge ? merged?.mark.line : mapping[key]?.mark.line
        let position = YAMLPosition(
          file: fileName, line: event.mark.line, column: event.mark.column, keyPath: keyPath)
        duplicates.append(
          YAMLDiagnostic(
            position: position,
            message: "the key '\(printable(key))' is already in line \(line ?? 0)"))
        continue
      }
      mapping.append(.init(key: key, mark: event.mark, value: value, id: entryCount))
      entryCount += 1
      result.adopt(document.nodes[value])
    }
    if let merged { try merge(merged.value, merged.mark, into: &mapping, of: &result) }
    result.content = .mapping(mapping)
    guard result.height + depth <= YAMLLimit.depth else { throw tooDeep(start.mark) }
    return result
  }

  private mutating func key(
    _ event: YAMLEvent
  ) throws(YAMLSyntaxError) -> (name: String, isMerge: Bool) {
    guard case .scalar(let text, let isPlain) = event.kind, event.anchor == nil else {
      throw YAMLSyntaxError(
        mark: event.mark, message: "a key must be a plain or quoted text without an anchor")
    }
    guard !text.isEmpty else {
      throw YAMLSyntaxError(mark: event.mark, message: "a key must not be empty")
    }
    return (text, isPlain && text == "<<")
  }

  /// `<<: *defaults` or `<<: [*a, *b]`: keys of the mapping itself win, then the earlier mapping.
  private mutating func merge(
    _ value: Int, _ mark: YAMLMark, into mapping: inout YAMLMapping, of result: inout YAMLNode
  ) throws(YAMLSyntaxError) {
    let sources: [Int]
    if case .sequence(let elements) = document.nodes[value].content {
      sources = elements
    } else {
      sources = [value]
    }
    for source in sources {
      guard case .mapping(let other) = document.nodes[source].content else {
        throw YAMLSyntaxError(
          mark: mark,
          message: "'<<' merges mappings: expected an alias of a mapping or a list of them, found "
            + document.nodes[source].description)
      }
      mergedCount += other.entries.count
      guard mergedCount <= YAMLLimit.nodes else {
        throw YAMLSyntaxError(mark: mark, message: "more than \(YAMLLimit.nodes) merged keys")
      }
      for entry in other.entries where mapping[entry.key] == nil {
        mapping.append(entry)
        result.adopt(document.nodes[entry.value])
      }
    }
  }

  private func target(
    ofAlias name: String, _ mark: YAMLMark, _ depth: Int
  ) throws(YAMLSyntaxError) -> Int {
    switch anchors[name] {
    case .some(.some(let node)):
      guard depth + document.nodes[node].height <= YAMLLimit.depth else { throw tooDeep(mark) }
      return node
    case .some(.none):
      throw YAMLSyntaxError(
        mark: mark, message: "the alias '*\(name)' refers to a value that contains it")
    case .none:
      throw YAMLSyntaxError(
        mark: mark, message: "the alias '*\(name)' has no anchor '&\(name)' before it")
    }
  }

  private func tooDeep(_ mark: YAMLMark) -> YAMLSyntaxError {
    YAMLSyntaxError(mark: mark, message: "nested more than \(YAMLLimit.depth) levels deep")
  }
}

extension YAMLNode {
  fileprivate mutating func adopt(_ child: YAMLNode) {
    let (sum, overflow) = expandedCount.addingReportingOverflow(child.expandedCount)
    expandedCount = overflow ? .max : sum
    height = max(height, child.height + 1)
  }
}
