/// Why a file cannot be read as series.
package enum CSVError: Error, Sendable, Equatable, CustomStringConvertible {
  case empty
  case tooFewColumns
  case noHeader

  package var description: String {
    switch self {
    case .empty: "the file is empty: give one whose first line is a header"
    case .tooFewColumns:
      "the header has one column, and its rows are not numbers: give a time and a value column"
    case .noHeader:
      "the first line is not a header: add one, for example 'timestamp,value' or 'time,a,b'"
    }
  }
}
