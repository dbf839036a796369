package import TimeSeries

// Snapshots from before 2026-12 have a third candidate, the mean of the quantiles of the network
// and the baseline. Two columns have other names.

extension CalibrationTable {
  package mutating func restore(_ tensors: [String: ColumnTensor]) throws(ColumnTensorError) {
    guard let flight = tensors["calibration.flight"], let numbers = tensors["calibration.numbers"],
      let choice = tensors["calibration.choice"]
    else { return try restoreColumns(tensors) }
    var renamed = tensors
    renamed["calibration.tracked"] = flight
    renamed["calibration.learned"] = try withoutMean(numbers)
    renamed["calibration.choice"] = Self.withoutMean(choice: choice)
    try restoreColumns(renamed)
  }

  /// Removes the coverage and the loss of the mean from each row.
  private func withoutMean(_ numbers: ColumnTensor) throws(ColumnTensorError) -> ColumnTensor {
    let coverage = layout.places.coverageWidth
    let width = layout.places.size + coverage + 1
    var former = Column<Float>(width: width, initial: 0)
    try former.restore(["calibration.numbers": numbers], name: "calibration.numbers")
    var kept = learned
    kept.elements.removeAll()
    kept.elements.reserveCapacity(former.count * layout.places.size)
    for row in 0..<former.count {
      let numbers = former.elements[row * width..<(row + 1) * width]
      let start = numbers.startIndex
      let losses = start + 3 * coverage
      kept.elements += numbers[start..<start + coverage]
      kept.elements += numbers[start + 2 * coverage..<losses + 1]
      kept.elements += numbers[(losses + 2)...]
    }
    return ColumnTensor(name: "calibration.learned", column: kept)
  }

  /// Converts the choice: the network was 0, the mean 1 and the baseline 2.
  private static func withoutMean(choice former: ColumnTensor) -> ColumnTensor {
    var choice = former
    for place in stride(from: 0, to: choice.bytes.count, by: CalibrationPointers.choiceWidth) {
      choice.bytes[place] =
        choice.bytes[place] == 2 ? Candidate.baseline.rawValue : Candidate.network.rawValue
    }
    return choice
  }
}
