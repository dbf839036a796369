package import TimeSeries

/// How the time of a table's row is found: in a column of times, in a column that only numbers the
/// rows, or by counting the rows.
package enum CSVTimes: Sendable, Equatable {
  case column(Int)
  case index(Int)
  case rowNumber

  /// Whether rows have real times, and not only an order.
  package var areReal: Bool {
    if case .column = self { true } else { false }
  }

  /// The column of times or indexes, which is not a series.
  var column: Int? {
    switch self {
    case .column(let column), .index(let column): column
    case .rowNumber: nil
    }
  }

  /// Time from one index to the next: an index is read as milliseconds since 1970.
  package static let indexInterval: Milliseconds = 1
  /// Larger numbers are times: as seconds since 1970 this is in 1973, before there were metrics.
  private static let indexMaximum: Double = 1e8
  private static let names: Set<String> = [
    "timestamp", "time", "date", "datetime", "ts", "_time",
  ]

  /// - Parameters:
  ///   - header: lower-cased names of the columns.
  ///   - first: the column of the times where no name says which one it is.
  ///   - isLong: whether rows name their series, so that times repeat.
  ///   - isWide: whether each column except that of the times is a series.
  ///   - numbers: the first fields of a column, `nil` for what is no number.
  init(
    header: [String], first: Int, isLong: Bool, isWide: Bool,
    numbers: (_ column: Int) -> [Double?]
  ) {
    let named = header.firstIndex { Self.names.contains($0) }
    let column = named ?? first
    let fields = numbers(column)
    if header.count == 1 {
      self = named == nil && fields.contains { $0 != nil } ? .rowNumber : .column(0)
    } else if Self.areIndexes(fields, mayRepeat: isLong) {
      self = .index(column)
    } else if named == nil, isWide, Self.areMeasurements(fields) {
      self = .rowNumber
    } else {
      self = .column(column)
    }
  }

  /// Whole numbers far below every time, of which most are one more than another.
  private static func areIndexes(_ fields: [Double?], mayRepeat: Bool) -> Bool {
    var distinct: Set<Int> = []
    for number in fields {
      guard let number, number >= 0, number < indexMaximum, number == number.rounded() else {
        return false
      }
      distinct.insert(Int(number))
    }
    guard !distinct.isEmpty, mayRepeat || isGrowing(fields) else { return false }
    let followed = distinct.count { distinct.contains($0 + 1) }
    return distinct.count == 1 || followed > 0 && followed * 2 >= distinct.count - 1
  }

  /// Mostly numbers that go up and down, which times do not.
  private static func areMeasurements(_ fields: [Double?]) -> Bool {
    let numbers = fields.compactMap { $0 }
    return numbers.count > 1 && numbers.count * 2 > fields.count && !isGrowing(numbers)
  }

  private static func isGrowing(_ numbers: [Double?]) -> Bool {
    zip(numbers, numbers.dropFirst()).allSatisfy { ($0 ?? .nan) < ($1 ?? .nan) }
  }
}
