extension TrainingRecord {
  /// - Throws: where the bytes are not a training report: another topic's, or a newer version's.
  package init(decoding bytes: UnsafeRawBufferPointer) throws(RecordError) {
    let parser = JSONParser(capacity: max(bytes.count, 1))
    defer { withExtendedLifetime(parser) {} }
    let record = try RecordReader(bytes, parser)
    let champion = try record.member("champion")
    self.init(
      stream: try record.string("stream"), time: try record.integer("time"),
      modelVersion: Int(try record.integer("model")),
      championVersion: champion.isNull ? nil : champion.integer.map { Int($0) },
      championLoss: try record.numberOrNull("champion_loss"),
      challengerLoss: try record.numberOrNull("challenger_loss") ?? .nan,
      isAdopted: try record.flag("adopted"), reason: try record.string("reason"),
      trainedThrough: try record.integer("trained_through"),
      evaluatedFrom: try record.integer("evaluated_from"),
      gradientNormMean: try record.numberOrNull("gradient_norm_mean") ?? .nan,
      gradientNormMax: try record.numberOrNull("gradient_norm_max") ?? .nan,
      clippedShare: try record.numberOrNull("clipped_share") ?? .nan,
      stepCount: Int(try record.integer("steps")), sampleCount: Int(try record.integer("samples")),
      seconds: try record.numberOrNull("seconds") ?? .nan, digest: try record.string("digest"))
  }
}
