import NeuralNetwork
import TestSupport
import Testing

/// A case of fixtures/parity, whose README says what each tensor is and what "equal" means.
struct ParityFixture {
  /// Largest error of a tensor relative to its largest element.
  static let tolerance = 1e-5

  let name: String
  let file: SafetensorsReader

  init(_ name: String) throws {
    self.name = name
    file = try SafetensorsReader(
      WeightsFile.read("\(packageDirectory)/fixtures/parity/\(name).safetensors"))
  }

  func floats(_ tensor: String) throws -> [Float] { try file.floats(tensor) }

  func shape(_ tensor: String) throws -> [Int] {
    try #require(file[tensor], "\(name) has no \(tensor)").shape
  }

  func metadata(_ key: String) throws -> Double {
    try #require(file.metadata[key].flatMap(Double.init), "\(name) has no \(key)")
  }

  /// All parameters of a layout, in its order, from the tensors `<kind>.<name>`, whose shapes must
  /// be the layout's.
  func parameters(_ layout: ParameterLayout, _ kind: String = "parameter") throws -> [Float] {
    try layout.entries.flatMap { entry in
      let tensor = "\(kind).\(entry.name)"
      try #require(try shape(tensor) == entry.shape, "\(name): \(tensor)")
      return try floats(tensor)
    }
  }

  /// Fails where `actual` is not PyTorch's tensor.
  func expect(
    _ actual: some Collection<Float>, _ tensor: String, tolerance: Double = Self.tolerance,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = try floats(tensor)
    let error = relativeError(Array(actual), expected)
    #expect(error <= tolerance, "\(name): \(tensor)", sourceLocation: sourceLocation)
  }

  /// Fails where a parameter's part of a flat buffer is not PyTorch's tensor `<kind>.<name>`.
  ///
  /// - Parameter vanishing: parameters whose values are rounding alone: below 1e-6 of the largest
  ///   of all, here and there.
  func expect(
    _ flat: [Float], _ layout: ParameterLayout, _ kind: String, vanishing: Set<String> = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try #require(flat.count == layout.count)
    let largest = flat.map(abs).max() ?? 0
    for entry in layout.entries {
      if vanishing.contains(entry.name) {
        let both = try floats("\(kind).\(entry.name)") + flat[entry.range]
        #expect(both.allSatisfy { abs($0) < 1e-6 * largest }, "\(name): \(kind).\(entry.name)")
        continue
      }
      try expect(flat[entry.range], "\(kind).\(entry.name)", sourceLocation: sourceLocation)
    }
  }
}

/// max |a − b| / max |b|; where b is all zeros max |a|; infinite where counts differ or a is not
/// finite.
func relativeError(_ actual: [Float], _ expected: [Float]) -> Double {
  guard actual.count == expected.count else { return .infinity }
  var (error, scale) = (0.0, 0.0)
  for (a, b) in zip(actual, expected) {
    guard a.isFinite else { return .infinity }
    error = max(error, abs(Double(a) - Double(b)))
    scale = max(scale, abs(Double(b)))
  }
  return scale > 0 ? error / scale : error
}
