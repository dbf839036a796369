import CalendarFiles
import TimeSeries

/// An entry of `calendars:` — maintenance windows or holidays, from a file or from the list itself.
struct CalendarSection: Decodable {
  /// The directory of the configuration, from which relative names of files count.
  static let directoryKey = CodingUserInfoKey(rawValue: "directory of the configuration")
  private static let countMaximum = 100

  private enum Source {
    case file(String)
    case lines([String])
  }

  private var source: Source
  private var effect: PlannedEffect
  private var series: SeriesPattern?

  enum CodingKeys: String, CodingKey { case file, windows, effect, series }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let file = try container.decodeIfPresent(String.self, forKey: .file)
    let lines = try container.decodeIfPresent([String].self, forKey: .windows)
    effect = try container.word(
      .effect, default: .both,
      among: ["suppress": .suppress, "skip_learning": .skipLearning, "both": .both])
    if let text = try container.decodeIfPresent(String.self, forKey: .series) {
      do throws(TimeSeriesError) {
        series = try SeriesPattern(text)
      } catch {
        throw container.impossible(.series, "\(error)")
      }
    }
    switch (file, lines) {
    case (let file?, nil):
      guard !file.isEmpty else { throw container.impossible(.file, "is empty") }
      let directory = Self.directoryKey.flatMap { decoder.userInfo[$0] as? String }
      source = .file(CalendarFile.path(file, from: directory))
    case (nil, let lines?): source = .lines(lines)
    case (nil, nil):
      throw container.impossible(
        .file, "is missing: name a calendar, or write windows: [2026-12-24/2026-12-27]")
    case (_?, _?):
      throw container.impossible(
        .windows, "stands beside file: write two entries of calendars")
    }
  }

  /// Reads the calendars of a stream.
  ///
  /// - Parameter zone: of the stream.
  /// - Throws: the text of an error that names file and line.
  static func windows(
    of sections: [CalendarSection], zone: TimeZoneRules
  ) throws(CalendarSectionError) -> PlannedWindows {
    guard sections.count <= countMaximum else {
      throw CalendarSectionError(description: "has more than \(countMaximum) calendars")
    }
    var windows: [PlannedWindow] = []
    for (number, section) in sections.enumerated() {
      windows += try section.windows(named: "calendars[\(number)].windows", zone: zone)
    }
    guard windows.count <= CalendarReader.windowCountMaximum else {
      throw CalendarSectionError(
        description:
          "has \(windows.count) windows; \(CalendarReader.windowCountMaximum) are too many")
    }
    return PlannedWindows(windows)
  }

  private func windows(
    named list: String, zone: TimeZoneRules
  ) throws(CalendarSectionError) -> [PlannedWindow] {
    var name = list
    if case .file(let path) = source { name = path }
    let reader = CalendarReader(
      name: name, zone: zone, effect: effect, series: series, zoneNamed: TimeZoneFile.rules)
    do throws(CalendarError) {
      switch source {
      case .file(let path): return try reader.windows(try CalendarFile.read(path))
      case .lines(let lines): return try PlannedList(reader: reader).windows(lines)
      }
    } catch {
      throw CalendarSectionError(description: "\(error)")
    }
  }
}

/// What is wrong with the calendars of a stream.
struct CalendarSectionError: Error, CustomStringConvertible {
  let description: String
}
