import Calibration
import TestSupport
import Testing
import TimeSeries

@Suite("Baselines with constant memory")
struct BaselineTests {
  @Test("Holt–Winters learns level and season of a noisy wave, to less than seasonal naive's error")
  func holtWinters() {
    var random = RandomSource(seed: 4)
    let smoothing = HoltWinters(season: 12)
    var state = HoltWinters.State()
    var profile = [Float](repeating: 0, count: smoothing.slots)
    func truth(_ step: Int) -> Double { 50 + Double(abs(step % 12 - 6)) * 3 }
    var points = [Double](repeating: 0, count: 12)
    var errors = 0.0
    var naive = 0.0
    var past: [Double] = []
    for step in 0..<1_200 {
      let value = truth(step) + random.gaussian()
      if step >= 600 {
        errors += abs(value - points[step % 12])
        naive += abs(value - past[step - 12])
      }
      past.append(value)
      smoothing.update(&state, profile: &profile, phase: step % 12, value: value)
      if step % 12 == 11 {
        smoothing.forecast(state, profile: profile, phase: 0, horizon: 12, into: &points)
      }
    }
    #expect(errors < 0.85 * naive)
  }

  @Test("Holt–Winters forecasts a season that is longer than its profile")
  func aggregatedSeason() {
    let smoothing = HoltWinters(season: 288)
    #expect(smoothing.slots == HoltWinters.slotsMaximum)
    var state = HoltWinters.State()
    var profile = [Float](repeating: 0, count: smoothing.slots)
    func truth(_ step: Int) -> Double { Double(abs(step % 288 - 144)) }
    for step in 0..<288 * 6 {
      smoothing.update(&state, profile: &profile, phase: step % 288, value: truth(step))
    }
    var points = [Double](repeating: 0, count: 288)
    smoothing.forecast(state, profile: profile, phase: 0, horizon: 288, into: &points)
    let error = points.enumerated().reduce(0) { $0 + abs($1.element - truth($1.offset)) } / 288
    // The wave's mean absolute deviation from its level is 36.
    #expect(error < 6)
  }

  @Test("missing values leave Holt–Winters where it was, but for the damped trend")
  func gap() {
    let smoothing = HoltWinters(season: 0)
    var state = HoltWinters.State()
    var profile: [Float] = [0]
    for step in 0..<200 {
      smoothing.update(&state, profile: &profile, phase: 0, value: Double(step))
    }
    let before = state
    #expect(before.trend > 0.5, "the ramp rises by one a step")
    for _ in 0..<500 { smoothing.skip(&state) }
    // The level goes on by φ + φ² + … = φ / (1 - φ) trends, with φ = 0.9.
    #expect(abs(state.level - (before.level + 9 * before.trend)) < 1e-9)
    #expect(abs(state.trend) < 1e-6)
    #expect(state.count == before.count)
  }

  /// The least squares problem that recursion solves, by elimination over all data, as reference.
  private func leastSquares(
    _ rows: [[Double]], _ targets: [Double], start: [Double], forgetting: Double
  ) -> [Double] {
    let size = start.count
    let count = rows.count
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: size + 1), count: size)
    // The prior: unit variance about the start, forgotten like everything else.
    for index in 0..<size {
      let weight = power(forgetting, count)
      matrix[index][index] = weight
      matrix[index][size] = weight * start[index]
    }
    for (number, (x, y)) in zip(rows, targets).enumerated() {
      let weight = power(forgetting, count - 1 - number)
      for i in 0..<size {
        for j in 0..<size { matrix[i][j] += weight * x[i] * x[j] }
        matrix[i][size] += weight * x[i] * y
      }
    }
    for pivot in 0..<size {
      for row in 0..<size where row != pivot {
        let factor = matrix[row][pivot] / matrix[pivot][pivot]
        for column in 0...size { matrix[row][column] -= factor * matrix[pivot][column] }
      }
    }
    return (0..<size).map { matrix[$0][size] / matrix[$0][$0] }
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { result, _ in result * base }
  }

  @Test(
    "the autoregression's recursive fit is the weighted least squares fit", arguments: [0, 1, 2])
  func autoregression(seasonCount: Int) {
    var random = RandomSource(seed: 17)
    let regression = SeasonalAutoregression(seasonCount: seasonCount)
    var state = [Float](repeating: 0, count: regression.stateSize)
    regression.reset(&state)
    let start = state.prefix(regression.size).map(Double.init)
    var rows: [[Double]] = []
    var targets: [Double] = []
    for _ in 0..<300 {
      var x = (0..<regression.size - 1).map { _ in random.gaussian() }
      x.append(1)
      var y = 0.1 + 0.2 * random.gaussian()
      for (index, value) in x.dropLast().enumerated() { y += 0.3 * value / Double(index + 1) }
      rows.append(x)
      targets.append(y)
      regression.update(&state, regressors: &x, value: y)
    }
    let expected = leastSquares(rows, targets, start: start, forgetting: 0.998)
    for (found, expected) in zip(state, expected) { #expect(abs(Double(found) - expected) < 2e-3) }
  }

  @Test("no input makes the autoregression's state or forecast infinite")
  func robust() {
    var random = RandomSource(seed: 9)
    let regression = SeasonalAutoregression(seasonCount: 2)
    var state = [Float](repeating: 0, count: regression.stateSize)
    regression.reset(&state)
    for step in 0..<5_000 {
      var x = (0..<regression.size).map { _ in
        random.chance(0.1) ? .nan : random.student(degrees: 1) * 1e3
      }
      // Now and then nothing happens for long, which would wind the covariance up.
      if step % 1_000 > 500 { x = x.map { _ in 0 } }
      let value = random.chance(0.05) ? .nan : random.student(degrees: 1) * 1e6
      regression.update(&state, regressors: &x, value: value)
      let point = regression.predict(state, regressors: &x)
      #expect(point.isFinite && abs(point) <= 20)
    }
    let isSound = state.allSatisfy { $0.isFinite }
    #expect(isSound)
  }
}
