import Detection
import TestSupport
import Testing
import TimeSeries

@Suite("planned windows and the detector")
struct PlannedTests {
  @Test("no incident opens within a window, and each that would have is counted once")
  func suppressed() {
    var (trial, random) = AnomalyTrial.learned()
    var suppressed = 0
    for round in 0..<3 {
      for step in 0..<100 {
        let isSpike = (20..<23).contains(step)
        let verdict = trial.take(
          isSpike ? 80 : 10 + random.gaussian(), expecting: 10, planned: .suppress)
        #expect(verdict.event == nil && !verdict.isAnomalous && verdict.score == 0, "\(round)")
        suppressed += verdict.isSuppressed ? 1 : 0
        #expect(verdict.isSuppressed == (step == 20), "round \(round), step \(step)")
      }
    }
    #expect(suppressed == 3)
    #expect(trial.take(80, expecting: 10).isOpening, "after the window it is looked at again")
  }

  @Test("an incident that is open closes when a window begins, and opens anew if it outlasts it")
  func begins() {
    var (trial, _) = AnomalyTrial.learned()
    let opened = trial.take(1e6, expecting: 10)
    #expect(opened.isOpening)
    let closed = trial.take(1e6, expecting: 10, planned: .suppress)
    #expect(closed.event == .close && closed.ending == .maintenance)
    #expect(closed.openedAt == opened.openedAt && closed.severity == .critical)
    #expect(closed.evidence == opened.evidence)
    for _ in 0..<5 {
      #expect(trial.take(1e6, expecting: 10, planned: .suppress).event == nil)
    }
    let after = trial.take(1e7, expecting: 10)
    #expect(after.isOpening && after.openedAt == trial.time)
  }

  @Test("a window that only skips learning leaves incidents as they are")
  func skipOnly() {
    var (trial, _) = AnomalyTrial.learned()
    let opened = trial.take(200, expecting: 10, planned: .skipLearning)
    #expect(opened.isOpening && !opened.isSuppressed)
    var events: [AnomalyVerdict] = []
    for _ in 0..<40 { events.append(trial.take(10, expecting: 10, planned: .skipLearning)) }
    #expect(events.compactMap(\.event) == [.close])
    #expect(events.compactMap(\.ending) == [.ended])
  }

  @Test("silence within a window opens after it, if the series is silent still")
  func silence() {
    var settings = AnomalySettings()
    settings.silentAfter = 3
    var (trial, _) = AnomalyTrial.learned(settings)
    let within = (0..<20).map { _ in trial.take(.nan, expecting: 10, planned: .both) }
    #expect(within.allSatisfy { $0.event == nil })
    #expect(within.map(\.isSuppressed).filter { $0 }.count == 1)
    let after = trial.take(.nan, expecting: 10)
    #expect(after.isOpening && after.evidence == .silent && after.openedAt == trial.time)
    #expect(trial.take(.nan, expecting: 10).event == nil, "once")
    #expect(trial.take(10, expecting: 10).ending == .returned)
    // A series that comes back in time is not reported at all.
    for _ in 0..<20 { _ = trial.take(.nan, expecting: 10, planned: .suppress) }
    #expect(trial.take(10, expecting: 10, planned: .suppress).event == nil)
    #expect(trial.take(10, expecting: 10).event == nil)
  }

  @Test("a silence that was open closes when a window begins")
  func silenceOpen() {
    var settings = AnomalySettings()
    settings.silentAfter = 3
    var (trial, _) = AnomalyTrial.learned(settings)
    for _ in 0..<3 { _ = trial.take(.nan, expecting: 10) }
    let closed = trial.take(.nan, expecting: 10, planned: .suppress)
    #expect(closed.event == .close && closed.ending == .maintenance)
    #expect(closed.evidence == .silent)
    #expect(
      (0..<5).allSatisfy { _ in
        trial.take(.nan, expecting: 10, planned: .suppress).event == nil
      })
    #expect(trial.take(.nan, expecting: 10).isOpening)
  }

  @Test("what happens within a window that skips learning leaves no trace in what is known")
  func unlearned() {
    var (calm, random) = AnomalyTrial.learned()
    var disturbed = calm
    for step in 0..<300 {
      let wild = step % 7 == 0 ? 5_000.0 : -300 + Double(step)
      _ = disturbed.take(wild, expecting: 10, planned: .both)
      calm.step += 1
    }
    // The first value afterwards may be judged more mildly, because nothing was learned for long.
    let first = 10 + random.gaussian()
    _ = calm.take(first, expecting: 10)
    _ = disturbed.take(first, expecting: 10)
    var alarms = 0
    for _ in 0..<500 {
      let value = 10 + random.gaussian()
      let (left, right) = (calm.take(value, expecting: 10), disturbed.take(value, expecting: 10))
      #expect(abs(left.deviation - right.deviation) < 0.05 * (1 + abs(left.deviation)))
      alarms += right.isOpening ? 1 : 0
    }
    #expect(alarms <= 1)
    #expect(disturbed.take(60, expecting: 10).isOpening)
  }

  @Test("nothing opens right after a long window that skips learning, and what lasts opens then")
  func long() {
    for steps in [8, 100] {
      var (trial, _) = AnomalyTrial.learned()
      for _ in 0..<steps { _ = trial.take(500, expecting: 10, planned: .both) }
      let opened = (0..<40).first { _ in trial.take(60, expecting: 10).isOpening }
      #expect(opened == (steps == 8 ? 0 : 30), "\(steps) steps")
    }
  }

  @Test("a window without learning does not spend the budget, and one with learning neither")
  func budget() {
    for effect in [PlannedEffect.suppress, .both] {
      var (trial, random) = AnomalyTrial.learned(steps: 20_200)
      var control = trial
      for step in 0..<2_000 {
        let isSpike = step % 100 == 50
        _ = trial.take(isSpike ? 40 : 10 + random.gaussian(), expecting: 10, planned: effect)
        _ = control.take(isSpike ? 40 : 10 + random.gaussian(), expecting: 10)
      }
      for _ in 0..<200 {
        _ = trial.take(10 + random.gaussian() / 2, expecting: 10)
        _ = control.take(10 + random.gaussian() / 2, expecting: 10)
      }
      // Twenty incidents make a series that is known for two weeks as strict as it gets.
      #expect(trial.strictness < control.strictness - 2, "\(effect)")
    }
  }

  @Test("a snapshot of a version without windows is restored whole")
  func formerSnapshot() throws {
    let (trial, _) = AnomalyTrial.learned()
    var tensors: [String: ColumnTensor] = [:]
    for tensor in trial.table.tensors() where tensor.name != "anomaly.planned" {
      tensors[tensor.name] = tensor
    }
    var restored = AnomalyTable(settings: AnomalySettings(), pace: DetectionPace(interval: 60_000))
    try restored.restore(tensors)
    #expect(restored.tensors() == trial.table.tensors())
  }
}

extension AnomalyTrial {
  /// The first number of the incident: how much stricter than its budget the series is judged.
  fileprivate var strictness: Float {
    let incident = table.tensors().first { $0.name == "anomaly.incident" }
    return incident?.bytes.withUnsafeBytes { $0.loadUnaligned(as: Float.self) } ?? .nan
  }
}
