// A C face of simdjson's DOM parser: parsing is one call, everything after it is inlined.
//
// An element is a position on simdjson's tape, whose layout simdjson documents in doc/tape.md and
// has kept since its first release, so reading a document needs neither calls nor allocations.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

typedef struct CSimdjsonParser CSimdjsonParser;

typedef enum __attribute__((enum_extensibility(closed))) {
  CSimdjsonErrorNone = 0,
  /// Longer than the parser's capacity.
  CSimdjsonErrorCapacity,
  CSimdjsonErrorMemory,
  /// Nested deeper than the parser's bound.
  CSimdjsonErrorDepth,
  /// Not UTF-8.
  CSimdjsonErrorEncoding,
  /// No document at all.
  CSimdjsonErrorEmpty,
  /// A number that is malformed or does not fit 64 bits.
  CSimdjsonErrorNumber,
  CSimdjsonErrorSyntax,
} CSimdjsonError;

typedef enum __attribute__((enum_extensibility(closed))) {
  CSimdjsonTypeNull = 'n',
  CSimdjsonTypeTrue = 't',
  CSimdjsonTypeFalse = 'f',
  CSimdjsonTypeInt64 = 'l',
  CSimdjsonTypeUInt64 = 'u',
  CSimdjsonTypeDouble = 'd',
  CSimdjsonTypeString = '"',
  CSimdjsonTypeArray = '[',
  CSimdjsonTypeObject = '{',
} CSimdjsonType;

/// A value of the document that the parser parsed last; invalid after its next parse.
typedef struct {
  const uint64_t *tape;
  const uint8_t *strings;
  size_t index;
} CSimdjsonElement;

/// Null when there is no memory.
CSimdjsonParser *_Nullable csimdjson_parser_create(size_t capacity, size_t depth);
void csimdjson_parser_destroy(CSimdjsonParser *parser);
/// Parses one document from a padded copy of `bytes` and sets `root` where that succeeds.
CSimdjsonError csimdjson_parse(
    CSimdjsonParser *parser, const uint8_t *_Nullable bytes, size_t length,
    CSimdjsonElement *root);
const char *csimdjson_error_name(CSimdjsonError error);

static inline CSimdjsonType csimdjson_type(CSimdjsonElement element) {
  return (CSimdjsonType)(element.tape[element.index] >> 56);
}

static inline uint64_t csimdjson_payload(CSimdjsonElement element) {
  return element.tape[element.index] & 0x00FFFFFFFFFFFFFFull;
}

/// Precondition: the element is an Int64.
static inline int64_t csimdjson_int64(CSimdjsonElement element) {
  return (int64_t)element.tape[element.index + 1];
}

/// Precondition: the element is a UInt64.
static inline uint64_t csimdjson_uint64(CSimdjsonElement element) {
  return element.tape[element.index + 1];
}

/// Precondition: the element is a Double.
static inline double csimdjson_double(CSimdjsonElement element) {
  double value;
  memcpy(&value, &element.tape[element.index + 1], sizeof value);
  return value;
}

/// Precondition: the element is a string (or an object's key).
static inline uint32_t csimdjson_string_length(CSimdjsonElement element) {
  uint32_t length;
  memcpy(&length, element.strings + csimdjson_payload(element), sizeof length);
  return length;
}

/// UTF-8 without escapes, possibly with zeros inside.
/// Precondition: the element is a string (or an object's key).
static inline const uint8_t *csimdjson_string(CSimdjsonElement element) {
  return element.strings + csimdjson_payload(element) + sizeof(uint32_t);
}

/// The first element (or key) inside; equal to `csimdjson_end` when there is none.
/// Precondition: the element is an array or an object.
static inline size_t csimdjson_begin(CSimdjsonElement element) { return element.index + 1; }

/// Precondition: the element is an array or an object.
static inline size_t csimdjson_end(CSimdjsonElement element) {
  return (size_t)(uint32_t)element.tape[element.index] - 1;
}

/// Where the element after this one starts, with everything inside this one skipped.
static inline size_t csimdjson_next(CSimdjsonElement element) {
  switch (csimdjson_type(element)) {
    case CSimdjsonTypeArray:
    case CSimdjsonTypeObject:
      return (size_t)(uint32_t)element.tape[element.index];
    case CSimdjsonTypeInt64:
    case CSimdjsonTypeUInt64:
    case CSimdjsonTypeDouble:
      return element.index + 2;
    default:
      return element.index + 1;
  }
}

/// Finds the first member of that name.
/// Precondition: `object` is an object.
static inline bool csimdjson_member(
    CSimdjsonElement object, const uint8_t *name, size_t length, CSimdjsonElement *value) {
  CSimdjsonElement key = object;
  size_t end = csimdjson_end(object);
  key.index = csimdjson_begin(object);
  while (key.index < end) {
    CSimdjsonElement candidate = key;
    candidate.index += 1;
    if (csimdjson_string_length(key) == length &&
        memcmp(csimdjson_string(key), name, length) == 0) {
      *value = candidate;
      return true;
    }
    key.index = csimdjson_next(candidate);
  }
  return false;
}

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
