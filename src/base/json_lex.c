/* The lexer behind the splitter: one state, one step per byte. */
#include "base/json_lex.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* Of each of eight bytes the topmost bit. */
static const uint64_t TOPS = 0x8080808080808080;

/* Where the eight bytes are all the same as `byte`. */
static uint64_t equal_bytes(uint64_t bytes, char byte)
{
	uint64_t other = bytes ^ (TOPS >> 7) * (unsigned char)byte;

	return ~(((other & ~TOPS) + ~TOPS) | other) & TOPS;
}

/* Of eight bytes the ones behind a backslash that is not behind one itself. *escaped as for lex_string_end. */
static uint64_t escaped_bytes(uint64_t slashes, bool *escaped)
{
	uint64_t behind = *escaped ? TOPS & -TOPS : 0;

	if (!(slashes & (behind | slashes << 8))) {
		*escaped = slashes >> 63;
		return behind | slashes << 8;
	}
	*escaped = false;
	for (; slashes; slashes &= slashes - 1) {
		uint64_t slash = slashes & -slashes;

		if (behind & slash)
			continue;
		behind |= slash << 8;
		*escaped = slash << 8 == 0;
	}
	return behind;
}

const char *lex_string_end(const char *at, const char *end, bool *escaped)
{
	bool behind_slash = *escaped;

	for (; end - at >= 8; at += 8) {
		uint64_t bytes, ends, slashes;

		memcpy(&bytes, at, 8);
		bytes = le64toh(bytes);
		ends = equal_bytes(bytes, '"');
		slashes = equal_bytes(bytes, '\\');
		if (slashes || behind_slash)
			ends &= ~escaped_bytes(slashes, &behind_slash);
		ends |= equal_bytes(bytes, '\0');
		if (ends) {
			*escaped = false;
			return at + __builtin_ctzll(ends) / 8;
		}
	}
	for (; at < end && *at && (behind_slash || *at != '"'); at++)
		behind_slash = !behind_slash && *at == '\\';
	*escaped = behind_slash && at == end;
	return at;
}

static bool is_space(char byte)
{
	return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static bool is_scalar(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '+' ||
	       byte == '.' || byte == 'E';
}

static enum lex_expect after_value(const struct lex *lex)
{
	return lex->depth > 0 ? LEX_COMMA_OR_CLOSE : LEX_VALUE;
}

static enum lex_event end_string(struct lex *lex)
{
	bool key = lex->token == LEX_KEY_STRING;
	lex->token = LEX_NO_TOKEN;
	lex->expect = key ? LEX_COLON : after_value(lex);
	return key ? LEX_KEY_END : LEX_END;
}

static enum lex_event in_string(struct lex *lex, char byte)
{
	if (byte == '\0')
		return LEX_WRONG;
	if (!lex->escaped && byte == '"')
		return end_string(lex);
	lex->escaped = !lex->escaped && byte == '\\';
	return lex->token == LEX_KEY_STRING ? LEX_KEY_BYTE : LEX_NOTHING;
}

static enum lex_event in_scalar(struct lex *lex, char byte)
{
	if (is_scalar(byte))
		return LEX_NOTHING;
	lex->token = LEX_NO_TOKEN;
	lex->expect = after_value(lex);
	return LEX_END_BEFORE;
}

/* The innermost open bracket. */
static bool in_array(const struct lex *lex)
{
	int at = lex->depth - 1;
	return lex->is_array[at / 8] >> at % 8 & 1;
}

static enum lex_event open_container(struct lex *lex, bool array)
{
	if (lex->depth == LEX_DEPTH_MAX)
		return LEX_TOO_DEEP;
	unsigned char *bits = &lex->is_array[lex->depth / 8], bit = (unsigned char)(1 << lex->depth % 8);
	*bits = array ? *bits | bit : *bits & (unsigned char)~bit;
	lex->depth++;
	lex->expect = array ? LEX_FIRST_VALUE : LEX_FIRST_KEY;
	return LEX_BEGIN;
}

static enum lex_event close_container(struct lex *lex, bool array)
{
	if (lex->depth == 0 || in_array(lex) != array)
		return LEX_WRONG;
	if (lex->expect != LEX_COMMA_OR_CLOSE && lex->expect != (array ? LEX_FIRST_VALUE : LEX_FIRST_KEY))
		return LEX_WRONG;
	lex->depth--;
	lex->expect = after_value(lex);
	return LEX_END;
}

static enum lex_event begin_value(struct lex *lex, char byte)
{
	if (byte == '{' || byte == '[')
		return open_container(lex, byte == '[');
	if (byte != '"' && !is_scalar(byte))
		return LEX_WRONG;
	lex->token = byte == '"' ? LEX_STRING : LEX_SCALAR;
	return LEX_BEGIN;
}

static enum lex_event begin_key(struct lex *lex, char byte)
{
	if (byte != '"')
		return LEX_WRONG;
	lex->token = LEX_KEY_STRING;
	return LEX_KEY_BEGIN;
}

static enum lex_event separator(struct lex *lex, char byte)
{
	if (lex->expect == LEX_COLON && byte == ':') {
		lex->expect = LEX_VALUE;
		return LEX_NOTHING;
	}
	if (lex->expect == LEX_COMMA_OR_CLOSE && byte == ',') {
		lex->expect = in_array(lex) ? LEX_VALUE : LEX_KEY;
		return LEX_NOTHING;
	}
	return LEX_WRONG;
}

static inline enum lex_event between_tokens(struct lex *lex, char byte)
{
	if (is_space(byte))
		return LEX_NOTHING;
	if (byte == '}' || byte == ']')
		return close_container(lex, byte == ']');
	if (lex->expect == LEX_VALUE || lex->expect == LEX_FIRST_VALUE)
		return begin_value(lex, byte);
	if (lex->expect == LEX_KEY || lex->expect == LEX_FIRST_KEY)
		return begin_key(lex, byte);
	return separator(lex, byte);
}

enum lex_event lex_byte(struct lex *lex, char byte)
{
	if (lex->token == LEX_SCALAR)
		return in_scalar(lex, byte);
	return lex->token == LEX_NO_TOKEN ? between_tokens(lex, byte) : in_string(lex, byte);
}

/* Passes the string that is open, to behind its end; false: it has none here, or holds what it must not. */
static bool pass_string(struct lex *lex, const char **at, const char *end)
{
	*at = lex_string_end(*at, end, &lex->escaped);
	if (*at == end || **at == '\0')
		return false;
	end_string(lex);
	++*at;
	return true;
}

size_t lex_inside(struct lex *lex, int floor, const char *bytes, size_t length)
{
	const char *at = bytes, *end = bytes + length;

	while (at < end) {
		enum lex_event event;

		if (lex->token == LEX_STRING || lex->token == LEX_KEY_STRING) {
			if (!pass_string(lex, &at, end))
				break;
			continue;
		}
		if (lex->token == LEX_SCALAR) {
			at += in_scalar(lex, *at) != LEX_END_BEFORE;
			continue;
		}
		if (lex->depth == floor && (*at == '}' || *at == ']'))
			break;
		event = between_tokens(lex, *at);
		if (event == LEX_WRONG || event == LEX_TOO_DEEP)
			break;
		at++;
	}
	return (size_t)(at - bytes);
}

bool lex_between_values(const struct lex *lex)
{
	return lex->depth == 0 && lex->token == LEX_NO_TOKEN;
}
