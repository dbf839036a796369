import Glibc
import NeuralNetwork
import Numerics
import Testing

@Suite struct SafetensorsTests {
  static func sample() -> [UInt8] {
    var writer = SafetensorsWriter(
      [
        SafetensorsDescriptor(name: "a.weight", type: .float32, shape: [2, 3]),
        SafetensorsDescriptor(name: "naïve \"name\"\n\\", type: .float64, shape: [2]),
        SafetensorsDescriptor(name: "counts", type: .int64, shape: [1, 2]),
        SafetensorsDescriptor(name: "flags", type: .uint8, shape: [3]),
        SafetensorsDescriptor(name: "ids", type: .int32, shape: []),
        SafetensorsDescriptor(name: "none", type: .float32, shape: [0, 7]),
      ], metadata: ["version": "3", "quote": "a \"b\" \u{1}"])
    writer.append([Float]([1, -2, 3.5, .infinity, 0, 6]))
    writer.append([Double.pi, -1e300])
    writer.append([Int64.min, 5])
    writer.append([UInt8]([1, 2, 255]))
    writer.append([Int32(-7)])
    writer.append([Float]())
    return writer.finish()
  }

  static func file(_ header: String, data: Int = 0) -> [UInt8] {
    let text = Array(header.utf8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
      + [UInt8](repeating: 0, count: data)
  }

  static func file(bytes: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) } + bytes
  }

  @Test("tensors that are written are read back")
  func roundTrip() throws {
    let file = try SafetensorsReader(Self.sample())
    #expect(file.metadata == ["version": "3", "quote": "a \"b\" \u{1}"])
    #expect(file.tensors.count == 6)
    #expect(file["a.weight"]?.shape == [2, 3])
    #expect(try file.floats("a.weight") == [1, -2, 3.5, .infinity, 0, 6])
    #expect(try file.doubles("naïve \"name\"\n\\") == [Double.pi, -1e300])
    #expect(try file.int64s("counts") == [.min, 5])
    #expect(try file.uint8s("flags") == [1, 2, 255])
    #expect(try file.withBytes("ids") { $0.loadUnaligned(as: Int32.self) } == -7)
    #expect(try file.floats("none") == [])
    #expect(throws: SafetensorsError.missingTensor("b")) { try file.floats("b") }
    #expect(
      throws: SafetensorsError.wrongType(tensor: "ids", expected: "F32", found: "I32")
    ) { try file.floats("ids") }
  }

  @Test("the header starts at byte 8, is padded to 8 bytes, and equal content gives equal bytes")
  func bytesAreStable() {
    let bytes = Self.sample()
    #expect(bytes[0] % 8 == 0 && bytes[8] == UInt8(ascii: "{"))
    #expect(bytes == Self.sample())
  }

  @Test("white space, escapes and any order of keys are read")
  func laxHeader() throws {
    let header = """
      {"\\u0061\\ud83d\\ude00" : { "data_offsets" : [ 0 , 4 ], "shape" :[ ] ,"dtype":"F32"} } \n
      """
    let file = try SafetensorsReader(Self.file(header, data: 4))
    #expect(file.tensors.map(\.name) == ["a😀"])
    #expect(try SafetensorsReader(Self.file("{}")).tensors.isEmpty)
  }

  static let refused: [(String, [UInt8], @Sendable (SafetensorsError) -> Bool)] = {
    func tensor(_ type: String, _ shape: String, _ offsets: String) -> String {
      "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }
    let good = tensor("F32", "[1]", "[0,4]")
    let empty = tensor("F32", "[0]", "[0,0]")
    let huge = "9223372036854775807"
    return [
      ("too short", [1, 2, 3], { $0 == .truncated(bytes: 3) }),
      (
        "a header beyond the file", [255, 255, 255, 255, 255, 255, 255, 255, 1],
        { $0 == .headerTooLong(length: .max, available: 1) }
      ),
      ("an empty header", file(""), isMalformed),
      ("not an object", file("[1]"), isMalformed),
      ("an unclosed object", file("{\"a\":\(good)", data: 4), isMalformed),
      ("an unclosed string", file("{\"a"), isMalformed),
      ("text after the object", file("{} x"), isMalformed),
      ("space before the object", file(" {}"), isMalformed),
      ("deep nesting", file("{\"a\":" + String(repeating: "[", count: 100_000)), isMalformed),
      ("an unknown key", file("{\"a\":{\"x\":\"y\"}}"), isMalformed),
      ("bytes that are no UTF-8", file(bytes: [0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a]), isMalformed),
      ("a surrogate as UTF-8", file(bytes: [0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22]), isMalformed),
      (
        "a name twice, once with an escape",
        file("{\"a\":\(empty),\"\\u0061\":\(empty)}"), { $0 == .duplicateName("a") }
      ),
      (
        "metadata twice", file("{\"__metadata__\":{},\"__metadata__\":{}}"),
        { $0 == .duplicateName("__metadata__") }
      ),
      (
        "a key of the metadata twice", file("{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}"),
        { $0 == .duplicateName("__metadata__.k") }
      ),
      ("metadata that is no text", file("{\"__metadata__\":{\"k\":1}}"), isMalformed),
      (
        "more dimensions than any tensor has",
        file(
          "{\"a\":\(tensor("U8", "[" + String(repeating: "0,", count: 64) + "0]", "[0,0]"))}"),
        { $0 == .badShape(tensor: "a") }
      ),
      ("a lone surrogate", file("{\"\\ud800\":\(good)}", data: 4), isMalformed),
      ("a missing key", file("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}"), isMalformed),
      ("a negative size", file("{\"a\":\(tensor("F32", "[-1]", "[0,4]"))}"), isMalformed),
      ("a fraction", file("{\"a\":\(tensor("F32", "[1.5]", "[0,4]"))}"), isMalformed),
      (
        "a number beyond 64 bits",
        file("{\"a\":\(tensor("F32", "[99999999999999999999]", "[0,4]"))}"), isMalformed
      ),
      (
        "a duplicate name", file("{\"a\":\(good),\"a\":\(good)}", data: 4),
        { $0 == .duplicateName("a") }
      ),
      (
        "an unknown type", file("{\"a\":\(tensor("F8", "[4]", "[0,4]"))}", data: 4),
        { $0 == .unknownType("F8", tensor: "a") }
      ),
      (
        "a product of sizes that overflows",
        file("{\"a\":\(tensor("F32", "[\(huge),2]", "[0,4]"))}", data: 4),
        { $0 == .badShape(tensor: "a") }
      ),
      (
        "a range beyond the file", file("{\"a\":\(tensor("F32", "[2]", "[0,8]"))}", data: 4),
        { $0 == .badRange(tensor: "a") }
      ),
      (
        "a range unlike the shape", file("{\"a\":\(tensor("F32", "[2]", "[0,4]"))}", data: 4),
        { $0 == .badRange(tensor: "a") }
      ),
      (
        "a range that runs backwards", file("{\"a\":\(tensor("F32", "[1]", "[4,0]"))}", data: 4),
        { $0 == .badRange(tensor: "a") }
      ),
      (
        "overlapping tensors",
        file(
          "{\"a\":\(tensor("U8", "[4]", "[0,4]")),\"b\":\(tensor("U8", "[4]", "[2,6]"))}", data: 6),
        { $0 == .overlapOrGap(tensor: "b") }
      ),
      (
        "a gap", file("{\"a\":\(tensor("U8", "[1]", "[3,4]"))}", data: 4),
        { $0 == .overlapOrGap(tensor: "a") }
      ),
      ("bytes of no tensor", file("{\"a\":\(good)}", data: 5), { $0 == .trailingBytes(1) }),
    ]
  }()

  @Test("malformed and hostile files are refused with the reason", arguments: refused.indices)
  func refusals(_ index: Int) {
    let (name, bytes, isExpected) = Self.refused[index]
    do throws(SafetensorsError) {
      _ = try SafetensorsReader(bytes)
      Issue.record("\(name) was accepted")
    } catch {
      #expect(isExpected(error), "\(name): \(error)")
    }
  }

  @Test("F16, BF16 and F64 are read as Float, wherever in the file they lie")
  func floatTypes() throws {
    var writer = SafetensorsWriter([
      SafetensorsDescriptor(name: "odd", type: .uint8, shape: [1]),
      SafetensorsDescriptor(name: "half", type: .float16, shape: [4]),
      SafetensorsDescriptor(name: "brain", type: .bfloat16, shape: [3]),
      SafetensorsDescriptor(name: "double", type: .float64, shape: [3]),
    ])
    writer.append([UInt8(0)])
    writer.append([Float16]([1.5, -65504, 6e-8, .infinity]).map(\.bitPattern))
    writer.append([UInt16]([0x3f80, 0xff80, 0x7fc0]))
    writer.append([Double.pi, 1e300, -Double.leastNonzeroMagnitude])
    let file = try SafetensorsReader(writer.finish())
    #expect(try file.floats("half") == [1.5, -65504, 0x1p-24, .infinity])
    let brain = try file.floats("brain")
    #expect(brain[0] == 1 && brain[1] == -.infinity && brain[2].isNaN)
    #expect(try file.floats("double") == [Float(Double.pi), .infinity, -0.0])
    #expect(throws: SafetensorsError.self) { try file.floats("odd") }
  }

  @Test("metadata is found by key, with escapes on either side")
  func metadata() throws {
    let header = """
      {"__metadata__":{"b":"2","\\u0061\\n" : "\\ud83d\\ude00é\\\"","":"empty"}}
      """
    let file = try SafetensorsReader(Self.file(header))
    #expect(file.metadata == ["b": "2", "a\n": "😀é\"", "": "empty"])
    #expect(file.metadata("a\n") == "😀é\"" && file.metadata("") == "empty")
    #expect(file.metadata("b") == "2" && file.metadata("c") == nil)
    #expect(try SafetensorsReader(Self.sample()).metadata("version") == "3")
  }

  @Test("a file is replaced as a whole, and a missing one is a clear error")
  func files() throws {
    let path = "/tmp/forecastd-safetensors-\(getpid())"
    defer { unlink(path) }
    try WeightsFile.write([1, 2, 3], to: path)
    try WeightsFile.write(Self.sample(), to: path)
    #expect(try WeightsFile.read(path) == Self.sample())
    #expect(access(path + ".tmp", F_OK) != 0)
    #expect(
      throws: SafetensorsError.fileSystem(operation: "open", path: path + "x", errno: ENOENT)
    ) { try WeightsFile.read(path + "x") }
    #expect(throws: SafetensorsError.self) { try WeightsFile.read("/dev/zero") }
    // A sparse file: eight tebibytes by its size, nothing on disk.
    let sparse = path + ".sparse"
    defer { unlink(sparse) }
    try WeightsFile.write([1], to: sparse)
    try #require(truncate(sparse, 1 << 43) == 0)
    #expect(
      throws: SafetensorsError.fileSystem(operation: "hold in memory", path: sparse, errno: EFBIG)
    ) { try WeightsFile.read(sparse) }
    #expect(throws: SafetensorsError.self) { try WeightsFile.write([1], to: path + "/x/y") }
  }

  @Test("weights survive a round trip; another model's file is refused")
  func weights() throws {
    var layout = ParameterLayout()
    layout.append("linear.weight", 2, 3)
    layout.append("linear.bias", 2)
    let parameters = random(8, seed: 1)
    let bytes = parameters.withUnsafeBufferPointer { layout.encodeSafetensors($0) }
    let file = try SafetensorsReader(bytes)
    #expect(try layout.decodeParameters(file) == parameters)
    var other = ParameterLayout()
    other.append("linear.weight", 3, 2)
    other.append("linear.bias", 2)
    #expect(
      throws: SafetensorsError.wrongShape(
        tensor: "linear.weight", expected: [3, 2], found: [2, 3])
    ) { try other.decodeParameters(file) }
    var smaller = ParameterLayout()
    smaller.append("linear.weight", 2, 3)
    #expect(throws: SafetensorsError.unexpectedTensor("linear.bias")) {
      try smaller.decodeParameters(file)
    }
    for format in NarrowFormat.allCases {
      let narrow = parameters.withUnsafeBufferPointer {
        layout.encodeSafetensors($0, narrowed: format)
      }
      #expect(narrow.count == bytes.count - 16)
      for (value, stored) in zip(parameters, try layout.decodeParameters(SafetensorsReader(narrow)))
      {
        #expect(abs(Double(stored - value)) <= format.roundingError * Double(abs(value)))
      }
    }
    // Each of two layouts in one file is read as long as it knows of the other.
    var statistics = ParameterLayout()
    statistics.append("norm.running_mean", 8)
    let both = parameters.withUnsafeBufferPointer {
      ParameterLayout.encodeSafetensors([(layout, $0), (statistics, $0)])
    }
    let two = try SafetensorsReader(both)
    #expect(try layout.decodeParameters(two, beside: [statistics]) == parameters)
    #expect(throws: SafetensorsError.unexpectedTensor("norm.running_mean")) {
      try layout.decodeParameters(two)
    }
    layout.append("more", 1)
    #expect(throws: SafetensorsError.missingTensor("more")) { try layout.decodeParameters(file) }
  }

  @Test("the digest is FNV-1a of the bytes and changes with one bit")
  func digest() {
    // FNV-1a of no bytes is its offset basis; of four zero bytes it is basis · prime⁴.
    let none = [Float]()
    #expect(none.withUnsafeBufferPointer(weightsDigest) == "cbf29ce484222325")
    #expect([Float(0)].withUnsafeBufferPointer(weightsDigest) == "4d25767f9dce13f5")
    let a = random(10, seed: 1)
    var b = a
    b[9] = b[9].nextUp
    #expect(a.withUnsafeBufferPointer(weightsDigest) != b.withUnsafeBufferPointer(weightsDigest))
  }
}

@Sendable private func isMalformed(_ error: SafetensorsError) -> Bool {
  if case .malformedHeader = error { return true }
  return false
}
