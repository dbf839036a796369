extension TrainingRecord {
  /// - Throws: where the bytes are not a training report: another topic's, or a newer version's.
  package init(decoding bytes: UnsafeRawBufferPointer) throws(RecordError) {
    let parser = JSONParser(capacity: max(bytes.count, 1))
    defer { withExtendedLifetime(parser) {} }
    let record = try RecordReader(bytes, parser)
    func integerOrNull(_ name: StaticString) throws(RecordError) -> Int? {
      let member = try record.member(name)
      if member.isNull { return nil }
      return Int(try record.integer(name))
    }
    self.init(
      stream: try record.string("stream"), time: try record.integer("time"),
      modelVersion: Int(try record.integer("model")),
      championVersion: try integerOrNull("champion"),
      championLoss: try record.numberOrNull("champion_loss"),
      challengerLoss: try record.numberOrNull("challenger_loss") ?? .nan,
      isAdopted: try record.flag("adopted"), reason: try record.string("reason"),
      trainedThrough: try record.integer("trained_through"),
      evaluatedFrom: try record.integer("evaluated_from"),
      gradientNormMean: try record.numberOrNull("gradient_norm_mean") ?? .nan,
      gradientNormMax: try record.numberOrNull("gradient_norm_max") ?? .nan,
      clippedShare: try record.numberOrNull("clipped_share") ?? .nan,
      stepCount: Int(try record.integer("steps")), bestStep: try integerOrNull("best_step"),
      stoppedEarly: try record.flag("stopped_early"),
      sampleCount: Int(try record.integer("samples")),
      seconds: try record.numberOrNull("seconds") ?? .nan, digest: try record.string("digest"),
      skipped: record.root.member("skipped") == nil ? nil : try record.string("skipped"))
  }
}
