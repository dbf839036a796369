import Forecasting
import FoundationEssentials

/// Report files, named `<stream>-<version>.report`. A file is kept until a commit has published its
/// report. Without the file, a process that ends before that commit would leave a model in use
/// whose training nobody reports.
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

  /// Reads the report on a version.
  ///
  /// A report of an adopted model that does not exist is removed: the process ended before the
  /// model was written, so the model was never in use.
  ///
  /// - Returns: `nil` if there is no such file, or if it was removed.
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
