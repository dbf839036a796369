import MetricFormats
import TestSupport
import Testing
import TimeSeries

@Suite struct FuzzTests {
  static let seed: UInt64 = 20_240_601
  static let caseCount = 200_000

  static let valid: [String] = [
    #"{"fields":{"usage_idle":98.5,"n":12345678901234567890,"s":"x","b":true,"z":null},"name":"cpu","tags":{"cpu":"cpu0","host":"a\u00e9\n"},"timestamp":1700000000}"#,
    #"{"metrics":[{"fields":{"a":1e5},"name":"m","tags":{"t":"x"},"timestamp":1700000001}]}"#,
    #"[{"values":[1.5,null],"dstypes":["derive","gauge"],"dsnames":["rx","tx"],"time":1700000000.320,"interval":10.000,"host":"a","plugin":"interface","plugin_instance":"eth0","type":"if_octets","type_instance":""}]"#,
    #"{"series":"s","labels":{"host":"a","n":1.25},"timestamp":"2023-11-14T22:13:20.123+01:00","value":NaN}"#,
    "{\"series\":\"s\",\"timestamp\":1700000000,\"value\":1}\n{\"series\":\"t\",\"timestamp\":1700000000,\"value\":-1.5e-7}\n",
    #"cpu,host=a\ b,cpu=cpu0 usage_idle=98.5,u=1i,s="a\"b",t=T 1700000000123456789"#,
    "m value=1\nm,a=b c=-2.5e+10 1700000000000000000\r\n# x\n",
    "a.b.c;host=b;dc=eu 98.5 1700000000\nd nan -1\r\n",
  ]

  @Test("no bytes stop a decoder, and every message leaves something behind")
  func mutations() throws {
    var random = SplitMix(seed: Self.seed)
    let formats = try MetricFormat.all.map { try InputFormat(name: $0.name) }
    for (number, format) in formats.enumerated() {
      var decoder = MessageDecoder(format)
      var batch = PointBatch()
      for index in 0..<Self.caseCount / formats.count {
        let message = Self.message(&random)
        let key = index % 7 == 0 ? Self.bytes(&random, countMaximum: 40) : Array("k,a=b".utf8)
        batch.removeAll()
        decode(message, key: key, with: &decoder, index: UInt32(index), into: &batch)
        let isAccountedFor =
          !batch.points.isEmpty || !batch.drops.isEmpty || batch.missingValueCount > 0
        guard isAccountedFor, Self.isSound(batch, hasOwnKeys: format.format.name != "compact")
        else {
          Issue.record("seed \(Self.seed), format \(number), case \(index): \(message)")
          return
        }
      }
    }
  }

  @Test("deep nesting, long lines and huge numbers are answered with a drop")
  func extremes() throws {
    let deep = 10_000
    let million = 1_000_000
    let messages: [String] = [
      String(repeating: "[", count: deep) + String(repeating: "]", count: deep),
      String(repeating: #"{"a":"#, count: deep) + "1" + String(repeating: "}", count: deep),
      #"{"series":"s","timestamp":1,"value":1"# + String(repeating: "0", count: million) + "}",
      #"{"series":"s","timestamp":1,"value":0."# + String(repeating: "1", count: million) + "e}",
      String(repeating: "x", count: million), String(repeating: " ", count: million),
      String(repeating: "\"", count: million), String(repeating: "\\", count: million),
      String(repeating: "\n", count: million), String(repeating: "a=\"", count: million / 3),
      String(repeating: "a b=\"\n", count: million / 7),
      String(repeating: "1,", count: million / 2),
      "m a=" + String(repeating: "9", count: million) + " 1",
      "m,a=b" + String(repeating: "\\ ", count: million / 2 - 10) + " c=1",
      "a 1e" + String(repeating: "9", count: million) + " 1",
      String(repeating: #"{"a":NaN}"# + "\n", count: million / 10),
    ]
    for format in MetricFormat.all where format.name != "compact" {
      let input = try InputFormat(name: format.name)
      var decoder = MessageDecoder(input)
      for (index, message) in messages.enumerated() {
        var batch = PointBatch()
        decode(Array(message.utf8), with: &decoder, into: &batch)
        #expect(batch.points.isEmpty, "\(format.name), message \(index)")
        #expect(!batch.drops.isEmpty, "\(format.name), message \(index)")
      }
      // The decoder is as good as new afterwards.
      var batch = PointBatch()
      decode(Array("a 1 1".utf8), with: &decoder, into: &batch)
      #expect(batch.drops.isEmpty == ["auto", "graphite"].contains(format.name))
    }
  }

  /// A valid message with a few bytes changed, cut or doubled; now and then nothing but noise.
  private static func message(_ random: inout SplitMix) -> [UInt8] {
    if random.next(below: 8) == 0 { return bytes(&random, countMaximum: 200) }
    var message = Array(valid[random.next(below: valid.count)].utf8)
    for _ in 0...random.next(below: 4) {
      guard !message.isEmpty else { break }
      let position = random.next(below: message.count)
      switch random.next(below: 6) {
      case 0: message[position] = UInt8(random.next(below: 256))
      case 1: message[position] = interesting[random.next(below: interesting.count)]
      case 2: message.remove(at: position)
      case 3: message.removeLast(message.count - position)
      case 4: message.insert(interesting[random.next(below: interesting.count)], at: position)
      default:
        let end = min(message.count, position + random.next(below: 30))
        message.insert(contentsOf: message[position..<end], at: position)
      }
    }
    return message
  }

  private static let interesting = Array("\"\\,=;:{}[] \n\r\t0123456789.eE+-NaInfut#\u{0}é".utf8)

  private static func bytes(_ random: inout SplitMix, countMaximum: Int) -> [UInt8] {
    (0..<random.next(below: countMaximum)).map { _ in UInt8(random.next(below: 256)) }
  }

  /// What holds of every batch: keys inside their buffer, UTF-8 and canonical (where the decoder
  /// makes them), finite values, times in range, one drop a reason.
  private static func isSound(_ batch: PointBatch, hasOwnKeys: Bool) -> Bool {
    for point in batch.points {
      let start = Int(point.keyStart)
      let key = batch.keyBytes[start..<start + Int(point.keyLength)]
      guard !key.isEmpty, point.value.isFinite, TimestampUnit.timeRange.contains(point.time),
        String(validating: key, as: UTF8.self) != nil,
        !hasOwnKeys || SeriesKey(canonical: key).canonical.elementsEqual(key)
      else { return false }
    }
    return Set(batch.drops.map(\.reason)).count == batch.drops.count
  }
}
