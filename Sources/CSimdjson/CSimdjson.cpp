#include "CSimdjson.h"

#include <simdjson.h>

#include <algorithm>
#include <memory>
#include <new>

// simdjson refuses whatever its bound is when the bound is below what it allocates at least.
constexpr size_t smallest_capacity = 4096;

struct CSimdjsonParser {
  CSimdjsonParser(size_t capacity, size_t depth)
      : dom(std::max(capacity, smallest_capacity)), capacity(capacity), depth(depth) {}

  simdjson::dom::parser dom;
  size_t capacity;
  size_t depth;
  // simdjson reads whole vectors past the end of its input, so it gets a padded copy.
  std::unique_ptr<uint8_t[]> padded;
  size_t padded_capacity = 0;
};

namespace {

CSimdjsonError translated(simdjson::error_code error) noexcept {
  switch (error) {
    case simdjson::SUCCESS: return CSimdjsonErrorNone;
    case simdjson::CAPACITY: return CSimdjsonErrorCapacity;
    case simdjson::MEMALLOC: return CSimdjsonErrorMemory;
    case simdjson::DEPTH_ERROR: return CSimdjsonErrorDepth;
    case simdjson::UTF8_ERROR: return CSimdjsonErrorEncoding;
    case simdjson::EMPTY: return CSimdjsonErrorEmpty;
    case simdjson::NUMBER_ERROR: return CSimdjsonErrorNumber;
    default: return CSimdjsonErrorSyntax;
  }
}

// Grows the copy and the parser in powers of two, so that growing happens a few times in all.
CSimdjsonError reserve(CSimdjsonParser &parser, size_t length) noexcept {
  if (length <= parser.padded_capacity) return CSimdjsonErrorNone;
  size_t capacity = smallest_capacity;
  while (capacity < length) capacity *= 2;
  capacity = std::min(capacity, std::max(parser.capacity, smallest_capacity));
  parser.padded.reset(new (std::nothrow) uint8_t[capacity + simdjson::SIMDJSON_PADDING]());
  parser.padded_capacity = parser.padded ? capacity : 0;
  if (!parser.padded) return CSimdjsonErrorMemory;
  return translated(parser.dom.allocate(capacity, parser.depth));
}

}  // namespace

extern "C" CSimdjsonParser *csimdjson_parser_create(size_t capacity, size_t depth) {
  try {
    return new CSimdjsonParser(capacity, depth);
  } catch (...) {
    return nullptr;
  }
}

extern "C" void csimdjson_parser_destroy(CSimdjsonParser *parser) { delete parser; }

extern "C" CSimdjsonError csimdjson_parse(
    CSimdjsonParser *parser, const uint8_t *bytes, size_t length, CSimdjsonElement *root) {
  if (length == 0) return CSimdjsonErrorEmpty;
  if (length > parser->capacity) return CSimdjsonErrorCapacity;
  // Nothing below throws: simdjson's calls are noexcept, and its allocations report failure.
  if (CSimdjsonError error = reserve(*parser, length)) return error;
  memcpy(parser->padded.get(), bytes, length);
  // The last parse may have been longer: simdjson 1.0 wants defined bytes behind the end.
  memset(parser->padded.get() + length, 0, simdjson::SIMDJSON_PADDING);
  simdjson::error_code error = parser->dom.parse(parser->padded.get(), length, false).error();
  if (error) return translated(error);
  // Position 0 is the tape's root marker.
  *root = {parser->dom.doc.tape.get(), parser->dom.doc.string_buf.get(), 1};
  return CSimdjsonErrorNone;
}

extern "C" const char *csimdjson_error_name(CSimdjsonError error) {
  switch (error) {
    case CSimdjsonErrorNone: return "none";
    case CSimdjsonErrorCapacity: return "longer than the parser's capacity";
    case CSimdjsonErrorMemory: return "out of memory";
    case CSimdjsonErrorDepth: return "nested too deep";
    case CSimdjsonErrorEncoding: return "not UTF-8";
    case CSimdjsonErrorEmpty: return "empty";
    case CSimdjsonErrorNumber: return "a malformed or too large number";
    case CSimdjsonErrorSyntax: return "not JSON";
  }
  return "not JSON";
}
