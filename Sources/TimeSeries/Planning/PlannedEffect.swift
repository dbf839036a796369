/// What a planned window does to the steps within it.
package struct PlannedEffect: OptionSet, Sendable, Hashable, BitwiseCopyable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// No incident opens, and one that is open closes.
  package static let suppress = PlannedEffect(rawValue: 1)
  /// The values teach nobody: they are as missing for learning.
  package static let skipLearning = PlannedEffect(rawValue: 2)
  package static let both: PlannedEffect = [.suppress, .skipLearning]

  // Asked for every step, so without the generic operations of sets.
  package var suppresses: Bool { rawValue & 1 != 0 }
  package var skipsLearning: Bool { rawValue & 2 != 0 }

  /// Reads `suppress`, `skip_learning` or `both`.
  package init?(_ word: String) {
    switch word {
    case "suppress": self = .suppress
    case "skip_learning": self = .skipLearning
    case "both": self = .both
    default: return nil
    }
  }

  /// The word that `init` reads.
  package var name: String {
    self == .suppress ? "suppress" : self == .skipLearning ? "skip_learning" : "both"
  }
}
