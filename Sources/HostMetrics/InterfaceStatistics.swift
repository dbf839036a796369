/// One line of /proc/net/dev.
///
/// - Source: proc_pid_net(5).
package struct InterfaceStatistics: Equatable, Sendable {
  package let name: String
  package let fields: [HostSample.Field]

  private init?(_ line: Substring) {
    // The first number may stand right after the colon, and an alias holds colons itself.
    guard let colon = line.lastIndex(of: ":") else { return nil }
    let columns = line[line.index(after: colon)...].procWords.compactMap { Int64($0) }
    let words = line[..<colon].procWords
    guard columns.count >= 16, words.count == 1 else { return nil }
    name = String(words[0])
    fields = [
      .init("bytes_recv", .integer(columns[0])), .init("bytes_sent", .integer(columns[8])),
      .init("packets_recv", .integer(columns[1])), .init("packets_sent", .integer(columns[9])),
      .init("err_in", .integer(columns[2])), .init("err_out", .integer(columns[10])),
      .init("drop_in", .integer(columns[3])), .init("drop_out", .integer(columns[11])),
    ]
  }

  package static func interfaces(parsing text: String) -> [InterfaceStatistics] {
    text.procLines.compactMap { InterfaceStatistics($0) }
  }
}
