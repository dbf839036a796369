import Calibration
import Forecasting
import TimeSeries

/// The states and the calibration of a stream's series, rebuilt for a model with other seasons that
/// is about to be adopted. Both change only with the steps of a series.
struct RebuiltStream: Sendable {
  private(set) var states: RebuiltSeriesStates
  private(set) var calibration: CalibrationTable

  init(_ model: ForecastModel, calibration: CalibrationTable) {
    states = RebuiltSeriesStates(model)
    self.calibration = calibration.emptied(seasons: model.settings.seasons)
  }

  var model: ForecastModel { states.model }

  func missingCount(of former: SeriesStates) -> Int { states.missingCount(of: former) }

  mutating func prepare(
    atMost count: Int, of former: SeriesStates, _ formerCalibration: CalibrationTable,
    workspace: inout ForecastingWorkspace
  ) {
    let rows = states.prepare(atMost: count, of: former, workspace: &workspace)
    calibration.takeOver(rows: rows, from: formerCalibration)
  }

  /// Rebuilds the missing series, so that all series of the stream are present.
  mutating func complete(of former: SeriesStates, _ formerCalibration: CalibrationTable) {
    let missing = states.complete(of: former)
    calibration.takeOver(rows: missing, from: formerCalibration)
  }
}
