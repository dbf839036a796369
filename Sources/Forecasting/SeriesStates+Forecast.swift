import TimeSeries

extension SeriesStates {
  /// Forecasts the whole horizon of each of the given series from its newest step.
  ///
  /// A row's forecast is the same bits whatever the batch holds beside it.
  ///
  /// - Precondition: `canForecast` for every row.
  package func forecast(
    rows: [Int], model: ForecastModel, workspace: inout ForecastingWorkspace,
    into batch: inout ForecastBatch
  ) {
    precondition(model.settings == settings, "the model is of another stream")
    precondition(rows.allSatisfy { canForecast($0) }, "a forecast needs two observed values")
    precondition(staleCount == 0 || !rows.contains(where: isStale), "a step has replayed the state")
    let layout = layout
    let shape = model.network.shape
    let isUntrained = model.version == 0
    batch.resize(
      count: rows.count, horizon: shape.horizon, quantileCount: shape.quantiles.count)
    for index in 0..<rows.count { batch.isWarming[index] = isUntrained || isWarming(rows[index]) }
    var calendar = StepCalendar()
    withReadPointers { states in
      for first in stride(from: 0, to: rows.count, by: ForecastingWorkspace.rows) {
        let count = min(ForecastingWorkspace.rows, rows.count - first)
        let block = workspace.block(count, shape: shape)
        Self.writeOrigins(rows[first..<first + count], layout, states, &calendar, block)
        if settings.architecture.fixedWindow > 0 {
          _ = replay(
            rows[first..<first + count], layout, states, model: model, workspace: &workspace,
            steps: settings.architecture.fixedWindow)
        } else {
          block.gather(states, series: { rows[first + $0] }, count: count)
        }
        model.network.forecast(
          hidden: UnsafeBufferPointer(block.hidden), context: UnsafeBufferPointer(block.context),
          bases: UnsafeBufferPointer(block.bases), output: block.output, batch: count,
          workspace: &workspace.network)
        for index in 0..<count {
          Self.convert(
            block, index: index, scaler: states.scaler(rows[first + index]),
            isNonNegative: model.settings.nonNegative, shape: shape, into: &batch,
            row: first + index)
        }
      }
    }
  }

  private static func writeOrigins(
    _ rows: ArraySlice<Int>, _ layout: FeatureLayout, _ states: SeriesPointers,
    _ calendar: inout StepCalendar, _ block: ForecastingBlock
  ) {
    guard let context = block.context.baseAddress, let bases = block.bases.baseAddress else {
      return
    }
    for (index, row) in rows.enumerated() {
      calendar.move(to: states.times[row], layout: layout)
      writeOrigin(
        layout, scaler: states.scaler(row), ring: states.ring(row, layout), calendar: calendar,
        context: context + index * layout.contextSize,
        bases: bases + index * layout.baseCount * layout.horizon)
    }
  }

  /// From units of the series' spread to its own unit. A value that is not finite, which takes
  /// weights that the gate would not adopt or values near the end of the number range, makes its
  /// step the series' mean.
  private static func convert(
    _ block: ForecastingBlock, index: Int, scaler: SeriesScaler, isNonNegative: Bool,
    shape: ForecastNetworkShape, into batch: inout ForecastBatch, row: Int
  ) {
    let unit = scaler.scales.unit
    let size = shape.outputSize
    let levels = shape.quantiles.count
    let limit = Double.greatestFiniteMagnitude
    let mean = min(max(scaler.anchor + scaler.mean, isNonNegative ? 0 : -limit), limit)
    var width = 0.0
    batch.values.withUnsafeMutableBufferPointer { values in
      for step in 0..<shape.horizon {
        let target = row * size + step * levels
        let source = index * size + step * levels
        var isFinite = true
        for level in 0..<levels {
          // Offset first: beside a large anchor the two small numbers keep their digits.
          let offset = scaler.mean + unit * Double(block.output[source + level])
          let value = scaler.anchor + offset
          isFinite = isFinite && value.isFinite
          values[target + level] = isNonNegative ? max(0, value) : value
        }
        if !isFinite {
          for level in 0..<levels { values[target + level] = mean }
        }
        width += values[target + levels - 1] - values[target]
      }
    }
    let spread = width / Double(shape.horizon)
    batch.spreads[row] = spread.isFinite && spread > 0 ? spread : unit
  }
}
