import Testing
import TimeSeries

@Suite("Series patterns")
struct SeriesPatternTests {
  @Test(
    "a pattern matches by name and labels",
    arguments: [
      // pattern, canonical key, matches
      ("cpu.*", "cpu.user", true),
      ("cpu.*", "cpu", false),
      ("cpu.*", "mycpu.user", false),  // the whole name
      ("*", "anything,host=a", true),  // labels that are not named do not matter
      ("*.*", "a.b.c", true),
      ("a*b*c", "axxbxbxc", true),
      ("a*b*c", "axxbxbx", false),
      ("web-?", "web-1", true),
      ("web-?", "web-12", false),
      ("web-?", "web-é", true),  // one character, two bytes
      ("cpu.{user,system}", "cpu.system", true),
      ("cpu.{user,system}", "cpu.idle", false),
      ("{a,b{1,2}*}.x", "b2zz.x", true),
      ("{a,b{1,2}*}.x", "b3.x", false),
      ("{,x}y", "y", true),
      ("cpu,host=web-?", "cpu,dc=x,host=web-1", true),
      ("cpu,host=web-?", "cpu,dc=x", false),  // an absent label matches nothing
      ("cpu,host=*", "cpu,host=", true),
      ("host={web,db}-*", "mem,host=db-9", true),  // any name
      ("cpu,env!=test", "cpu,env=prod", true),
      ("cpu,env!=test", "cpu,env=test", false),
      ("cpu,env!=test", "cpu", true),  // absent is not test
      ("cpu,env!={test,dev*},host=a", "cpu,env=dev2,host=a", false),
      ("a\\*b", "a*b", true),
      ("a\\*b", "axb", false),
      ("a\\,b", "a\\,b", true),
      ("a\\=b", "a\\=b", true),
      ("x,path=/a\\,b", "x,path=/a\\,b", true),
      ("CPU", "cpu", false),
    ])
  func matching(pattern: String, key: String, expected: Bool) throws {
    #expect(try SeriesPattern(pattern).matches(canonical: key.utf8) == expected)
  }

  @Test(
    "a pattern that cannot be read says why",
    arguments: [
      ("", "empty part"), ("cpu,", "empty part"), ("cpu,host", "no '='"), ("=x", "names no label"),
      ("!=x", "names no label"), ("a{b", "without its '}'"), ("a}b", "without its '{'"),
      ("a\\", "escape"), (String(repeating: "{a,b}", count: 20), "more than 1024"),
      (String(repeating: "{", count: 40) + String(repeating: "}", count: 40), "more than 16"),
    ])
  func errors(pattern: String, problem: String) {
    #expect {
      try SeriesPattern(pattern)
    } throws: { error in
      "\(error)".contains(problem)
    }
  }

  @Test("many stars on a long name end soon", .timeLimit(.minutes(1)))
  func manyStars() throws {
    let pattern = try SeriesPattern(String(repeating: "a*", count: 30) + "b")
    let name = String(repeating: "a", count: 5000)
    #expect(!pattern.matches(SeriesKey(name: name, labels: [])))
  }

  @Test(
    "an escaped text is matched by itself alone", arguments: ["a*b", "{x,y}", "a?", "b\\c", "k=v"])
  func escaped(name: String) throws {
    let pattern = try SeriesPattern(SeriesPattern.escaped(name))
    #expect(pattern.matches(SeriesKey(name: name, labels: [])))
    for other in ["ab", "axb", "x", "y", "ac", "bc", "kv", "k"] {
      #expect(!pattern.matches(SeriesKey(name: other, labels: [])), "\(other)")
    }
  }
}
