import TimeSeries

/// The columns of a `SeriesStates` as memory, for the length of one call.
struct SeriesPointers {
  let hidden: UnsafeMutablePointer<Float>
  let cell: UnsafeMutablePointer<Float>
  let rings: UnsafeMutablePointer<Float>
  let inputs: UnsafeMutablePointer<Int16>
  let scalers: UnsafeMutablePointer<Double>
  let counters: UnsafeMutablePointer<Int64>
  let times: UnsafeMutablePointer<Int64>
  let stateSize: Int
  let cellSize: Int

  @inline(__always)
  func ring(_ row: Int, _ layout: borrowing FeatureLayout) -> SeriesRing {
    SeriesRing(
      offsets: rings + row * layout.memorySize, layout: layout,
      steps: Int(counters[row * SeriesStates.counterWidth]))
  }

  @inline(__always)
  func scaler(_ row: Int) -> SeriesScaler {
    SeriesStates.loadScaler(row, scalers, counters)
  }

  /// The newest observed value, zero before the first.
  @inline(__always)
  func lastValue(_ row: Int) -> Double { scalers[row * SeriesStates.scalerWidth + 4] }

  @inline(__always)
  func store(lastValue: Double, row: Int) {
    scalers[row * SeriesStates.scalerWidth + 4] = lastValue
  }

  /// What the network saw at a step, the first being number 0.
  @inline(__always)
  func input(_ row: Int, step: Int) -> StepInput {
    let place = inputPlace(row, step: step)
    return StepInput(level: inputs[place], difference: inputs[place + 1])
  }

  @inline(__always)
  func store(_ input: StepInput, row: Int, step: Int) {
    let place = inputPlace(row, step: step)
    inputs[place] = input.level
    inputs[place + 1] = input.difference
  }

  @inline(__always)
  private func inputPlace(_ row: Int, step: Int) -> Int {
    2 * (row * FeatureLayout.replaySteps + step % FeatureLayout.replaySteps)
  }

  @inline(__always)
  func store(_ scaler: SeriesScaler, ring: SeriesRing, row: Int) {
    let place = row * SeriesStates.scalerWidth
    scalers[place] = scaler.anchor
    scalers[place + 1] = scaler.mean
    scalers[place + 2] = scaler.variance
    scalers[place + 3] = scaler.difference
    let counter = row * SeriesStates.counterWidth
    counters[counter] = Int64(ring.steps)
    counters[counter + 1] = scaler.observed
    counters[counter + 2] = scaler.compared
  }
}

extension SeriesStates {
  @inline(__always)
  mutating func withPointers<R>(_ body: (SeriesPointers) -> R) -> R {
    let (stateSize, cellSize) = (hidden.width, cell.width)
    // An array that is handed over as a pointer is memory for the length of the call.
    func call(
      _ hidden: UnsafeMutablePointer<Float>, _ cell: UnsafeMutablePointer<Float>,
      _ rings: UnsafeMutablePointer<Float>, _ inputs: UnsafeMutablePointer<Int16>,
      _ scalers: UnsafeMutablePointer<Double>, _ counters: UnsafeMutablePointer<Int64>,
      _ times: UnsafeMutablePointer<Int64>
    ) -> R {
      body(
        SeriesPointers(
          hidden: hidden, cell: cell, rings: rings, inputs: inputs, scalers: scalers,
          counters: counters, times: times, stateSize: stateSize, cellSize: cellSize))
    }
    return call(
      &hidden.elements, &cell.elements, &ring.elements, &inputs.elements, &scalers.elements,
      &counters.elements, &times.elements)
  }

  /// The same for a body that only reads.
  @inline(__always)
  func withReadPointers<R>(_ body: (SeriesPointers) -> R) -> R {
    func call(
      _ hidden: UnsafePointer<Float>, _ cell: UnsafePointer<Float>,
      _ rings: UnsafePointer<Float>, _ inputs: UnsafePointer<Int16>,
      _ scalers: UnsafePointer<Double>, _ counters: UnsafePointer<Int64>,
      _ times: UnsafePointer<Int64>
    ) -> R {
      body(
        SeriesPointers(
          hidden: .init(mutating: hidden), cell: .init(mutating: cell),
          rings: .init(mutating: rings), inputs: .init(mutating: inputs),
          scalers: .init(mutating: scalers), counters: .init(mutating: counters),
          times: .init(mutating: times), stateSize: self.hidden.width, cellSize: self.cell.width))
    }
    return call(
      hidden.elements, cell.elements, ring.elements, inputs.elements, scalers.elements,
      counters.elements, times.elements)
  }
}
