// Who makes the forecasts, chosen at each origin that is followed.

extension CalibrationTable {
  /// A network that has just been trained is believed where it promises a loss up to this many of the
  /// best baseline's.
  private static let promiseMaximum: Float = 1.5

  /// Chooses the best baseline, then the voice.
  ///
  /// Whoever speaks goes on unless another's running loss is lower by the hysteresis. A network that was never trained does not speak where a baseline
  /// can, nor does any in a series of which no forecast has been followed to its end.
  static func choose(
    _ layout: borrowing CalibrationLayout, _ settings: CalibrationSettings,
    _ state: CalibrationPointers, row: Int, isTrained: Bool
  ) {
    let choice = state.choice(row)
    let numbers = state.numbers(row)
    let losses = numbers + layout.lossesOffset
    if isTrained, choice[2] == 0 {
      // What was learned about the untrained network says nothing about this one, which is then
      // compared on the origins to come. Until then it counts as good as the best baseline, unless it
      // says itself that it is clearly worse.
      state.shifts(row).update(repeating: 0, count: layout.shiftsSize)
      numbers.update(repeating: 0, count: 2 * layout.coverageWidth)
      let promised = promisedLoss(layout, state, row: row)
      losses[0] = promised > promiseMaximum * losses[2] ? promised : losses[2]
      losses[1] = losses[2]
    }
    choice[2] = isTrained ? 1 : 0
    let kind = bestBaseline(layout, settings, state, row: row)
    if let kind { choice[1] = UInt8(kind) }
    guard kind != nil, settings.baselines else {
      choice[0] = Voice.network.rawValue
      return
    }
    guard isTrained, state.settled(row) >= layout.horizon else {
      choice[0] = Voice.baseline.rawValue
      return
    }
    choice[0] =
      voice(
        now: Voice(rawValue: choice[0]) ?? .baseline, network: losses[0],
        combined: settings.combination ? losses[1] : .infinity, baseline: losses[2],
        margin: Float(1 - settings.hysteresis)
      ).rawValue
  }

  /// The loss of the network's forecast in flight if values came as often as its quantiles say: how
  /// wide they are, in the measure that running losses have.
  private static func promisedLoss(
    _ layout: borrowing CalibrationLayout, _ state: CalibrationPointers, row: Int
  ) -> Float {
    let constants = layout.constants
    let (levels, flight, frame) = (constants.levelCount, state.flight(row), state.frame(row))
    let scale = FlightScale(base: frame[0], quantum: frame[1], unit: frame[2])
    var sum = 0.0
    withUnsafeTemporaryAllocation(of: Double.self, capacity: levels) { scratch in
      guard let values = scratch.baseAddress else { return }
      for step in 0..<layout.horizon {
        for level in 0..<levels { values[level] = scale.value(flight[step * levels + level]) }
        for level in 0..<levels {
          // The share of values that are nearest to this level.
          let below = level == 0 ? 0 : (constants.levels[level - 1] + constants.levels[level]) / 2
          let above =
            level == levels - 1 ? 1 : (constants.levels[level] + constants.levels[level + 1]) / 2
          sum +=
            (above - below) * QuantileCalibration.loss(values, value: values[level], constants)
        }
      }
    }
    return BoundedFloat.of(sum / Double(layout.horizon) / scale.unit)
  }

  /// Where losses are equal the mean of both is preferred, then the network.
  private static func voice(
    now: Voice, network: Float, combined: Float, baseline: Float, margin: Float
  ) -> Voice {
    let favoured: (voice: Voice, loss: Float) =
      network < combined * margin || combined == .infinity
      ? (.network, network) : (.combined, combined)
    switch now {
    case .baseline: return favoured.loss <= baseline ? favoured.voice : .baseline
    case .network:
      if combined < network * margin { return combined <= baseline ? .combined : .baseline }
      return baseline < network * margin ? .baseline : .network
    case .combined:
      if favoured.voice == .network { return network <= baseline ? .network : .baseline }
      return baseline < combined * margin ? .baseline : .combined
    }
  }

  /// The baseline with the least running loss among those in flight, the present one unless it is
  /// clearly worse.
  private static func bestBaseline(
    _ layout: borrowing CalibrationLayout, _ settings: CalibrationSettings,
    _ state: CalibrationPointers, row: Int
  ) -> Int? {
    let losses = state.numbers(row) + layout.lossesOffset + CalibrationLayout.voices
    let flight = state.flight(row)
    func loss(_ kind: Int) -> Float? {
      guard flight[layout.pointPlace(kind, step: 0)] != CalibrationPointers.none else {
        return nil
      }
      return losses[kind].isNaN ? .greatestFiniteMagnitude : losses[kind]
    }
    var best: (kind: Int, loss: Float)?
    for kind in 0..<CalibrationLayout.kinds {
      guard let loss = loss(kind) else { continue }
      if best.map({ loss < $0.loss }) ?? true { best = (kind, loss) }
    }
    guard let best else { return nil }
    let present = Int(state.choice(row)[1])
    if let known = loss(present), best.loss >= known * Float(1 - settings.hysteresis) {
      return present
    }
    return best.kind
  }
}
