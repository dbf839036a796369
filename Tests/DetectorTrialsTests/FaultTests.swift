import DetectorTrials
import Testing

@Suite("Faults in generated series")
struct FaultTests {
  private func pair(
    _ kind: SeriesKind, _ fault: Fault, isUpwards: Bool = true, number: Int = 2
  ) -> (clean: [Double], faulty: GeneratedSeries, place: Range<Int>) {
    let clean = 14 * kind.stepsPerDay
    let count = clean + 4 * kind.stepsPerDay + 400
    let injection = Injection(fault: fault, step: clean + 5, isUpwards: isUpwards)
    let series = [nil, injection].map {
      GeneratedSeries(
        kind: kind, number: number, seed: 9, stepCount: count, cleanCount: clean, injection: $0)
    }
    return (
      series[0].values, series[1], injection.step..<injection.step + fault.stepCount(kind)
    )
  }

  @Test(
    "a fault changes its own steps, and no other",
    arguments: Fault.allCases, SeriesKind.allCases)
  func places(fault: Fault, kind: SeriesKind) {
    guard fault.isPossible(in: kind) else { return }
    let (clean, faulty, place) = pair(kind, fault)
    let changed = clean.indices.filter {
      clean[$0] != faulty.values[$0] && !(clean[$0].isNaN && faulty.values[$0].isNaN)
    }
    #expect(!changed.isEmpty)
    let followsNoise = kind == .randomWalk && (fault == .unrest || fault == .tumult)
    #expect(changed.allSatisfy { place.contains($0) || followsNoise && $0 >= place.lowerBound })
    if let bounds = kind.bounds {
      #expect(faulty.values.allSatisfy { $0.isNaN || bounds.contains($0) })
    }
  }

  @Test("spikes, shifts and drifts have their size", arguments: [true, false])
  func sizes(isUpwards: Bool) {
    for (fault, size) in [(Fault.spike, 6.0), (.shift, 4), (.drift, 4)] {
      let (clean, faulty, place) = pair(.season, fault, isUpwards: isUpwards)
      let last = place.upperBound - 1
      let deviation = (faulty.values[last] - clean[last]) / faulty.spread
      #expect(abs(deviation - (isUpwards ? size : -size)) < 1e-6)
    }
    let (clean, faulty, place) = pair(.season, .drift)
    let middle = place.lowerBound + 99
    #expect(abs((faulty.values[middle] - clean[middle]) / faulty.spread - 2) < 1e-6)
  }

  @Test("a fault that would leave the bounds goes the other way")
  func turns() throws {
    let (clean, faulty, place) = pair(.zeroInflated, .shift, isUpwards: false)
    let injection = try #require(faulty.injection)
    #expect(injection.isUpwards)
    #expect(faulty.values[place.lowerBound] > clean[place.lowerBound])
  }

  @Test(
    "noise grows by the factor that the fault names",
    arguments: [(Fault.unrest, 2.0), (.tumult, 4)])
  func variance(fault: Fault, factor: Double) {
    var (sum, count) = (0.0, 0.0)
    for number in 0..<40 {
      let (clean, faulty, place) = pair(.season, fault, number: number)
      for step in place {
        let extra = (faulty.values[step] - clean[step]) / faulty.spread
        sum += extra * extra
        count += 1
      }
    }
    let added = (sum / count).squareRoot()
    #expect(abs(added / (factor - 1) - 1) < 0.05, "\(added)")
  }

  @Test("a flat line repeats the value before, and silence has no points")
  func stops() {
    let (clean, flat, place) = pair(.season, .flat)
    #expect(place.allSatisfy { flat.values[$0] == clean[place.lowerBound - 1] })
    let (_, silent, gap) = pair(.season, .silence)
    #expect(gap.allSatisfy { silent.values[$0].isNaN })
    #expect(silent.values.count { $0.isNaN } == gap.count)
  }

  @Test("without its season a series has the season's mean, and its noise")
  func lostSeason() {
    let (_, faulty, place) = pair(.season, .lostSeason)
    let part = faulty.values[place].map { $0 / faulty.spread }
    #expect(part.allSatisfy { abs($0) < 6 })
    #expect(part.reduce(0) { $0 + $1 * $1 } / Double(part.count) < 1.4)
  }

  @Test("chance is the share of windows with evidence")
  func chance() {
    let none = KindResult.chance([], length: 3, in: 0..<10)
    #expect(none == 0)
    // Windows of 3 steps that begin at 3, 4 and 5 hold step 5.
    #expect(KindResult.chance([5], length: 3, in: 0..<10) == 0.3)
    #expect(KindResult.chance([5, 6], length: 3, in: 0..<10) == 0.4)
    #expect(KindResult.chance([5, 20], length: 3, in: 0..<10) == 0.3)
    #expect(KindResult.chance([0, 9, 11], length: 3, in: 0..<10) == 0.4)
    #expect(KindResult.chance([2, 3, 50], length: 100, in: 0..<10) == 1)
  }
}
