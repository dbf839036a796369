import Forecasting
import FoundationEssentials

/// `<stream>-<version>.report`: what a training reported, until a commit has published it. Without
/// it an end of the process in between would leave a model in use whose training nobody reports.
extension ModelStore {
  private static let suffix = ".report"

  func saveReport(_ report: TrainingReport) throws(ModelStoreError) {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      try write(Array(encoder.encode(report)), to: Self.fileName(of: report))
    } catch {
      throw ModelStoreError(reason: "\(error)")
    }
  }

  func removeReport(_ report: TrainingReport) throws(ModelStoreError) {
    try remove(Self.fileName(of: report))
  }

  /// Versions of the models whose reports no commit has published, ascending.
  func unpublishedReports(of stream: String) -> [Int] { numbers(of: stream, suffix: Self.suffix) }

  /// The report on a version.
  ///
  /// One that says of a model that it was adopted, while there is no such model, is removed: the
  /// process ended before it was written, and so before it was in use.
  ///
  /// - Returns: `nil` where there is no such file, or it was removed.
  func report(of stream: String, version: Int) throws(ModelStoreError) -> TrainingReport? {
    let name = "\(stream)-\(version)\(Self.suffix)"
    guard let bytes = try read(name) else { return nil }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      let report = try decoder.decode(TrainingReport.self, from: Data(bytes))
      guard report.adopted, !versions(of: stream).contains(version) else { return report }
    } catch {
      throw ModelStoreError(reason: "\(name): \(error)")
    }
    try remove(name)
    return nil
  }

  private static func fileName(of report: TrainingReport) -> String {
    "\(report.stream)-\(report.challengerVersion)\(suffix)"
  }
}
