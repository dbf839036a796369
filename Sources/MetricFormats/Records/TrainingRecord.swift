package import TimeSeries

/// A training report: what a training did and whether its model was adopted. Its fields are
/// specified in docs/records.md.
package struct TrainingRecord: Sendable, Equatable {
  package var stream: String
  /// When the report was made.
  package var time: Milliseconds
  /// Version of the challenger.
  package var modelVersion: Int
  /// Version of the champion that it was compared with; nil for the first model.
  package var championVersion: Int?
  /// Loss of the champion on the held-out points; nil without a champion.
  package var championLoss: Double?
  /// Loss of the challenger on the same points.
  package var challengerLoss: Double
  package var isAdopted: Bool
  /// What made the training due: `first`, `schedule` or `drift`.
  package var reason: String
  /// End of the newest bucket that was trained or validated on.
  package var trainedThrough: Milliseconds
  /// End of the oldest bucket of the held-out points, later than `trainedThrough`.
  package var evaluatedFrom: Milliseconds
  /// Mean and maximum over the steps of the global gradient norm before clipping.
  package var gradientNormMean: Double
  package var gradientNormMax: Double
  /// Share of the steps whose gradients were clipped.
  package var clippedShare: Double
  /// Optimizer steps.
  package var stepCount: Int
  /// The step of the weights with the lowest loss in the validation of a full training; nil without
  /// a validation.
  package var bestStep: Int?
  /// Whether the training ended early, because later weights were not better.
  package var stoppedEarly: Bool
  /// Training windows seen.
  package var sampleCount: Int
  package var seconds: Double
  /// Digest of the challenger's weights.
  package var digest: String
  /// Why nothing was trained, `constant`; nil if something was.
  package var skipped: String?

  package init(
    stream: String, time: Milliseconds, modelVersion: Int, championVersion: Int?,
    championLoss: Double?, challengerLoss: Double, isAdopted: Bool, reason: String,
    trainedThrough: Milliseconds,
    evaluatedFrom: Milliseconds, gradientNormMean: Double, gradientNormMax: Double,
    clippedShare: Double, stepCount: Int, bestStep: Int?, stoppedEarly: Bool, sampleCount: Int,
    seconds: Double,
    digest: String, skipped: String? = nil
  ) {
    self.stream = stream
    self.time = time
    self.modelVersion = modelVersion
    self.championVersion = championVersion
    self.championLoss = championLoss
    self.challengerLoss = challengerLoss
    self.isAdopted = isAdopted
    self.reason = reason
    self.trainedThrough = trainedThrough
    self.evaluatedFrom = evaluatedFrom
    self.gradientNormMean = gradientNormMean
    self.gradientNormMax = gradientNormMax
    self.clippedShare = clippedShare
    self.stepCount = stepCount
    self.bestStep = bestStep
    self.stoppedEarly = stoppedEarly
    self.sampleCount = sampleCount
    self.seconds = seconds
    self.digest = digest
    self.skipped = skipped
  }

  package var json: [UInt8] {
    var text = JSONText()
    text.append(#"{"stream":"#)
    text.appendString(stream.utf8)
    text.append(#","time":"#)
    text.append(time)
    text.append(#","model":"#)
    text.append(Int64(modelVersion))
    appendInteger(#","champion":"#, championVersion, to: &text)
    text.append(#","adopted":"#)
    text.append(isAdopted)
    text.append(#","reason":"#)
    text.appendString(reason.utf8)
    appendNumber(#","champion_loss":"#, championLoss, to: &text)
    appendNumber(#","challenger_loss":"#, challengerLoss, to: &text)
    text.append(#","trained_through":"#)
    text.append(trainedThrough)
    text.append(#","evaluated_from":"#)
    text.append(evaluatedFrom)
    appendNumber(#","gradient_norm_mean":"#, gradientNormMean, to: &text)
    appendNumber(#","gradient_norm_max":"#, gradientNormMax, to: &text)
    appendNumber(#","clipped_share":"#, clippedShare, to: &text)
    text.append(#","steps":"#)
    text.append(Int64(stepCount))
    appendInteger(#","best_step":"#, bestStep, to: &text)
    text.append(#","stopped_early":"#)
    text.append(stoppedEarly)
    text.append(#","samples":"#)
    text.append(Int64(sampleCount))
    appendNumber(#","seconds":"#, seconds, to: &text)
    text.append(#","digest":"#)
    text.appendString(digest.utf8)
    if let skipped {
      text.append(#","skipped":"#)
      text.appendString(skipped.utf8)
    }
    text.append("}")
    return text.bytes
  }

  private func appendInteger(_ name: StaticString, _ value: Int?, to text: inout JSONText) {
    text.append(name)
    if let value { text.append(Int64(value)) } else { text.append("null") }
  }

  /// Seven digits, which is what Float32 computes.
  private func appendNumber(
    _ name: StaticString, _ value: Double?, to text: inout JSONText
  ) {
    text.append(name)
    text.append(
      value ?? .nan, format: DecimalFormat(spread: 0, magnitude: value.map { abs($0) } ?? 0))
  }
}
