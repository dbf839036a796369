/// Decodes a configuration file, and reports everything that is wrong with it at once.
///
/// ```
/// bytes → libyaml's events → node tree → T.init(from:) ⟲ until nothing new is wrong → unknown keys
/// ```
///
/// After an error the value is decoded again with a stand-in at the wrong place (the default of an
/// optional key, an empty list, zero), so that later errors are found too; errors that may only
/// follow from a stand-in are left out. `init(from:)` can therefore run several times.
package struct YAMLDecoder: Sendable {
  private let fileName: String
  private let userInfo: [CodingUserInfoKey: any Sendable]

  package init(fileName: String, userInfo: [CodingUserInfoKey: any Sendable] = [:]) {
    self.fileName = fileName
    self.userInfo = userInfo
  }

  /// - Throws: `YAMLError`, for the person who wrote the file. Keys that `T` never asked for are
  ///   errors too.
  package func decode<T: Decodable>(
    _ type: T.Type, from bytes: [UInt8]
  ) throws(YAMLError) -> T {
    let (document, duplicates) = try YAMLComposer.compose(bytes, fileName: fileName)
    let session = YAMLDecodingSession(document, fileName: fileName, userInfo: userInfo)
    var diagnostics = duplicates
    while true {
      do {
        let value = try session.value(type, node: document.root, codingPath: [])
        diagnostics += session.unknownKeys()
        if diagnostics.isEmpty { return value }
        throw YAMLError(diagnostics)
      } catch let error as YAMLError {
        throw error
      } catch {
        let failure = session.locate(error)
        if let diagnostic = session.record(failure) { diagnostics.append(diagnostic) }
        guard session.canContinue(after: failure) else {
          throw YAMLError(diagnostics + session.unknownKeys())
        }
      }
    }
  }
}
