/// What every training does alike: no table of docs/measurements.md shows that another value would
/// be better. Tests choose others, to be quick.
package struct TrainingConstants: Sendable, Equatable {
  /// Share of a store's bytes for segments sampled from what is older than the histories.
  package var reservoirShare = 0.25
  /// Growth of the histories since the last full training at which the next one is full again.
  package var fullTrainingGrowth = 2.0
  /// Every how many steps of a chunk a forecast is scored.
  package var positionStride = 4
  /// Steps that warm a state up from zero before its forecasts are scored, in online trainings and
  /// in the gate.
  package var burnIn = 96
  /// Optimizer steps from one validation to the next.
  package var validationSteps = 50
  /// By how much of the lowest loss a later validation may be higher and still count as no worse:
  /// the newest weights within it are kept.
  package var validationTolerance = 0.02
  /// Share of `onlineLearningRate` below which reduce-on-plateau does not go.
  package var plateauFloor = 0.1
  /// Series that the gate scores at most.
  package var holdoutSeries = 256

  package init() {}
}
