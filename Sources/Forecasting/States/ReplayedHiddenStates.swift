import TimeSeries

/// Hidden and cell states under a model of the same seasons that is not in use yet, replayed ahead
/// of its adoption. `RebuiltSeriesStates` is for a model with other seasons.
///
/// A cache: a state counts until its series takes another step, and what is missing is replayed
/// later. So an adoption costs a copy, however many series there are.
package struct ReplayedHiddenStates: Sendable {
  package let model: ForecastModel
  private let width: Int
  private let cellWidth: Int
  private var hidden: [Float] = []
  private var cell: [Float] = []
  private var round = PreparationRound()

  package init(_ model: ForecastModel) {
    self.model = model
    width = model.network.shape.stateSize
    cellWidth = model.network.shape.cellSize
  }

  func isCurrent(_ row: Int, time: Milliseconds) -> Bool { round.isCurrent(row, time: time) }

  func copy(_ row: Int, into hidden: inout [Float], _ cell: inout [Float]) {
    for place in row * width..<(row + 1) * width { hidden[place] = self.hidden[place] }
    for place in row * cellWidth..<(row + 1) * cellWidth { cell[place] = self.cell[place] }
  }

  /// Rows without a state that would count now.
  package func missingCount(of states: SeriesStates) -> Int {
    // A model that reads a window anew for each forecast needs none.
    if model.settings.architecture.fixedWindow > 0 { return 0 }
    return round.missingCount(of: states)
  }

  /// Replays the next rows that are missing, round and round.
  ///
  /// - Precondition: the rows are committed ones: another history with the same newest time would
  ///   not be noticed.
  package mutating func prepare(
    atMost rows: Int, of states: SeriesStates, workspace: inout ForecastingWorkspace
  ) {
    let chosen = round.next(rows, of: states)
    let added = states.count - hidden.count / width
    hidden.append(contentsOf: repeatElement(0, count: added * width))
    cell.append(contentsOf: repeatElement(0, count: added * cellWidth))
    states.withReadPointers { pointers in
      for first in stride(from: 0, to: chosen.count, by: ForecastingWorkspace.rows) {
        let slice = chosen[first..<min(first + ForecastingWorkspace.rows, chosen.count)]
        let block = replay(
          slice, states.layout, pointers, model: model, workspace: &workspace,
          steps: FeatureLayout.replaySteps)
        for (index, row) in slice.enumerated() {
          for place in 0..<width {
            hidden[row * width + place] = block.hidden[index * width + place]
          }
          for place in 0..<cellWidth {
            cell[row * cellWidth + place] = block.cell[index * cellWidth + place]
          }
        }
      }
    }
  }
}
