/// Calls `body` with the bytes of an array. Unlike `Array.withUnsafeBytes`, it keeps the type of
/// the error.
func withBytes<Result>(
  _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(TransportError) -> Result
) throws(TransportError) -> Result {
  let result = bytes.withUnsafeBytes { buffer -> Swift.Result<Result, TransportError> in
    do throws(TransportError) {
      return .success(try body(buffer))
    } catch {
      return .failure(error)
    }
  }
  return try result.get()
}
