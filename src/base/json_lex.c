/* The lexer behind the splitter: one state, one step per byte. */
#include "base/json_lex.h"

#include <string.h>

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

enum lex_event lex_byte(struct lex *lex, char byte)
{
	if (lex->token == LEX_SCALAR)
		return in_scalar(lex, byte);
	if (lex->token != LEX_NO_TOKEN)
		return in_string(lex, byte);
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

/* How many backslashes stand right before `to`, not before `from`. */
static size_t slashes(const char *from, const char *to)
{
	const char *at = to;

	while (at > from && at[-1] == '\\')
		at--;
	return (size_t)(to - at);
}

/* How many of the bytes are inside the string that is open: up to the quote that ends it, or a byte that must not be there. */
static size_t rest_of_string(struct lex *lex, const char *bytes, size_t length)
{
	const char *at = bytes, *end = bytes + length;

	while (at < end) {
		const char *from = at + lex->escaped;
		const char *quote = memchr(from, '"', (size_t)(end - from));
		const char *to = quote ? quote : end;
		const char *wrong = memchr(at, '\0', (size_t)(to - at));

		if (wrong)
			return (size_t)(wrong - bytes);
		lex->escaped = slashes(from, to) % 2 == 1;
		if (!quote || !lex->escaped)
			return (size_t)(to - bytes);
		lex->escaped = false;
		at = quote + 1;
	}
	return length;
}

size_t lex_inside(struct lex *lex, int floor, const char *bytes, size_t length)
{
	size_t at = 0;

	while (at < length) {
		enum lex_event event;

		if (lex->token == LEX_STRING || lex->token == LEX_KEY_STRING) {
			at += rest_of_string(lex, bytes + at, length - at);
			if (at == length)
				break;
		}
		if (lex->token == LEX_NO_TOKEN && lex->depth == floor && (bytes[at] == '}' || bytes[at] == ']'))
			break;
		event = lex_byte(lex, bytes[at]);
		if (event == LEX_WRONG || event == LEX_TOO_DEEP)
			break;
		at += event != LEX_END_BEFORE;
	}
	return at;
}

bool lex_between_values(const struct lex *lex)
{
	return lex->depth == 0 && lex->token == LEX_NO_TOKEN;
}
