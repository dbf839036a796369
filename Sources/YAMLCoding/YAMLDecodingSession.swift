import Notation

/// The state that the containers of one decoding share: the tree, the keys that were asked for, and
/// the failures.
final class YAMLDecodingSession {
  struct Failure {
    var path: YAMLPath
    var mark: YAMLMark
    var message: String
    /// The value whose `init(from:)` found the error: anything below may have caused it.
    var scope: YAMLPath
  }

  /// Marks an error of an `init(from:)` on its way up, so that its scope is known.
  private struct Origin: Error {
    var scopeCount: Int
    var underlyingError: (any Error)?
  }

  /// Enough to repair a file by; it also bounds how often the value is decoded again.
  private static let failuresMaximum = 50

  let document: YAMLDocument
  private let fileName: String
  let userInfo: [CodingUserInfoKey: any Sendable]

  /// Paths at which `decode` returns a stand-in instead of failing again.
  private var failed: Set<YAMLPath> = []
  /// Lists and dictionaries leave these elements out: no stand-in was possible.
  private var skipped: Set<YAMLPath> = []

  private var opened: [Int: YAMLPath] = [:]
  private var askedKeys: [Int: Set<String>] = [:]
  /// Numbers of entries.
  private var touched: Set<Int> = []
  private var recognised: Set<Int> = []

  init(
    _ document: YAMLDocument, fileName: String, userInfo: [CodingUserInfoKey: any Sendable]
  ) {
    self.document = document
    self.fileName = fileName
    self.userInfo = userInfo
  }

  /// Decodes one node; the only way from a container to `T.init(from:)`.
  func value<T: Decodable>(
    _ type: T.Type, node: Int, codingPath: [any CodingKey]
  ) throws -> T {
    if let standIn = standIn(type, codingPath: codingPath) { return standIn }
    do {
      return try T(from: YAMLNodeDecoder(session: self, node: node, codingPath: codingPath))
    } catch DecodingError.dataCorrupted(let context) where !(context.underlyingError is Origin) {
      let message = context.codingPath.count == codingPath.count ? rejection(type, node: node) : nil
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: context.codingPath, debugDescription: message ?? context.debugDescription,
          underlyingError: Origin(
            scopeCount: codingPath.count, underlyingError: context.underlyingError)))
    } catch let error as DecodingError {
      throw error
    } catch {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: codingPath, debugDescription: String(describing: error),
          underlyingError: Origin(scopeCount: codingPath.count, underlyingError: error)))
    }
  }

  /// The standard library says only "cannot initialize"; the names that would do are more useful.
  private func rejection<T>(_ type: T.Type, node: Int) -> String? {
    guard type is any RawRepresentable.Type, let iterable = type as? any CaseIterable.Type,
      case .scalar(let scalar) = document.nodes[node].content
    else { return nil }
    let choices = rawValues(iterable)
    guard !choices.contains(scalar.text) else { return nil }
    return "expected one of \(choices.joined(separator: ", ")), found \(scalar.description)"
      + suggestion(for: scalar.text, among: choices)
  }

  private func rawValues<C: CaseIterable>(_ type: C.Type) -> [String] {
    C.allCases.map { element in
      (element as? any RawRepresentable).map { "\($0.rawValue)" } ?? "\(element)"
    }
  }
}

// MARK: - Errors and what follows them

extension YAMLDecodingSession {
  func position(_ mark: YAMLMark, _ path: YAMLPath) -> YAMLPosition {
    YAMLPosition(file: fileName, line: mark.line, column: mark.column, keyPath: path.description)
  }

  func locate(_ error: any Error) -> Failure {
    guard let error = error as? DecodingError else {
      return failure(at: [], message: String(describing: error))
    }
    switch error {
    case .keyNotFound(let key, let context):
      var result = failure(at: context.codingPath, message: context.debugDescription)
      result.path = result.path.appending(.key(key.stringValue))
      result.scope = result.path
      return result
    case .dataCorrupted(let context):
      var result = failure(at: context.codingPath, message: context.debugDescription)
      if let origin = context.underlyingError as? Origin {
        result.scope.components = Array(result.path.components.prefix(origin.scopeCount))
      }
      return result
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return failure(at: context.codingPath, message: context.debugDescription)
    @unknown default:
      return failure(at: [], message: String(describing: error))
    }
  }

  /// The diagnostic of a failure, unless it may only follow from an earlier one.
  func record(_ failure: Failure) -> YAMLDiagnostic? {
    let mayFollow = failed.contains {
      $0.isRelated(to: failure.path) || $0.components.starts(with: failure.scope.components)
    }
    guard !mayFollow else { return nil }
    return YAMLDiagnostic(
      position: position(failure.mark, failure.path), message: failure.message)
  }

  /// Arranges that decoding again gets past the failure; false where that is not possible.
  func canContinue(after failure: Failure) -> Bool {
    if failed.insert(failure.path).inserted {
      return !failure.path.components.isEmpty && failed.count < Self.failuresMaximum
    }
    // The stand-in did not help: leave out the value, or the nearest one around it that can be.
    var path = failure.path
    while skipped.contains(path), !path.components.isEmpty { path.components.removeLast() }
    failed.insert(path)
    skipped.insert(path)
    return !path.components.isEmpty
  }

  func isFailed(_ codingPath: [any CodingKey]) -> Bool {
    !failed.isEmpty && failed.contains(path(codingPath))
  }

  func isSkipped(_ codingPath: [any CodingKey]) -> Bool {
    !skipped.isEmpty && skipped.contains(path(codingPath))
  }

  func standIn<T>(_ type: T.Type, codingPath: [any CodingKey]) -> T? {
    guard isFailed(codingPath) else { return nil }
    if let type = type as? any YAMLStandIn.Type { return type.standIn as? T }
    if let type = type as? any CaseIterable.Type { return firstCase(type) as? T }
    return nil
  }

  private func firstCase<C: CaseIterable>(_ type: C.Type) -> Any? { C.allCases.first }

  private func failure(at codingPath: [any CodingKey], message: String) -> Failure {
    let (path, node) = resolve(codingPath)
    return Failure(
      path: path, mark: document.nodes[node].mark, message: message, scope: path)
  }

  private func path(_ codingPath: [any CodingKey]) -> YAMLPath { resolve(codingPath).path }

  /// Follows the keys through the tree; past its end the last node that was found stands.
  private func resolve(_ codingPath: [any CodingKey]) -> (path: YAMLPath, node: Int) {
    var path = YAMLPath()
    var node = document.root
    for key in codingPath {
      switch document.nodes[node].content {
      case .sequence(let elements):
        guard let index = key.intValue else { return (path, node) }
        path.components.append(.index(index))
        guard elements.indices.contains(index) else { return (path, node) }
        node = elements[index]
      case .mapping(let mapping):
        path.components.append(.key(key.stringValue))
        guard let entry = mapping[key.stringValue] else { return (path, node) }
        node = entry.value
      case .scalar:
        path.components.append(.key(key.stringValue))
        return (path, node)
      }
    }
    return (path, node)
  }
}

// MARK: - Keys

extension YAMLDecodingSession {
  func open<Key: CodingKey>(
    _ mapping: YAMLMapping, node: Int, keyedBy type: Key.Type, codingPath: [any CodingKey]
  ) {
    opened[node] = path(codingPath)
    for entry in mapping.entries where Key(stringValue: entry.key) != nil {
      recognised.insert(entry.id)
    }
  }

  /// Every look-up of a key goes through here, so that the keys nobody looked for are known.
  func entry(_ key: String, of mapping: YAMLMapping, node: Int) -> YAMLMapping.Entry? {
    askedKeys[node, default: []].insert(key)
    guard let entry = mapping[key] else { return nil }
    touched.insert(entry.id)
    return entry
  }

  /// All keys of opened mappings that were never asked for.
  ///
  /// After a failure not everything was asked for: then the keys that the `CodingKeys` know pass.
  func unknownKeys() -> [YAMLDiagnostic] {
    let known = failed.isEmpty ? touched : touched.union(recognised)
    var reported: Set<Int> = []
    var diagnostics: [YAMLDiagnostic] = []
    for (node, path) in opened {
      guard case .mapping(let mapping) = document.nodes[node].content else { continue }
      for entry in mapping.entries where !known.contains(entry.id) {
        guard reported.insert(entry.id).inserted else { continue }
        let candidates = askedKeys[node, default: []].filter { mapping[$0] == nil }
        var message = "unknown key" + suggestion(for: entry.key, among: candidates)
        if !message.hasSuffix("?"), !candidates.isEmpty, candidates.count <= 12 {
          message += "; possible here: " + candidates.sorted().joined(separator: ", ")
        }
        diagnostics.append(
          YAMLDiagnostic(
            position: position(entry.mark, path.appending(.key(entry.key))), message: message))
      }
    }
    return diagnostics
  }
}
