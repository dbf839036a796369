extension SeriesRing {
  /// Passes the offsets that a step's local time has in past seasons, newest first and NaN where
  /// missing, to `body`, until that returns false.
  ///
  /// - Parameters:
  ///   - plain: steps from the newest of these seasons' steps to the newest step, if the clock was
  ///     never changed.
  ///   - ahead: the number of the step, the newest being 0.
  @inline(__always)
  func visitSeasons(
    _ season: SeasonPlace, plain: Int, ahead: Int, _ clock: SeasonClock, _ body: (Float) -> Bool
  ) {
    if clock.seesChange(season) {
      return visitSeasonsAcrossChange(season, plain: plain, ahead: ahead, clock, body)
    }
    var back = plain
    while back < count {
      if !body(offset(back: back)) { return }
      back += season.length
    }
  }

  /// The same where clocks are changed. A local time of another season may then be after the newest
  /// step, or that step's own.
  private func visitSeasonsAcrossChange(
    _ season: SeasonPlace, plain: Int, ahead: Int, _ clock: SeasonClock, _ body: (Float) -> Bool
  ) {
    let least = ahead == 0 ? 1 : 0
    var plain = plain - season.length
    while true {
      let back = clock.back(plain, ahead: ahead)
      if back >= count { return }
      if back >= least, !body(offset(back: back)) { return }
      plain += season.length
    }
  }

  /// The newest known offset that a step's local time has in past seasons; the parameters are those
  /// of `visitSeasons`.
  @inline(__always)
  func newestOffset(
    _ season: SeasonPlace, plain: Int, ahead: Int, _ clock: SeasonClock
  ) -> Float {
    var newest = Float.nan
    visitSeasons(season, plain: plain, ahead: ahead, clock) { offset in
      newest = offset
      return offset.isNaN
    }
    return newest
  }
}
