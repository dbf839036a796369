/// What two values of a running total tell about the time between them.
enum CounterChange: Equatable {
  case increase(Double)
  /// The counter passed its largest value and continued from zero, with this increase in all.
  case wrap(Double)
  /// The counter restarted; its increase before the restart is not known.
  case reset

  /// A decrease is a wrap if the previous value is in the last eighth of the 32-bit (or 64-bit)
  /// range and the new one in the first eighth; otherwise it is a reset. A counter that is reset
  /// from the last eighth is mistaken for a wrap; its increase is then at most a quarter of the
  /// range.
  init(from previous: Double, to current: Double) {
    if current >= previous {
      self = .increase(current - previous)
      return
    }
    for range in [0x1p32, 0x1p64] {
      let isWrap =
        previous < range && previous >= range * 7 / 8 && current >= 0 && current < range / 8
      if isWrap {
        self = .wrap(range - previous + current)
        return
      }
    }
    self = .reset
  }
}
