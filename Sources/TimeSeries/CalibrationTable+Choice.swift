// Who makes the forecasts, chosen at each origin that is followed, and how it is made.

extension CalibrationTable {
  /// Chooses the best baseline, then the voice.
  ///
  /// The network is preferred where losses are equal; whoever speaks goes on unless another's running
  /// loss is lower by the hysteresis. A network that was never trained does not speak where a baseline
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
      // compared on the origins to come.
      state.shifts(row).update(repeating: 0, count: layout.shiftsSize)
      numbers.update(repeating: 0, count: 2 * layout.coverageWidth)
      losses[0] = losses[2]
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
    choice[0] = voice(
      now: choice[0], network: losses[0],
      combined: settings.combination ? losses[1] : .infinity, baseline: losses[2],
      margin: Float(1 - settings.hysteresis))
  }

  private static func voice(
    now: UInt8, network: Float, combined: Float, baseline: Float, margin: Float
  ) -> UInt8 {
    let other: (voice: Voice, loss: Float) =
      combined <= baseline ? (.combined, combined) : (.baseline, baseline)
    switch Voice(rawValue: now) {
    case .network, nil:
      return (other.loss < network * margin ? other.voice : .network).rawValue
    case .combined, .baseline:
      if network <= other.loss { return Voice.network.rawValue }
      let known = now == Voice.combined.rawValue ? combined : baseline
      return other.loss < known * margin ? other.voice.rawValue : now
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

  /// Makes the network's forecast the published one.
  ///
  /// - Shape: values [H, L]
  mutating func speak(
    row: Int, values: UnsafeMutablePointer<Double>, _ inputs: borrowing BaselineInputs
  ) {
    let layout = layout
    withPointers { state in
      let choice = state.choice(row)
      let voice = Voice(rawValue: choice[0]) ?? .network
      withUnsafeTemporaryAllocation(of: Double.self, capacity: layout.horizon) { scratch in
        guard let points = scratch.baseAddress else { return }
        let kind = BaselineKind(rawValue: Int(choice[1])) ?? .naive
        points[0] = .nan
        if voice != .network {
          layout.points(of: kind, inputs, state: state, row: row, into: points)
        }
        // A season may have become unknown since the baseline was chosen.
        let spoken = points[0].isFinite ? voice : .network
        for step in 0..<layout.horizon {
          Self.speakStep(
            layout, state, row: row, step: step, voice: spoken, kind: kind.rawValue,
            point: points[step], unit: inputs.scale.unit,
            values: values + step * layout.levelCount)
        }
      }
    }
  }

  @inline(__always)
  private static func speakStep(
    _ layout: borrowing CalibrationLayout, _ state: CalibrationPointers, row: Int, step: Int,
    voice: Voice, kind: Int, point: Double, unit: Double, values: UnsafeMutablePointer<Double>
  ) {
    let group = layout.group(of: step)
    let floor = widthFloor * unit
    let levels = layout.levelCount
    let numbers = state.numbers(row)
    let fallback = values[layout.medianIndex]
    if voice != .baseline {
      QuantileCalibration.shift(
        values, by: state.shifts(row) + group * levels,
        width: QuantileCalibration.width(values, layout, floor: floor), count: levels)
    }
    if voice != .network, point.isFinite {
      let spread = Double(numbers[layout.spreadsOffset + kind * layout.groups + group])
      if voice == .baseline {
        for level in 0..<levels { values[level] = point + spread * layout.factors[level] }
      } else {
        for level in 0..<levels {
          values[level] = (values[level] + point + spread * layout.factors[level]) / 2
        }
      }
    }
    QuantileCalibration.widen(
      values, by: numbers + Int(voice.rawValue) * layout.coverageWidth,
      width: QuantileCalibration.width(values, layout, floor: floor), layout)
    layout.limit(values)
    var isFinite = true
    for level in 0..<levels { isFinite = isFinite && values[level].isFinite }
    if !isFinite { values.update(repeating: fallback, count: levels) }
  }
}
