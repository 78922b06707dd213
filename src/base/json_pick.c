/* Values found in JSON text in one pass. Objects on the way to a wanted value are read member by member; everything else is
 * passed over, and of it only strings and the depth of brackets are understood. */
#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/json_lex.h"

struct reader {
	const char *at, *end;
	struct json_pick *picks;
	size_t count;
};

typedef uint32_t pick_set; /* one bit per pick */

static void pass_space(struct reader *reader)
{
	while (reader->at < reader->end &&
		(*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\r' || *reader->at == '\t'))
		reader->at++;
}

/* The next byte that is no space is this one, and is passed. */
static bool pass(struct reader *reader, char byte)
{
	pass_space(reader);
	if (reader->at == reader->end || *reader->at != byte)
		return false;
	reader->at++;
	return true;
}

/* What a byte outside of strings is to whoever looks for the end of a container. */
enum byte_class { BYTE_OTHER, BYTE_QUOTE, BYTE_OPEN, BYTE_CLOSE };

static const unsigned char classes[256] = {
	['"'] = BYTE_QUOTE, ['{'] = BYTE_OPEN, ['['] = BYTE_OPEN, ['}'] = BYTE_CLOSE, [']'] = BYTE_CLOSE};

/* The place behind the string whose inside begins at `at`; NULL when it does not end. */
static const char *behind_string(const char *at, const char *end)
{
	bool escaped = false;

	at = lex_string_end(at, end, &escaped);
	return at < end && *at == '"' ? at + 1 : NULL;
}

static bool pass_string(struct reader *reader)
{
	const char *behind = behind_string(reader->at + 1, reader->end);

	if (!behind)
		return false;
	reader->at = behind;
	return true;
}

static bool pass_container(struct reader *reader)
{
	const char *at = reader->at, *end = reader->end;
	int depth = 0;

	while (at && at < end) {
		switch (classes[(unsigned char)*at++]) {
		case BYTE_QUOTE:
			at = behind_string(at, end);
			break;
		case BYTE_OPEN:
			depth++;
			break;
		case BYTE_CLOSE:
			if (--depth == 0) {
				reader->at = at;
				return true;
			}
			break;
		default:
			break;
		}
	}
	return false;
}

static bool pass_value(struct reader *reader)
{
	const char *start = reader->at;

	if (start == reader->end)
		return false;
	if (*start == '"')
		return pass_string(reader);
	if (*start == '{' || *start == '[')
		return pass_container(reader);
	while (reader->at < reader->end && !strchr(",}] \n\r\t", *reader->at))
		reader->at++;
	return reader->at > start;
}

/* Picks of `from` whose path goes on, at `offset`, with this name: those that end with it, and those that lead beyond. */
static void match(const struct reader *reader, pick_set from, size_t offset, const char *name, size_t length,
	pick_set *here, pick_set *beyond)
{
	*here = *beyond = 0;
	for (; from; from &= from - 1) {
		pick_set pick = from & -from;
		const char *rest = reader->picks[__builtin_ctz(from)].path + offset;

		if (length == 0 || *rest != *name || strncmp(rest, name, length) != 0)
			continue;
		if (rest[length] == '\0')
			*here |= pick;
		else if (rest[length] == '.')
			*beyond |= pick;
	}
}

/* A name that stands twice in one object could be understood in two ways. */
static bool found(struct reader *reader, pick_set here, const char *start)
{
	for (size_t i = 0; i < reader->count; i++) {
		struct json_pick *pick = &reader->picks[i];

		if (!(here >> i & 1))
			continue;
		if (pick->text)
			return false;
		pick->text = start;
		pick->length = (size_t)(reader->at - start);
	}
	return true;
}

static bool pick_object(struct reader *reader, pick_set from, size_t offset);

static bool pick_member(struct reader *reader, pick_set from, size_t offset)
{
	pick_set here, beyond;
	const char *name, *value;
	size_t length;

	pass_space(reader);
	name = reader->at + 1;
	if (reader->at == reader->end || *reader->at != '"' || !pass_string(reader))
		return false;
	length = (size_t)(reader->at - 1 - name);
	if (!pass(reader, ':'))
		return false;
	pass_space(reader);
	value = reader->at;
	match(reader, from, offset, name, length, &here, &beyond);
	if (beyond && value < reader->end && *value == '{') {
		if (!pick_object(reader, beyond, offset + length + 1))
			return false;
	} else if (!pass_value(reader)) {
		return false;
	}
	return found(reader, here, value);
}

/* Recursion is bounded by the number of names in the longest path. */
static bool pick_object(struct reader *reader, pick_set from, size_t offset)
{
	if (!pass(reader, '{'))
		return false;
	if (pass(reader, '}'))
		return true;
	do {
		if (!pick_member(reader, from, offset))
			return false;
	} while (pass(reader, ','));
	return pass(reader, '}');
}

bool json_pick(const char *text, size_t length, struct json_pick *picks, size_t count)
{
	struct reader reader = {.at = text, .end = text + length, .picks = picks, .count = count};

	assert(count > 0 && count < 8 * sizeof(pick_set));
	for (size_t i = 0; i < count; i++) {
		picks[i].text = NULL;
		picks[i].length = 0;
	}
	if (!pick_object(&reader, ((pick_set)1 << count) - 1, 0))
		return false;
	pass_space(&reader);
	return reader.at == reader.end;
}

bool json_pick_text(const struct json_pick *pick, char *to, size_t size)
{
	size_t inside = pick->length - 2;

	if (!pick->text || *pick->text != '"' || inside >= size || memchr(pick->text, '\\', pick->length))
		return false;
	memcpy(to, pick->text + 1, inside);
	to[inside] = '\0';
	return true;
}
