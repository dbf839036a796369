import Glibc
import NeuralNetwork
import Numerics
import TestSupport
import Testing

@Suite struct DocumentedModelTests {
  @Test("the model that docs/engine.md shows learns to go on with sine waves")
  func learns() {
    let (steps, batch, horizon) = (24, 16, 4)
    var model = Forecaster(
      inputs: 1, hidden: 24, layers: 2, horizon: horizon, steps: steps, batch: batch)
    var optimizer = AdamOptimizer(count: model.parameters.count)
    var losses: [Double] = []
    for step in 0..<150 {
      let phases = (0..<batch).map { Double($0) * 0.7 + Double(step) * 0.13 }
      let x = (0..<steps).flatMap { t in phases.map { Float(sin($0 + 0.4 * Double(t))) } }
      let targets = phases.flatMap { phase in
        (0..<horizon).map { Float(sin(phase + 0.4 * Double(steps + $0))) }
      }
      losses.append(model.train(x, targets, &optimizer))
    }
    #expect(losses[0] > 0.3)
    #expect(losses.suffix(10).allSatisfy { $0 < 0.02 }, "\(losses.suffix(10))")
  }

  @Test("docs/engine.md shows the code that is tested")
  func documented() throws {
    let code = try repositoryFile("Tests/NeuralNetworkTests/DocumentedModel.swift")
    let afterMark = code.split(separator: "// begin of the documented model\n").last
    let model = try #require(afterMark?.split(separator: "// end of the documented model").first)
    #expect(model.count > 3000)
    let page = try repositoryFile("docs/engine.md")
    #expect(page.contains(model), "docs/engine.md has another text")
  }
}
