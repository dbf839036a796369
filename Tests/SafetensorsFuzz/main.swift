import CAllocationCounter
import Glibc
import NeuralNetwork

// Opens mutated safetensors files and reads everything in those that are accepted. It ends with a
// line of figures and status 0; a crash ends it with a signal, a hang with SIGALRM, an allocation
// beyond the file's size with status 1 and the file.
//
// usage: safetensors-fuzz COUNT SEED

guard CommandLine.arguments.count == 3, let count = Int(CommandLine.arguments[1]),
  let seed = UInt64(CommandLine.arguments[2])
else {
  print("usage: safetensors-fuzz COUNT SEED")
  exit(64)
}
guard allocationCounterWorks() else {
  print("unsupported: allocations are not counted with this C library")
  exit(69)
}

/// Beside the file: the headers of the index's arrays and rounding up by malloc.
let allowance = 512
/// Seconds for a thousand files, which take milliseconds.
let patience: UInt32 = 60

/// Reads everything that a file offers; the sum keeps the work from being optimised away.
func readAll(_ file: SafetensorsReader) throws(SafetensorsError) -> Int {
  var sum = file.metadata.count
  for tensor in file.tensors {
    precondition(file[tensor.name] == tensor)
    sum += try file.withBytes(tensor.name) { bytes in
      precondition(bytes.count == tensor.byteCount)
      return bytes.reduce(0) { $0 + Int($1) }
    }
    switch tensor.type {
    case .float16, .bfloat16, .float32, .float64: sum += try file.floats(tensor.name).count
    default: sum += tensor.shape.count
    }
  }
  return sum
}

/// Opens a file, holds its allocations against its size, and reads what it offers.
func check(_ file: [UInt8], _ name: String) -> (isAccepted: Bool, peak: Int) {
  allocationCounterReset()
  var reader: SafetensorsReader?
  do throws(SafetensorsError) {
    reader = try SafetensorsReader(file)
  } catch {
    // The text of an error counts too: it must not repeat a giant name.
    precondition(!"\(error)".isEmpty)
  }
  let peak = Int(allocationCounterPeak())
  if peak > file.count + allowance {
    print("\(name), \(file.count) bytes, allocated \(peak) bytes: \(file.prefix(600))")
    exit(1)
  }
  guard let reader else { return (false, peak) }
  do throws(SafetensorsError) {
    _ = blackHole(try readAll(reader))
  } catch {
    print("\(name) was accepted, but not read: \(error): \(file.prefix(600))")
    exit(1)
  }
  return (true, peak)
}

@inline(never) func blackHole(_ value: Int) -> Int { value }

for (name, file, isValid) in FileMutator.costly() {
  alarm(patience)
  let (isAccepted, peak) = check(file, name)
  print("\(name): \(file.count) bytes, peak \(peak) bytes, \(isAccepted ? "accepted" : "refused")")
  if isAccepted != isValid { exit(1) }
}
var mutator = FileMutator(seed: seed)
var (accepted, peakMaximum, bytes) = (0, 0, 0)
var excessMaximum = Int.min
for number in 0..<count {
  if number % 1000 == 0 { alarm(patience) }
  let file = mutator.next()
  let (isAccepted, peak) = check(file, "file \(number) of seed \(seed)")
  if isAccepted { accepted += 1 }
  bytes += file.count
  peakMaximum = max(peakMaximum, peak)
  excessMaximum = max(excessMaximum, peak - file.count)
}
print(
  "\(count) files of seed \(seed), \(bytes) bytes: \(accepted) accepted, "
    + "\(count - accepted) refused; peak \(peakMaximum) bytes, at most \(excessMaximum) beyond the file"
)
