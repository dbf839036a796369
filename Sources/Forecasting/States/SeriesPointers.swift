import TimeSeries

/// The columns of a `SeriesStates` as memory, for the length of one call.
struct SeriesPointers {
  let hidden: UnsafeMutableBufferPointer<Float>
  let cell: UnsafeMutableBufferPointer<Float>
  let rings: UnsafeMutableBufferPointer<Float>
  let inputs: UnsafeMutableBufferPointer<Int16>
  let scalers: UnsafeMutableBufferPointer<Double>
  let counters: UnsafeMutableBufferPointer<Int64>
  let times: UnsafeMutableBufferPointer<Int64>
  let stateSize: Int
  let cellSize: Int

  @inline(__always)
  func ring(_ row: Int, _ layout: borrowing FeatureLayout) -> SeriesRing {
    // A table with rows has memory; only an empty one has no base address.
    guard let base = rings.baseAddress else { preconditionFailure("row \(row) of no rows") }
    return SeriesRing(
      offsets: base + row * layout.memorySize, layout: layout,
      steps: Int(counters[row * SeriesStates.counterWidth]))
  }

  @inline(__always)
  func scaler(_ row: Int) -> SeriesScaler {
    SeriesStates.loadScaler(
      row, UnsafeBufferPointer(scalers), UnsafeBufferPointer(counters))
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
    return hidden.elements.withUnsafeMutableBufferPointer { hidden in
      cell.elements.withUnsafeMutableBufferPointer { cell in
        ring.elements.withUnsafeMutableBufferPointer { rings in
          inputs.elements.withUnsafeMutableBufferPointer { inputs in
            scalers.elements.withUnsafeMutableBufferPointer { scalers in
              counters.elements.withUnsafeMutableBufferPointer { counters in
                times.elements.withUnsafeMutableBufferPointer { times in
                  body(
                    SeriesPointers(
                      hidden: hidden, cell: cell, rings: rings, inputs: inputs,
                      scalers: scalers, counters: counters, times: times, stateSize: stateSize,
                      cellSize: cellSize))
                }
              }
            }
          }
        }
      }
    }
  }

  /// The same for a body that only reads.
  @inline(__always)
  func withReadPointers<R>(_ body: (SeriesPointers) -> R) -> R {
    hidden.elements.withUnsafeBufferPointer { hidden in
      cell.elements.withUnsafeBufferPointer { cell in
        ring.elements.withUnsafeBufferPointer { rings in
          inputs.elements.withUnsafeBufferPointer { inputs in
            scalers.elements.withUnsafeBufferPointer { scalers in
              counters.elements.withUnsafeBufferPointer { counters in
                times.elements.withUnsafeBufferPointer { times in
                  body(
                    SeriesPointers(
                      hidden: UnsafeMutableBufferPointer(mutating: hidden),
                      cell: UnsafeMutableBufferPointer(mutating: cell),
                      rings: UnsafeMutableBufferPointer(mutating: rings),
                      inputs: UnsafeMutableBufferPointer(mutating: inputs),
                      scalers: UnsafeMutableBufferPointer(mutating: scalers),
                      counters: UnsafeMutableBufferPointer(mutating: counters),
                      times: UnsafeMutableBufferPointer(mutating: times),
                      stateSize: self.hidden.width, cellSize: self.cell.width))
                }
              }
            }
          }
        }
      }
    }
  }
}
