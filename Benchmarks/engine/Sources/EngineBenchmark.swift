import Numerics
import Threads

/// The cases that the peer measures too.
struct EngineBenchmark {
  /// Length of a window, and of the sequences of a minibatch.
  let steps: Int
  /// Series of a window or minibatch.
  let batch: Int
  /// Timed calls of a window; of steps, which are short, four times as many.
  let repeats: Int

  func reportMachine() {
    print(
      #"{"engine": "forecastd", "case": "machine", "blas": "\#(BLAS.coreName)", "#
        + #""kernels": "\#(VectorKernels.current.name)"}"#)
  }

  /// The rate of OpenBLAS's product on one thread at the size it likes best: what 100 % is.
  func reportPeak() {
    for size in [192, 384, 768] {
      let a = normals(size * size, seed: 1)
      let b = normals(size * size, seed: 2)
      var c = FloatBuffer(count: size * size)
      let seconds = medianSeconds(repeats: repeats) {
        BLAS.multiply(
          rows: size, columns: size, depth: size, address(a.elements), stride: size,
          address(b.elements), stride: size, beta: 0, into: address(c.mutable), stride: size)
      }
      report("sgemm", size, seconds, items: 1, operations: 2 * Double(size * size * size))
    }
  }

  /// One step and a forecast of independent series that carry their states.
  func reportSteps() {
    let model = BenchmarkModel(seed: 1)
    for batch in [1, 8, 64, 256, 1024] {
      let series = StatefulSteps(model, batch: batch)
      let calls = max(1, 256 / batch)
      let seconds = medianSeconds(repeats: 4 * repeats) {
        for _ in 0..<calls { series.step() }
      }
      report(
        "step", batch, seconds / Double(calls), items: batch,
        operations: Double(batch) * BenchmarkModel.stepOperations)
    }
  }

  /// The same forecasts from states that are worked out anew from the whole window.
  func reportWindow() {
    let shard = SequenceShard(BenchmarkModel(seed: 1), steps: steps, rows: batch, seed: 3)
    let seconds = medianSeconds(repeats: repeats) { shard.rerun() }
    report(
      "window", batch, seconds, items: batch,
      operations: Double(batch)
        * (Double(steps) * BenchmarkModel.recurrentOperations + BenchmarkModel.headOperations))
  }

  /// The recurrent part of a window, with the input's part of all steps in one product at first.
  func reportProjectedWindow() {
    let window = ProjectedWindow(steps: steps, rows: batch)
    let seconds = medianSeconds(repeats: repeats) { window.forward() }
    report(
      "window_projected", batch, seconds, items: batch,
      operations: Double(batch) * Double(steps) * BenchmarkModel.recurrentOperations)
  }

  /// Optimizer steps with the loss at the last step (`train`) or at every step (`train_all`).
  ///
  /// One thread and two are compared in turns, since one thread's speed is another where the second
  /// core has work in between (`train_in_turns`); with them goes a step of two separate trainings
  /// at once (`train_separate`).
  func reportTraining() throws(ThreadStartError) {
    for (name, positions) in [("train", HeadPositions.last), ("train_all", .every)] {
      let headShare = positions == .last ? 1 / Double(steps) : 1
      func make(threads: Int) throws(ThreadStartError) -> TrainingStep {
        try TrainingStep(
          BenchmarkModel(seed: 1), steps: steps, batch: batch, positions: positions,
          threads: threads)
      }
      let single = try make(threads: 1)
      let alone = medianSeconds(repeats: repeats) { single.run() }
      let shared = try make(threads: 2)
      let separate = try SeparateTrainings { () throws(ThreadStartError) in try make(threads: 1) }
      let turns = medianSeconds(
        repeats: repeats, alternating: [{ single.run() }, { shared.run() }, { separate.run() }])
      for (name, threads, seconds) in [
        (name, 1, alone), (name + "_in_turns", 1, turns[0]), (name, 2, turns[1]),
        (name + "_separate", 2, turns[2] / 2),
      ] {
        report(
          name, batch, threads: threads, seconds, items: batch * steps,
          operations: Double(batch * steps)
            * BenchmarkModel.trainingOperations(headShare: headShare))
      }
    }
  }

  private func report(
    _ name: String, _ batch: Int, threads: Int = 1, _ seconds: Double, items: Int,
    operations: Double
  ) {
    print(
      #"{"engine": "forecastd", "case": "\#(name)", "batch": \#(batch), "threads": \#(threads), "#
        + #""microseconds": \#(seconds * 1e6), "per_second": \#(Double(items) / seconds), "#
        + #""gflops": \#(operations / seconds * 1e-9)}"#)
  }

  /// A part of a case, measured alone with its data in the caches.
  func reportPart(_ part: String, of name: String, _ batch: Int, _ seconds: Double) {
    print(
      #"{"engine": "forecastd", "case": "part", "of": "\#(name)", "batch": \#(batch), "#
        + #""part": "\#(part)", "microseconds": \#(seconds * 1e6)}"#)
  }
}
