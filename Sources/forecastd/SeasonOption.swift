import CommandLineInterface
import Replay

extension ValueType where Value == SeasonChoice {
  /// `auto`, or whole numbers of steps, separated by commas.
  static var seasons: Self {
    Self(
      placeholder: "STEPS|auto",
      parse: { (text) throws(ValueProblem) in
        if text == "auto" { return .found }
        var steps: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
          guard let step = Int(part), step >= 2 else {
            throw ValueProblem(
              "expected auto, or whole numbers of at least 2 with commas between them")
          }
          steps.insert(step)
        }
        return .steps(steps.sorted())
      },
      describe: { choice in
        switch choice {
        case .found: "auto"
        case .steps(let steps): steps.map { "\($0)" }.joined(separator: ",")
        }
      })
  }
}
