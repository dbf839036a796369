import Glibc
import NeuralNetwork
import Testing

@Suite struct ScheduleTests {
  @Test("the rate warms up linearly, peaks, and falls by a cosine to the floor")
  func warmupCosine() {
    let schedule = WarmupCosineSchedule(peak: 1, floor: 0.1, warmupSteps: 4, totalSteps: 24)
    for (step, rate) in [(0, 0.2), (3, 0.8), (4, 1), (14, 0.55), (24, 0.1), (1000, 0.1)] {
      #expect(abs(schedule.rate(step: step) - rate) < 1e-12)
    }
    #expect(WarmupCosineSchedule(peak: 2, warmupSteps: 0, totalSteps: 10).rate(step: 0) == 2)
  }

  @Test("warm-up, cosine and step decay meet their ends")
  func simple() {
    let schedules: [(any LearningRateSchedule, [(Int, Double)])] = [
      (LinearWarmup(peak: 2, startFactor: 0.5, steps: 4), [(0, 1), (2, 1.5), (4, 2), (9, 2)]),
      (
        CosineAnnealing(peak: 1, floor: 0.2, steps: 10),
        [(0, 1), (5, 0.6), (10, 0.2), (20, 1)]
      ),
      (StepDecay(initial: 1, factor: 0.5, period: 3), [(0, 1), (2, 1), (3, 0.5), (6, 0.25)]),
    ]
    for (schedule, expected) in schedules {
      for (step, rate) in expected { #expect(abs(schedule.rate(step: step) - rate) < 1e-12) }
    }
  }

  @Test("the rate is reduced after more rounds than the patience without improvement")
  func patience() {
    var schedule = ReduceOnPlateau(rate: 1, factor: 0.5, patience: 2)
    let rates = [5, 4, 4, 4, 4, 3, 3, 3, 3, .nan, .nan, .nan].map { schedule.observe($0) }
    #expect(rates == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125])
  }

  @Test("bad rounds of a cool-down are not counted, and the floor holds")
  func cooldown() {
    var schedule = ReduceOnPlateau(rate: 1, factor: 0.1, patience: 0, cooldown: 2, floor: 0.05)
    let rates = (0..<9).map { _ in schedule.observe(1) }
    #expect(rates == [1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05])
  }

  @Test("what counts as better depends on mode and threshold")
  func thresholds() {
    typealias Case = (ReduceOnPlateau.Mode, ReduceOnPlateau.Threshold, better: Double, not: Double)
    let cases: [Case] = [
      (.min, .relative(0.1), better: 8.9, not: 9.1),
      (.min, .absolute(0.1), better: 9.8, not: 9.95),
      (.max, .relative(0.1), better: 11.1, not: 10.9),
      (.max, .absolute(0.1), better: 10.2, not: 10.05),
    ]
    for (mode, threshold, better, not) in cases {
      for (measure, rate) in [(better, 1.0), (not, 0.1)] {
        var schedule = ReduceOnPlateau(rate: 1, mode: mode, patience: 0, threshold: threshold)
        schedule.observe(10)
        #expect(schedule.observe(measure) == rate, "\(mode) \(threshold) \(measure)")
      }
    }
  }

  @Test("a schedule goes on from its state, and reductions below epsilon are not made")
  func state() {
    var first = ReduceOnPlateau(rate: 1e-7, factor: 0.5, patience: 1, epsilon: 1e-8)
    _ = [3, 4].map { first.observe($0) }
    var second = ReduceOnPlateau(rate: 1, factor: 0.5, patience: 1, epsilon: 1e-8)
    second.state = first.state
    for measure in [4.0, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4] {
      #expect(first.observe(measure) == second.observe(measure))
    }
    #expect(first.rate == 1.25e-8)
  }
}
