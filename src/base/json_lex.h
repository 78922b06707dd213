/* A JSON lexer that is fed byte by byte and says where values begin and end. It checks the structure (brackets, commas,
 * colons, depth); what stands inside numbers and literals is left to whoever parses the value. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* More than a Go program takes (10,000): one value that is nested deeper than its reader likes must not end a whole stream. */
enum { LEX_DEPTH_MAX = 16 * 1024 };

enum lex_expect {
	LEX_VALUE,       /* a value */
	LEX_FIRST_VALUE, /* a value or ] */
	LEX_FIRST_KEY,   /* a key or } */
	LEX_KEY,         /* a key */
	LEX_COLON,
	LEX_COMMA_OR_CLOSE,
};

enum lex_token { LEX_NO_TOKEN, LEX_KEY_STRING, LEX_STRING, LEX_SCALAR };

struct lex {
	int depth; /* open brackets */
	enum lex_expect expect;
	enum lex_token token;                      /* what we are inside of */
	bool escaped;                              /* the last byte was a backslash inside a string */
	unsigned char is_array[LEX_DEPTH_MAX / 8]; /* one bit per open bracket, the outermost first */
};

/* What a byte was. */
enum lex_event {
	LEX_NOTHING,
	LEX_BEGIN,      /* first byte of a value; of a container: depth already counts it */
	LEX_END,        /* last byte of a string or container; of a container: depth does not count it any more */
	LEX_END_BEFORE, /* a number or literal ended with the byte before; this byte must be given again */
	LEX_KEY_BEGIN,  /* the opening quote of a key */
	LEX_KEY_BYTE,
	LEX_KEY_END, /* its closing quote */
	LEX_WRONG,   /* this cannot be JSON */
	LEX_TOO_DEEP,
};

/* Zeroed memory is a lexer at the start, which expects values one after the other. */
enum lex_event lex_byte(struct lex *lex, char byte);
/* How many of the bytes stand inside the container that is the floor-th from the outside, and tell nothing to whoever only waits for
 * its end: what was given to lex_byte one by one had the same effect. Less than length: the next byte is to be given to lex_byte. */
size_t lex_inside(struct lex *lex, int floor, const char *bytes, size_t length);
/* Nothing is open: no container, string, number or literal. */
bool lex_between_values(const struct lex *lex);

/* Of bytes that stand inside a string: the quote that ends it, or a NUL, which must not be there; end when there is neither.
 * *escaped: whether a backslash stands before the first of them, and then before the place that is returned. */
const char *lex_string_end(const char *at, const char *end, bool *escaped);
