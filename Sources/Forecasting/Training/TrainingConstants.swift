/// Values that are the same for every training. No table of docs/measurements.md shows that others
/// would be better. Tests choose others in order to be quick.
package struct TrainingConstants: Sendable, Equatable {
  /// Share of the bytes of a store that is for segments sampled from values older than the
  /// histories.
  package var reservoirShare = 0.25
  /// Factor of growth of the histories since the last full training at which the next one is full
  /// again.
  package var fullTrainingGrowth = 2.0
  /// Number of steps of a chunk from one scored origin to the next.
  package var positionStride = 4
  /// Number of steps that warm a state up from zero before forecasts are scored, in online
  /// trainings and in the gate.
  package var burnIn = 96
  /// Optimizer steps from one validation to the next.
  package var validationSteps = 50
  /// Share of the lowest loss by which a later validation may be higher and still counts as no
  /// worse. The newest weights within this tolerance are kept.
  package var validationTolerance = 0.02
  /// Lower bound of the rate under reduce-on-plateau, as a share of `onlineLearningRate`.
  package var plateauFloor = 0.1
  /// Number of series up to which the whole `mirrorShare` is mirrored. With more the share falls in
  /// inverse proportion.
  package var mirroredSeries = 10
  /// The largest number of series that the gate scores.
  package var holdoutSeries = 256

  package init() {}
}
