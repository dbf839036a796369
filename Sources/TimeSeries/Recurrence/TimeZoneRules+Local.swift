extension TimeZoneRules {
  /// The time at which the zone's clock shows a local time.
  ///
  /// Of a time that the clock shows twice, the first; a time that it leaves out is read with the offset
  /// before the change (RFC 5545, 3.3.5).
  package func time(ofLocal local: Milliseconds) -> Milliseconds {
    let hour: Milliseconds = 3_600_000
    // No clock is further from UTC than that, so the offsets before and after a change that is near.
    let before = offset(at: local - 16 * hour)
    let after = offset(at: local + 16 * hour)
    if before == after || offset(at: local - before) == before { return local - before }
    return offset(at: local - after) == after ? local - after : local - before
  }
}
