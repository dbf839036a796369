extension GroupRecord {
  /// - Returns: `nil` if the record is about a single series.
  /// - Throws: where the bytes are no record of a group that this version can read.
  package static func decode(_ bytes: UnsafeRawBufferPointer) throws(RecordError) -> GroupRecord? {
    let parser = JSONParser(capacity: max(bytes.count, 1))
    defer { withExtendedLifetime(parser) {} }
    let record = try RecordReader(bytes, parser)
    guard record.root.member("group") != nil else { return nil }
    return GroupRecord(
      group: try record.string("group"), labels: try record.labels(),
      stream: try record.string("stream"), time: try record.integer("time"),
      incident: try record.string("incident"), event: try record.word("event"),
      openedAt: try record.integer("opened"), severity: try record.word("severity"),
      size: Int(try record.integer("size")), count: Int(try record.integer("count")),
      first: try record.string("first"), members: try members(try record.member("members")),
      modelVersion: Int(try record.integer("model")))
  }

  private static func members(_ array: JSONElement) throws(RecordError) -> [Member] {
    guard array.isArray else { throw .wrongField(name: "members") }
    var members: [Member] = []
    var elements = array.elements
    while let element = elements.next() {
      let member = RecordReader(root: element)
      members.append(
        Member(
          series: try member.string("series"), incident: try member.string("incident"),
          openedAt: try member.integer("opened"), kind: try member.word("kind"),
          severity: try member.word("severity"), perWeek: try member.numberOrNull("per_week")))
    }
    return members
  }
}
