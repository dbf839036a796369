import Glibc
import NeuralNetwork
import Testing

/// Expected values are SciPy's (1.16), printed to all digits.
@Suite struct DistributionTests {
  static let levels = [1e-6, 0.025, 0.1, 0.45, 0.5, 0.9, 0.999]

  @Test(
    "Student-t quantiles are SciPy's from heavy tails to the normal",
    arguments: [
      (
        0.3,
        [
          -3.007185808790972e+18, -6582.035699400773, -64.78654563709685, -0.22571005820760476, 0,
          64.78654563709692, 300718580.87909585,
        ]
      ),
      (
        1,
        [
          -318309.8861827435, -12.706204736174705, -3.0776835371752536, -0.15838444032453633, 0,
          3.0776835371752544, 318.30883898555015,
        ]
      ),
      (
        2.1,
        [
          -534.1150268957418, -4.112152758173881, -1.8466955277798158, -0.14134468069408382, 0,
          1.846695527779816, 19.86979579979703,
        ]
      ),
      (
        30,
        [
          -5.871117120418882, -2.042272456301238, -1.3104150253913955, -0.12672961313207354, 0,
          1.3104150253913955, 3.3851848668293045,
        ]
      ),
      (
        1e4,
        [
          -4.75622968505678, -1.9602012398906263, -1.2816362297304775, -0.1256645380385817, 0,
          1.2816362297304775, 3.091047516030612,
        ]
      ),
      (
        1e8,
        [
          -4.753424589216037, -1.9599640082627667, -1.281551574010448, -0.12566134717418811, 0,
          1.2815515740104482, 3.090232387669105,
        ]
      ),
    ] as [(Double, [Double])])
  func studentTQuantiles(_ degreesOfFreedom: Double, _ expected: [Double]) {
    let standard = StudentT(degreesOfFreedom: degreesOfFreedom)
    let moved = StudentT(degreesOfFreedom: degreesOfFreedom, location: 3, scale: 0.5)
    for (level, value) in zip(Self.levels, expected) {
      // SciPy's own error where the tail is at its heaviest.
      #expect(abs(standard.quantile(level) - value) <= 1e-10 * abs(value), "\(level)")
      #expect(
        abs(moved.quantile(level) - (3 + 0.5 * standard.quantile(level))) < 1e-9 * abs(value)
          + 1e-12)
    }
  }

  @Test("the distribution function undoes the quantile, symmetrically")
  func cumulative() {
    for degreesOfFreedom in [0.7, 2, 5.5, 40, 1e6, 1e9] {
      let standard = StudentT(degreesOfFreedom: degreesOfFreedom)
      for percent in 1..<100 {
        let level = Double(percent) / 100
        #expect(abs(standard.cumulative(standard.quantile(level)) - level) < 1e-11)
        #expect(abs(standard.quantile(level) + standard.quantile(1 - level)) < 1e-9)
      }
    }
    #expect(StudentT(degreesOfFreedom: 3).cumulative(0) == 0.5)
  }

  @Test("the table of quantiles is within 1e-6 of the exact ones for every ν from 2 on")
  func table() {
    let levels = [0.001, 0.025, 0.1, 0.5, 0.8, 0.975, 0.999]
    let table = StudentTQuantiles(levels: levels)
    var nu = 2.0
    while nu < 1e7 {
      for (index, level) in levels.enumerated() {
        let exact = StudentT(degreesOfFreedom: nu, location: -1, scale: 2).quantile(level)
        let fast = table.quantile(index, degreesOfFreedom: nu, location: -1, scale: 2)
        #expect(abs(exact - fast) < 2e-6, "ν \(nu), level \(level)")
      }
      nu *= 1.037
    }
  }

  @Test("NaN parameters give NaN quantiles, infinite freedom the normal's")
  func extremes() {
    let table = StudentTQuantiles(levels: [0.1])
    for (nu, location, scale) in [(Double.nan, 0.0, 1.0), (3, .nan, 1), (3, 0, .nan)] {
      let quantile = StudentT(degreesOfFreedom: nu, location: location, scale: scale).quantile(0.1)
      #expect(quantile.isNaN)
      #expect(
        table.quantile(0, degreesOfFreedom: nu, location: location, scale: scale).isNaN)
    }
    let normal = Normal().quantile(0.1)
    #expect(abs(StudentT(degreesOfFreedom: .infinity).quantile(0.1) - normal) < 1e-12)
    let fast = table.quantile(0, degreesOfFreedom: .infinity, location: 0, scale: 1)
    #expect(abs(fast - normal) < 1e-12)
  }

  @Test("normal quantiles are SciPy's")
  func normal() {
    let expected: [(Double, Double)] = [
      (1e-12, -7.034483825301131), (1e-6, -4.753424308822899), (0.02, -2.053748910631823),
      (0.025, -1.9599639845400545), (0.1, -1.2815515655446004), (0.45, -0.12566134685507402),
      (0.5, 0), (0.9, 1.2815515655446004), (0.999, 3.090232306167813),
    ]
    for (level, value) in expected {
      #expect(abs(Normal().quantile(level) - value) < 1e-12)
      #expect(abs(Normal().cumulative(value) / level - 1) < 1e-11)
    }
    #expect(Normal(mean: 2, standardDeviation: 3).quantile(0.5) == 2)
  }

  @Test("digamma is SciPy's, and the slope of log Γ")
  func gammaFunctions() {
    let expected: [(Double, Double)] = [
      (1e-3, -1000.5755719318103), (0.25, -4.2274535333762655), (0.5, -1.9635100260214235),
      (1, -0.5772156649015329), (1.4616321449683623, 0), (3, 0.9227843350984671),
      (9.99, 2.250700372831201), (10, 2.251752589066721), (1e3, 6.907255195648812),
      (1e8, 18.420680738952367),
    ]
    for (x, value) in expected {
      #expect(abs(digamma(x) - value) < 1e-13 * max(1, abs(value)))
    }
    for x in [0.3, 2.5, 17, 400] {
      let slope = (logGamma(x * (1 + 1e-6)) - logGamma(x * (1 - 1e-6))) / (2e-6 * x)
      #expect(abs(digamma(x) - slope) < 1e-7 * max(1, abs(slope)))
    }
  }
}
