/// What two readings of a running total say about the time between them.
enum CounterChange: Equatable {
  case increase(Double)
  /// The counter passed its largest value and went on from zero; the increase across it.
  case wrap(Double)
  /// The counter began anew: how much it had counted before is not known.
  case reset

  /// A decrease is a wrap where the previous reading is in the last eighth of the 32-bit (or
  /// 64-bit) range and the new one in the first eighth, else a reset. A byte counter that restarts
  /// just there is mistaken for a wrap; its rate is then at most a quarter of the range.
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
