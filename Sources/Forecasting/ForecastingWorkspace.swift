import Numerics

/// Gathered rows of a block of series; one for each worker thread, reused, so that nothing is
/// allocated.
package struct ForecastingWorkspace: ~Copyable {
  /// Rows worked on at a time: their states and features stay in the second-level cache.
  package static let rows = 64

  var network: ForecastWorkspace
  var hidden: FloatBuffer
  var cell: FloatBuffer
  var output: FloatBuffer
  var inputs: FloatBuffer
  var context: FloatBuffer
  var bases: FloatBuffer
  /// Of a block's series those whose forecasts are needed, and their numbers.
  private var chosenRows: [Int] = []
  private var chosenNumbers: [Int] = []

  package init(settings: ModelSettings) { self.init(shape: settings.networkShape) }

  private init(shape: ForecastNetworkShape) {
    network = ForecastWorkspace(shape: shape)
    inputs = FloatBuffer(count: Self.rows * shape.inputSize)
    hidden = FloatBuffer(count: Self.rows * shape.stateSize)
    cell = FloatBuffer(count: Self.rows * shape.cellSize)
    context = FloatBuffer(count: Self.rows * shape.contextSize)
    bases = FloatBuffer(count: Self.rows * shape.baseCount * shape.horizon)
    output = FloatBuffer(count: Self.rows * shape.outputSize)
  }

  /// The first rows of each buffer; a network of another shape, after seasons were found, gets
  /// buffers of its own.
  mutating func block(_ count: Int, shape: ForecastNetworkShape) -> ForecastingBlock {
    precondition(count <= Self.rows)
    if shape != network.shape { self = ForecastingWorkspace(shape: shape) }
    return ForecastingBlock(
      inputs: part(inputs.mutable, count * shape.inputSize),
      hidden: part(hidden.mutable, count * shape.stateSize),
      cell: part(cell.mutable, count * shape.cellSize),
      context: part(context.mutable, count * shape.contextSize),
      bases: part(bases.mutable, count * shape.baseCount * shape.horizon),
      output: part(output.mutable, count * shape.outputSize))
  }

  /// The series of a block whose forecasts are needed, and their numbers among all.
  mutating func choose(
    _ numbers: Range<Int>, of rows: [Int], isNeeded: UnsafePointer<Bool>?
  ) -> (rows: ArraySlice<Int>, numbers: ArraySlice<Int>) {
    chosenRows.removeAll(keepingCapacity: true)
    chosenNumbers.removeAll(keepingCapacity: true)
    for number in numbers where isNeeded?[number] ?? true {
      chosenRows.append(rows[number])
      chosenNumbers.append(number)
    }
    return (chosenRows[...], chosenNumbers[...])
  }

  private func part(
    _ buffer: UnsafeMutableBufferPointer<Float>, _ count: Int
  ) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: buffer[..<count])
  }
}

/// Views of a workspace, valid while nothing else uses it.
struct ForecastingBlock {
  let inputs: UnsafeMutableBufferPointer<Float>
  let hidden: UnsafeMutableBufferPointer<Float>
  let cell: UnsafeMutableBufferPointer<Float>
  let context: UnsafeMutableBufferPointer<Float>
  let bases: UnsafeMutableBufferPointer<Float>
  let output: UnsafeMutableBufferPointer<Float>

  /// The block's rows are series, and these are theirs.
  func gather(_ states: SeriesPointers, series: (Int) -> Int, count: Int) {
    let (width, cellWidth) = (states.stateSize, cell.count / max(1, count))
    for row in 0..<count {
      let from = series(row) * width
      for index in 0..<width { hidden[row * width + index] = states.hidden[from + index] }
      let cellFrom = series(row) * states.cellSize
      for index in 0..<cellWidth { cell[row * cellWidth + index] = states.cell[cellFrom + index] }
    }
  }

  func scatter(_ states: SeriesPointers, series: (Int) -> Int, count: Int) {
    let (width, cellWidth) = (states.stateSize, cell.count / max(1, count))
    for row in 0..<count {
      let to = series(row) * width
      for index in 0..<width { states.hidden[to + index] = hidden[row * width + index] }
      let cellTo = series(row) * states.cellSize
      for index in 0..<cellWidth { states.cell[cellTo + index] = cell[row * cellWidth + index] }
    }
  }
}
