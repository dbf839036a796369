import Numerics

/// States and features of a block of series, gathered from their tables; one for each worker
/// thread, reused, so that nothing is allocated.
package struct ForecastingWorkspace: ~Copyable {
  /// Rows worked on at a time: their states and features stay in the second-level cache.
  package static let rows = 64

  var network: ForecastInferenceWorkspace
  var hidden: FloatBuffer
  var cell: FloatBuffer
  var output: FloatBuffer
  var inputs: FloatBuffer
  var context: FloatBuffer
  var bases: FloatBuffer
  /// The series of a block whose forecasts are needed, and their numbers among all.
  private var chosenRows: [Int] = []
  private var chosenNumbers: [Int] = []

  package init(settings: ModelSettings) { self.init(shape: settings.networkShape) }

  private init(shape: ForecastNetworkShape) {
    network = ForecastInferenceWorkspace(shape: shape)
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

  /// Copies the states of the block's series into its rows.
  func gather(_ states: SeriesPointers, series: (Int) -> Int, count: Int) {
    gatherHidden(states, series: series, count: count)
    guard let cell = cell.baseAddress else { return }
    let width = cellWidth(count)
    for row in 0..<count {
      (cell + row * width).update(from: states.cell + series(row) * states.cellSize, count: width)
    }
  }

  /// The same for the hidden states alone, which are what a forecast reads.
  func gatherHidden(_ states: SeriesPointers, series: (Int) -> Int, count: Int) {
    guard let hidden = hidden.baseAddress else { return }
    let width = states.stateSize
    for row in 0..<count {
      (hidden + row * width).update(from: states.hidden + series(row) * width, count: width)
    }
  }

  /// Copies the rows' states back to the block's series.
  func scatter(_ states: SeriesPointers, series: (Int) -> Int, count: Int) {
    guard let hidden = hidden.baseAddress, let cell = cell.baseAddress else { return }
    let (width, cellWidth) = (states.stateSize, cellWidth(count))
    for row in 0..<count {
      (states.hidden + series(row) * width).update(from: hidden + row * width, count: width)
      (states.cell + series(row) * states.cellSize).update(
        from: cell + row * cellWidth, count: cellWidth)
    }
  }

  /// Cells without a cell state have a column of states all the same, which is one wide.
  private func cellWidth(_ count: Int) -> Int { cell.count / max(1, count) }
}
