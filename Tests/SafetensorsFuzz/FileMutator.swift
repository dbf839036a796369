import NeuralNetwork
import Numerics

/// Makes safetensors files that are nearly right: mutations of good ones, most with a header length
/// that fits, so that they come as deep into the reader as they can.
struct FileMutator {
  private var generator: RandomGenerator
  private let originals: [[UInt8]]

  /// What breaks parsers of numbers, nesting, strings and names.
  private static let tokens: [String] = [
    "{", "}", "[", "]", "\"", ":", ",", "\\", "\\u0000", "\\ud800", "\\ud83d\\ude00", "\\\"",
    "null", "true", "-1", "1.5", "1e9", "0", "00", "18446744073709551615",
    "9223372036854775807", "4611686018427387904", "99999999999999999999999", "\"F32\"", "\"F16\"",
    "\"BF16\"", "\"U8\"", "\"F8\"", "\"dtype\"", "\"shape\"", "\"data_offsets\"",
    "\"__metadata__\"", "\u{0}", "é", "😀", "[0,0]", "[[[[[[[[[[[[[[[[", "{\"a\":", "[]", "{}",
    "\"\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,0]},",
    "\"\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},",
  ]

  init(seed: UInt64) {
    generator = RandomGenerator(seed: seed)
    originals = Self.originals()
  }

  mutating func next() -> [UInt8] {
    var file = originals[below(originals.count)]
    for _ in 0..<below(5) { mutate(&file) }
    // Mostly right again, so that not every file ends at its length; some only have other elements.
    if file.count >= 8, below(4) > 0 { fixLength(&file) }
    return file
  }

  private mutating func mutate(_ file: inout [UInt8]) {
    guard !file.isEmpty else { return }
    let place = below(file.count)
    switch below(10) {
    case 0: file[place] = UInt8(truncatingIfNeeded: generator.next())
    case 1: file[place] ^= 1 << UInt8(below(8))
    case 2: file.removeSubrange(place..<min(file.count, place + 1 + below(20)))
    case 3: file.removeLast(below(file.count))
    case 4: file.insert(contentsOf: file[place..<min(file.count, place + below(80))], at: place)
    case 5: file.insert(contentsOf: Array(Self.tokens[below(Self.tokens.count)].utf8), at: place)
    case 6: replaceNumber(&file, from: place)
    case 7:
      let other = originals[below(originals.count)]
      file.replaceSubrange(place..., with: other[min(place, other.count)...])
    case 8:
      let token = Array(Self.tokens[below(Self.tokens.count)].utf8)
      file.insert(contentsOf: (0..<below(200)).flatMap { _ in token }, at: min(8, file.count))
    default:
      for index in 0..<min(8, file.count) where below(3) == 0 {
        file[index] = UInt8(truncatingIfNeeded: generator.next())
      }
    }
  }

  /// Another number in place of the next one in the header.
  private mutating func replaceNumber(_ file: inout [UInt8], from place: Int) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let start = file[place...].firstIndex(where: { digits.contains($0) }) else { return }
    let end = file[start...].firstIndex { !digits.contains($0) } ?? file.count
    let numbers = ["0", "1", "2", "4", "8", "65536", "2147483648", "4294967296", "9999999999999"]
    file.replaceSubrange(start..<end, with: Array(numbers[below(numbers.count)].utf8))
  }

  /// The length up to the last brace and the spaces behind it.
  private mutating func fixLength(_ file: inout [UInt8]) {
    guard let brace = file.lastIndex(of: UInt8(ascii: "}")), brace >= 8 else { return }
    let end = file[(brace + 1)...].firstIndex { $0 != UInt8(ascii: " ") } ?? file.count
    var length = UInt64(end - 8)
    for index in 0..<8 {
      file[index] = UInt8(truncatingIfNeeded: length)
      length >>= 8
    }
  }

  private mutating func below(_ bound: Int) -> Int { Int(generator.next() % UInt64(max(1, bound))) }

  /// Whole files made to cost as much as they can for their size, each with whether it is valid.
  static func costly() -> [(name: String, file: [UInt8], isValid: Bool)] {
    func file(_ header: String, data: Int = 0) -> [UInt8] {
      let text = Array(header.utf8)
      return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
        + [UInt8](repeating: 0, count: data)
    }
    func tensor(_ shape: String) -> String {
      "{\"dtype\":\"U8\",\"shape\":\(shape),\"data_offsets\":[0,0]}"
    }
    let empty = tensor("[0]")
    let many = (0..<30_000).map { "\"\(String($0, radix: 36))\":\(empty)" }
    let keys = (0..<100_000).map { "\"\(String($0, radix: 36))\":\"\"" }
    let zeros = Array(repeating: "0", count: 500_000)
    let long = String(repeating: "a", count: 1_000_000)
    return [
      ("many tensors", file("{\(many.joined(separator: ","))}"), true),
      ("much metadata", file("{\"__metadata__\":{\(keys.joined(separator: ","))}}"), true),
      ("many dimensions", file("{\"a\":\(tensor("[\(zeros.joined(separator: ","))]"))}"), false),
      ("deep nesting", file("{\"a\":" + String(repeating: "[", count: 1_000_000)), false),
      ("deep objects", file(String(repeating: "{\"a\":", count: 300_000)), false),
      ("a long name", file("{\"\(long)\":\(empty)}"), true),
      ("a long name twice", file("{\"\(long)\":\(empty),\"\(long)\":\(empty)}"), false),
      ("a long type", file("{\"a\":{\"dtype\":\"\(long)\"}}"), false),
      (
        "a long number", file("{\"a\":\(tensor("[" + String(repeating: "0", count: 999) + "]"))}"),
        true
      ),
      (
        "alike names",
        file(
          "{" + many.map { "\"" + long.prefix(300) + $0.dropFirst() }.joined(separator: ",") + "}"),
        true
      ),
    ]
  }

  /// Every type, many small tensors, much metadata, names that need escapes, and nothing at all.
  private static func originals() -> [[UInt8]] {
    var files: [[UInt8]] = []
    let types = SafetensorsType.allCases
    var all = SafetensorsWriter(
      types.map { SafetensorsDescriptor(name: "t.\($0.rawValue)", type: $0, shape: [2, 3]) },
      metadata: ["format": "pt"])
    for type in types { all.append([UInt8](repeating: 7, count: 6 * type.size)) }
    files.append(all.finish())
    let names = (0..<40).map { "layer.\($0 % 10).\($0)" }
    var many = SafetensorsWriter(
      names.map { SafetensorsDescriptor(name: $0, type: .uint8, shape: [1]) })
    for _ in names { many.append([UInt8(1)]) }
    files.append(many.finish())
    let metadata = SafetensorsWriter(
      [], metadata: Dictionary(uniqueKeysWithValues: (0..<60).map { ("k\($0)", "\($0)") }))
    files.append(metadata.finish())
    var odd = SafetensorsWriter(
      [
        SafetensorsDescriptor(name: "é\n\"\\😀", type: .float16, shape: [1]),
        SafetensorsDescriptor(name: "", type: .bfloat16, shape: []),
        SafetensorsDescriptor(name: "none", type: .float64, shape: [0, 9, 9]),
      ], metadata: ["": "\u{1}", "é": "\\"])
    odd.append([UInt16(0x7c01)])
    odd.append([UInt16(0xff80)])
    odd.append([Double]())
    files.append(odd.finish())
    files.append(SafetensorsWriter([]).finish())
    return files
  }
}
