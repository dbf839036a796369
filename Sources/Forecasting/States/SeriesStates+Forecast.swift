import TimeSeries

extension SeriesStates {
  /// Forecasts the whole horizon of each of the given series from its newest step.
  ///
  /// A row's forecast is the same bits whatever the batch holds beside it.
  ///
  /// - Parameter isNeeded: for each row, whether its forecast is needed; nil: all are. The values
  ///   of a row that is left out are undefined, and its spread is the unit of its forecasts.
  /// - Precondition: `canForecast` for every row.
  package func forecast(
    rows: [Int], isNeeded: UnsafePointer<Bool>? = nil, model: ForecastModel,
    workspace: inout ForecastingWorkspace, into batch: inout ForecastBatch
  ) {
    precondition(model.settings == settings, "the model is of another stream")
    precondition(rows.allSatisfy { canForecast($0) }, "a forecast needs two observed values")
    precondition(staleCount == 0 || !rows.contains(where: isStale), "a step has replayed the state")
    let layout = layout
    let shape = model.network.shape
    batch.resize(
      count: rows.count, horizon: shape.horizon, quantileCount: shape.quantiles.count)
    guard !rows.isEmpty else { return }
    var calendar = StepCalendar()
    withReadPointers { states in
      batch.withRows { forecasts in
        for first in stride(from: 0, to: rows.count, by: ForecastingWorkspace.rows) {
          let end = min(first + ForecastingWorkspace.rows, rows.count)
          for number in first..<end {
            forecasts.forecasters[number] = .network
            forecasts.isWarming[number] = isWarming(rows[number])
            forecasts.spreads[number] = states.scaler(rows[number]).scales.unit
          }
          let chosen = workspace.choose(first..<end, of: rows, isNeeded: isNeeded)
          let count = chosen.rows.count
          if count == 0 { continue }
          let block = workspace.block(count, shape: shape)
          Self.writeOrigins(chosen.rows, layout, states, &calendar, block)
          if settings.architecture.fixedWindow > 0 {
            _ = replay(
              chosen.rows, layout, states, model: model, workspace: &workspace,
              steps: settings.architecture.fixedWindow)
          } else {
            block.gatherHidden(states, series: { chosen.rows[$0] }, count: count)
          }
          model.network.forecast(
            hidden: UnsafeBufferPointer(block.hidden), context: UnsafeBufferPointer(block.context),
            bases: UnsafeBufferPointer(block.bases), output: block.output, batch: count,
            workspace: &workspace.network)
          guard let output = block.output.baseAddress else { continue }
          for index in 0..<count {
            Self.convert(
              output + index * shape.outputSize, scaler: states.scaler(chosen.rows[index]),
              isNonNegative: model.settings.nonNegative, into: forecasts,
              number: chosen.numbers[index])
          }
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

  /// From units of the series' spread to its own unit. A step with a value that is not finite
  /// becomes the series' mean; only weights that the gate would refuse, or values near the end of
  /// the number range, lead to one.
  ///
  /// - Shape: output [horizon, levels]
  private static func convert(
    _ output: UnsafePointer<Float>, scaler: SeriesScaler, isNonNegative: Bool,
    into forecasts: ForecastRows, number: Int
  ) {
    let unit = scaler.scales.unit
    let (anchor, mean) = (scaler.anchor, scaler.mean)
    let levels = forecasts.levelCount
    let count = forecasts.horizon * levels
    let values = forecasts.values(number)
    // Offset first: beside a large anchor the two small numbers keep their digits.
    for index in 0..<count { values[index] = anchor + (mean + unit * Double(output[index])) }
    if !areFinite(values, count: count) {
      let limit = Double.greatestFiniteMagnitude
      let middle = min(max(anchor + mean, -limit), limit)
      for step in 0..<forecasts.horizon {
        let row = values + step * levels
        if areFinite(row, count: levels) { continue }
        row.update(repeating: middle, count: levels)
      }
    }
    if isNonNegative {
      for index in 0..<count { values[index] = max(0, values[index]) }
    }
    var width = 0.0
    for step in 0..<forecasts.horizon {
      width += values[(step + 1) * levels - 1] - values[step * levels]
    }
    let spread = width / Double(forecasts.horizon)
    forecasts.spreads[number] = spread.isFinite && spread > 0 ? spread : unit
  }
}
