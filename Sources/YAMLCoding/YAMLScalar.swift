/// A scalar resolved by the core schema of YAML 1.2 (§10.3.2): so `yes` and `1_000` are texts,
/// and `0777` is seven hundred and seventy-seven.
struct YAMLScalar {
  enum Kind: Equatable {
    case null
    case boolean(Bool)
    case integer(negative: Bool, magnitude: UInt64?)
    /// Nil where a finite number is written that no `Double` can hold.
    case floating(Double?)
    case text
  }

  let text: String
  let isPlain: Bool
  let kind: Kind

  init(text: String, isPlain: Bool, kind: Kind) {
    self.text = text
    self.isPlain = isPlain
    self.kind = kind
  }

  /// Nil where the tag says a type that the text is not.
  init?(text: String, isPlain: Bool, tag: String?) {
    let resolved = Self.resolve(text)
    let kind: Kind?
    switch (tag, resolved) {
    case (nil, _): kind = isPlain ? resolved : .text
    case ("!", _), ("tag:yaml.org,2002:str", _): kind = .text
    case ("tag:yaml.org,2002:null", .null), ("tag:yaml.org,2002:bool", .boolean),
      ("tag:yaml.org,2002:int", .integer), ("tag:yaml.org,2002:float", .floating):
      kind = resolved
    case ("tag:yaml.org,2002:float", .integer): kind = .floating(Double(text))
    default: kind = nil
    }
    guard let kind else { return nil }
    self.init(text: text, isPlain: isPlain, kind: kind)
  }

  var description: String {
    switch kind {
    case .null: "no value"
    case .boolean: "'\(text)'"
    case .integer, .floating: "the number \(printable(text))"
    case .text: isPlain ? "the text '\(printable(text))'" : "the quoted text \"\(printable(text))\""
    }
  }

  private static func resolve(_ text: String) -> Kind {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .boolean(true)
    case "false", "False", "FALSE": return .boolean(false)
    case ".nan", ".NaN", ".NAN": return .floating(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .floating(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .floating(-.infinity)
    default: return resolveInteger(text) ?? resolveFloating(text) ?? .text
    }
  }

  private static func resolveInteger(_ text: String) -> Kind? {
    if text.hasPrefix("0x") || text.hasPrefix("0o") {
      let radix = text.hasPrefix("0x") ? 16 : 8
      let digits = text.utf8.dropFirst(2)
      guard !digits.isEmpty, digits.allSatisfy({ isDigit($0, radix: radix) }) else { return nil }
      return .integer(negative: false, magnitude: UInt64(Substring(digits), radix: radix))
    }
    let digits = text.utf8.drop { sign.contains($0) }
    guard text.utf8.count - digits.count <= 1, !digits.isEmpty,
      digits.allSatisfy({ isDigit($0, radix: 10) })
    else { return nil }
    // A magnitude that does not fit stays an integer, so that the error can say "too large".
    return .integer(negative: text.hasPrefix("-"), magnitude: UInt64(Substring(digits)))
  }

  private static func resolveFloating(_ text: String) -> Kind? {
    var rest = text.utf8.drop { sign.contains($0) }
    guard text.utf8.count - rest.count <= 1 else { return nil }
    let whole = rest.prefix { isDigit($0, radix: 10) }
    rest = rest[whole.endIndex...]
    var fraction = rest.prefix(0)
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      fraction = rest.prefix { isDigit($0, radix: 10) }
      rest = rest[fraction.endIndex...]
    }
    guard !whole.isEmpty || !fraction.isEmpty else { return nil }
    if let letter = rest.first, letter == UInt8(ascii: "e") || letter == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if let first = rest.first, sign.contains(first) { rest = rest.dropFirst() }
      guard !rest.isEmpty, rest.allSatisfy({ isDigit($0, radix: 10) }) else { return nil }
    } else if !rest.isEmpty {
      return nil
    }
    let value = Double(text)
    return .floating(value?.isFinite == true ? value : nil)
  }

  private static let sign: [UInt8] = [UInt8(ascii: "+"), UInt8(ascii: "-")]

  private static func isDigit(_ byte: UInt8, radix: Int) -> Bool {
    Character(Unicode.Scalar(byte)).hexDigitValue.map { $0 < radix } ?? false
  }
}
