import TimeSeries

/// The members of one record, by name.
struct RecordReader {
  let root: JSONElement

  /// - Precondition: the parser outlives the record, since it owns what elements point to.
  init(root: JSONElement) { self.root = root }

  init(_ bytes: UnsafeRawBufferPointer, _ parser: JSONParser) throws(RecordError) {
    guard case .success(let root) = parser.parse(bytes.bindMemory(to: UInt8.self)) else {
      throw .notJSON
    }
    self.root = root
  }

  func member(_ name: StaticString) throws(RecordError) -> JSONElement {
    guard let member = root.member(name) else { throw .wrongField(name: name.description) }
    return member
  }

  func string(_ name: StaticString) throws(RecordError) -> String {
    guard let text = try member(name).string else {
      throw .wrongField(name: name.description)
    }
    return String(decoding: text, as: UTF8.self)
  }

  func integer(_ name: StaticString) throws(RecordError) -> Int64 {
    guard let integer = try member(name).integer else {
      throw .wrongField(name: name.description)
    }
    return integer
  }

  func flag(_ name: StaticString) throws(RecordError) -> Bool {
    guard case .boolean(let flag) = try member(name).reading else {
      throw .wrongField(name: name.description)
    }
    return flag
  }

  func numberOrNull(_ name: StaticString) throws(RecordError) -> Double? {
    switch try member(name).reading {
    case .number(let number): return number
    case .missing: return nil
    case .notFinite, .boolean, .other: throw .wrongField(name: name.description)
    }
  }

  func word<Word: RawRepresentable>(_ name: StaticString) throws(RecordError) -> Word
  where Word.RawValue == String {
    guard let word = Word(rawValue: try string(name)) else {
      throw .wrongField(name: name.description)
    }
    return word
  }

  func series() throws(RecordError) -> RecordSeries {
    let labels = try labels()
    return RecordSeries(
      key: try string("series"), name: try string("name"), labels: labels,
      stream: try string("stream"))
  }

  func labels() throws(RecordError) -> [SeriesKey.Label] {
    let object = try member("labels")
    guard object.isObject else { throw .wrongField(name: "labels") }
    var labels: [SeriesKey.Label] = []
    var members = object.members
    while let (name, value) = members.next() {
      guard let value = value.string else { throw .wrongField(name: "labels") }
      labels.append(
        SeriesKey.Label(
          name: String(decoding: name, as: UTF8.self),
          value: String(decoding: value, as: UTF8.self)))
    }
    return labels
  }

  /// The numbers of an array, NaN for null.
  static func numbers(
    _ array: JSONElement, _ name: String
  ) throws(RecordError) -> [Double] {
    guard array.isArray else { throw .wrongField(name: name) }
    var numbers: [Double] = []
    var elements = array.elements
    while let element = elements.next() {
      switch element.reading {
      case .number(let number): numbers.append(number)
      case .missing: numbers.append(.nan)
      case .notFinite, .boolean, .other: throw .wrongField(name: name)
      }
    }
    return numbers
  }
}
