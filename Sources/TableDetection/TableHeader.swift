import Backtest

/// The columns of a table: a time, a value, and perhaps a label.
struct TableHeader: Sendable, Equatable {
  private static let labelNames: Set<String> = ["label", "anomaly", "is_anomaly"]

  let columnCount: Int
  let time: Int
  let value: Int
  let label: Int?

  /// - Throws: where the line is no header of such a table.
  init(_ line: ArraySlice<UInt8>, path: String) throws(BacktestError) {
    let fields = RawFields(line)
    let names = fields.ranges.map { RawFields.text(line[$0]).lowercased() }
    let value = names.firstIndex(of: "value")
    let label = names.firstIndex { Self.labelNames.contains($0) }
    guard fields.isWellFormed, let value, names.count == (label == nil ? 2 : 3),
      let time = names.indices.first(where: { $0 != value && $0 != label })
    else {
      throw .file(
        "\(path):1: not a table of one series: give one with the header 'timestamp,value' or "
          + "'timestamp,value,label'")
    }
    columnCount = names.count
    (self.time, self.value, self.label) = (time, value, label)
  }
}
