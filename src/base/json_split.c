/* The splitter: one state machine over bytes. It knows the depth, whether it is in a string, and for MEMBER where on the way
 * to the elements it stands; every byte is looked at once. */
#include <string.h>

#include "base/json.h"

enum { REST_MAX = 4 << 20, NAME_MAX_LENGTH = 128 };

/* Which array of elements a depth belongs to. Depths count open brackets; the top-level object is at depth 1. */
struct json_split_state {
	struct str value; /* the element being collected */
	struct str rest; /* what surrounds the elements */
	bool in_value, in_string, escaped, skipping;
	int depth;
	int value_depth; /* depth outside the element */
	char name[NAME_MAX_LENGTH]; /* last string seen outside elements: a member name once ':' follows */
	size_t name_length;
	bool name_is_member; /* a ':' followed */
	int member_depth; /* depth inside the value of `member`; 0: not in it */
	int array_depth; /* depth inside the array whose elements are split; 0: not in it */
};

void json_split_init(struct json_split *split)
{
	split->own_state = mem_alloc(sizeof(*split->own_state));
	split->own_state->value.maximum = split->maximum;
	split->own_state->rest.maximum = REST_MAX;
	split->skipped = 0;
}

void json_split_done(struct json_split *split)
{
	if (!split->own_state)
		return;
	str_done(&split->own_state->value);
	str_done(&split->own_state->rest);
	mem_free(TAKE(split->own_state));
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool keep_rest(struct json_split_state *state, char c, struct error *err)
{
	if (str_add(&state->rest, &c, 1))
		return true;
	return error_set(
		err, ERROR_TRANSIENT, "what surrounds the elements of a list is larger than %d bytes", REST_MAX);
}

static bool collect(struct json_split *split, char c, struct error *err)
{
	struct json_split_state *state = split->own_state;

	if (state->skipping || str_add(&state->value, &c, 1))
		return true;
	if (split->form == JSON_SPLIT_SEQUENCE)
		return error_set(err, ERROR_TRANSIENT, "a value of the stream is larger than the %zu bytes allowed",
			split->maximum);
	state->skipping = true;
	return true;
}

static void value_end(struct json_split *split)
{
	struct json_split_state *state = split->own_state;

	if (state->skipping)
		split->skipped++;
	else
		split->fn(split->arg, str_text(&state->value), state->value.length);
	str_clear(&state->value);
	state->in_value = state->skipping = false;
}

/* Follows strings; true while c belongs to one (the closing quote included). */
static bool track_string(struct json_split_state *state, char c)
{
	if (!state->in_string) {
		state->in_string = c == '"';
		state->escaped = false;
		return state->in_string;
	}
	if (state->escaped)
		state->escaped = false;
	else if (c == '\\')
		state->escaped = true;
	else if (c == '"')
		state->in_string = false;
	return true;
}

/* One byte of an element. A scalar ends before the comma or bracket that follows, which is then handled outside. */
static bool element_byte(struct json_split *split, char c, bool *used, struct error *err)
{
	struct json_split_state *state = split->own_state;
	bool was_string = state->in_string;

	*used = true;
	if (track_string(state, c)) {
		if (!collect(split, c, err))
			return false;
		if (was_string && !state->in_string && state->depth == state->value_depth)
			value_end(split);
		return true;
	}
	if (state->depth == state->value_depth && (c == ',' || c == ']' || c == '}' || is_space(c))) {
		*used = is_space(c);
		value_end(split);
		return true;
	}
	if (!collect(split, c, err))
		return false;
	if (c == '{' || c == '[')
		state->depth++;
	if ((c == '}' || c == ']') && --state->depth == state->value_depth)
		value_end(split);
	return true;
}

static void element_begin(struct json_split_state *state)
{
	state->in_value = true;
	state->value_depth = state->depth;
}

static bool sequence_byte(struct json_split *split, char c, struct error *err)
{
	struct json_split_state *state = split->own_state;
	bool used;

	if (!state->in_value) {
		if (is_space(c))
			return true;
		if (c != '{' && c != '[')
			return error_set(err, ERROR_TRANSIENT, "the stream is not a sequence of JSON objects");
		element_begin(state);
	}
	return element_byte(split, c, &used, err);
}

/* --- MEMBER --- */

static bool name_is(const struct json_split_state *state, const char *name)
{
	return state->name_is_member && name && strlen(name) == state->name_length &&
	       memcmp(state->name, name, state->name_length) == 0;
}

static void open_bracket(struct json_split *split, char c)
{
	struct json_split_state *state = split->own_state;
	bool is_member = state->depth == 1 && name_is(state, split->member);
	bool is_inner = split->inner && state->member_depth && state->depth == state->member_depth + 1 &&
			name_is(state, split->inner);

	state->depth++;
	if (is_member && c == '{' && split->inner)
		state->member_depth = state->depth;
	if (c == '[' && ((is_member && !split->inner) || is_inner))
		state->array_depth = state->depth;
	state->name_is_member = false;
}

static bool close_bracket(struct json_split_state *state, struct error *err)
{
	if (state->depth == 0)
		return error_set(err, ERROR_TRANSIENT, "not JSON: a bracket too many");
	if (state->array_depth == state->depth)
		state->array_depth = 0;
	if (state->member_depth == state->depth)
		state->member_depth = 0;
	state->depth--;
	return true;
}

static void note_name(struct json_split_state *state, char c, bool was_string)
{
	if (!was_string) { /* the opening quote */
		state->name_length = 0;
		state->name_is_member = false;
	} else if (state->in_string && state->name_length < NAME_MAX_LENGTH) {
		state->name[state->name_length++] = c;
	}
}

static bool outside_byte(struct json_split *split, char c, struct error *err)
{
	struct json_split_state *state = split->own_state;
	bool was_string = state->in_string;

	if (state->array_depth && state->depth == state->array_depth) {
		if (c == ',')
			return true;
		if (c != ']' && !is_space(c)) {
			bool used;
			element_begin(state);
			return element_byte(split, c, &used, err);
		}
	}
	if (!keep_rest(state, c, err))
		return false;
	if (track_string(state, c)) {
		note_name(state, c, was_string);
		return true;
	}
	if (c == ':')
		state->name_is_member = true;
	else if (c == ',')
		state->name_is_member = false;
	else if (c == '{' || c == '[')
		open_bracket(split, c);
	else if (c == '}' || c == ']')
		return close_bracket(state, err);
	return true;
}

static bool member_byte(struct json_split *split, char c, struct error *err)
{
	bool used = false;

	if (split->own_state->in_value && !element_byte(split, c, &used, err))
		return false;
	return used || outside_byte(split, c, err);
}

bool json_split_feed(struct json_split *split, const char *bytes, size_t length, struct error *err)
{
	for (size_t i = 0; i < length; i++) {
		bool fine = split->form == JSON_SPLIT_SEQUENCE ? sequence_byte(split, bytes[i], err)
							       : member_byte(split, bytes[i], err);
		if (!fine)
			return false;
	}
	return true;
}

bool json_split_end(struct json_split *split, const char **rest, struct error *err)
{
	struct json_split_state *state = split->own_state;

	if (state->in_value || state->in_string || state->depth != 0)
		return error_set(err, ERROR_TRANSIENT, "the answer ends in the middle of a value");
	if (rest)
		*rest = str_text(&state->rest);
	return true;
}
