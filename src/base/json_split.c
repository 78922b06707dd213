/* The splitter. The lexer says where values begin and end; here stands which of them are elements. Invariants: `path` is
 * the number of open containers that lead to the elements, from the outside; an element is open only below all of them.
 * An element that lies within one piece of input is passed on where it is; only one cut by the pieces is copied. */
#include "base/json.h"

#include <assert.h>
#include <string.h>

#include "base/json_lex.h"

enum {
	DEFAULT_MAXIMUM = 16 * 1024 * 1024,
	REST_MAX = 4 * 1024 * 1024,
	KEEP_MEMORY = 64 * 1024, /* a larger buffer of an element is given back */
	KEYS_ON_PATH = 3,
};

struct json_split_state {
	struct lex lex;
	struct str element; /* the first part of one that was cut */
	struct str rest;
	int target; /* depth at which elements stand */
	int path;
	size_t key_at;        /* bytes of the current key that were as wanted */
	bool key_matches;     /* so far; only looked at for a key of the innermost container on the path */
	bool open, too_large; /* an element is open; it passed the maximum */
	bool complete;        /* MEMBER: the object ended */
	bool failed;
};

/* One piece of input and how far it was looked at. */
struct piece {
	const char *bytes;
	size_t at;
	size_t element_start; /* where the open element begins in this piece */
};

void json_split_init(struct json_split *split)
{
	assert(split->fn != NULL && (split->form == JSON_SPLIT_SEQUENCE || split->member != NULL));
	struct json_split_state *state = mem_alloc(sizeof(*state));
	if (split->maximum == 0)
		split->maximum = DEFAULT_MAXIMUM;
	if (split->form == JSON_SPLIT_MEMBER)
		state->target = split->inner != NULL ? 4 : 2;
	state->element.maximum = split->maximum;
	state->rest.maximum = REST_MAX;
	split->skipped = 0;
	split->own_state = state;
}

void json_split_done(struct json_split *split)
{
	struct json_split_state *state = split->own_state;
	if (state == NULL)
		return;
	str_done(&state->element);
	str_done(&state->rest);
	mem_free(state);
	split->own_state = NULL;
}

static bool fail(struct json_split *split, struct error *err, const char *what)
{
	split->own_state->failed = true;
	return error_set(err, ERROR_TRANSIENT, "a stream of JSON cannot be read: %s", what);
}

/* The key wanted in an object at depth path; NULL: any. */
static const char *wanted_key(const struct json_split *split)
{
	const char *const keys[KEYS_ON_PATH] = {split->member, NULL, split->inner};
	int path = split->own_state->path;
	return path >= 1 && path <= KEYS_ON_PATH ? keys[path - 1] : NULL;
}

static void key_byte(struct json_split *split, char byte)
{
	struct json_split_state *state = split->own_state;
	const char *wanted = wanted_key(split);
	if (wanted != NULL && state->key_matches)
		state->key_matches = wanted[state->key_at++] == byte;
}

static void key_end(struct json_split *split)
{
	struct json_split_state *state = split->own_state;
	const char *wanted = wanted_key(split);
	if (wanted != NULL && state->key_matches)
		state->key_matches = wanted[state->key_at] == '\0';
}

/* A container begins (depth counts it): whether it leads on to the elements. */
static void extend_path(struct json_split *split, char byte)
{
	struct json_split_state *state = split->own_state;
	if (state->path != state->lex.depth - 1 || state->path == state->target)
		return;
	bool wants_array = state->path + 1 == state->target;
	if ((byte == '[') == wants_array && (state->path == 0 || state->key_matches))
		state->path++;
}

/* Keeps of a part of the open element what fits. */
static void keep(struct json_split_state *state, const char *bytes, size_t length)
{
	size_t room = state->element.maximum - state->element.length;
	str_add(&state->element, bytes, length < room ? length : room);
	state->too_large = state->too_large || length > room;
}

static void skip(struct json_split *split)
{
	split->skipped++;
	if (split->too_large != NULL)
		split->too_large(split->arg, str_text(&split->own_state->element), split->own_state->element.length);
}

static void deliver(struct json_split *split, struct piece *piece, size_t end)
{
	struct json_split_state *state = split->own_state;
	const char *tail = piece->bytes + piece->element_start;
	size_t length = end - piece->element_start;
	state->open = false;
	if (state->element.length == 0 && length <= split->maximum) {
		split->fn(split->arg, tail, length);
		return;
	}
	keep(state, tail, length);
	if (state->too_large)
		skip(split);
	else
		split->fn(split->arg, state->element.own_text, state->element.length);
}

static bool skips(const struct json_split *split)
{
	return split->form == JSON_SPLIT_MEMBER || split->skip;
}

/* The element that begins in this byte, or ends with the byte before `end`. False: one is too large that must not be. */
static bool end_element(struct json_split *split, struct piece *piece, size_t end)
{
	struct json_split_state *state = split->own_state;
	deliver(split, piece, end);
	if (state->element.capacity > KEEP_MEMORY)
		str_done(&state->element);
	str_clear(&state->element);
	bool ok = !state->too_large || skips(split);
	state->too_large = false;
	return ok;
}

static void begin_element(struct json_split *split, struct piece *piece)
{
	split->own_state->open = true;
	piece->element_start = piece->at;
}

/* An element begins, or a value that is not one. */
static void begin(struct json_split *split, struct piece *piece, char byte)
{
	struct json_split_state *state = split->own_state;
	bool container = byte == '{' || byte == '[';
	int around = state->lex.depth - container;
	if (state->path == state->target && around == state->target) {
		begin_element(split, piece);
		return;
	}
	if (container)
		extend_path(split, byte);
}

/* A value ended, and `end` is the place behind it. */
static bool end(struct json_split *split, struct piece *piece, size_t end_at)
{
	struct json_split_state *state = split->own_state;
	if (state->path > state->lex.depth)
		state->path = state->lex.depth;
	if (state->open && state->lex.depth == state->target)
		return end_element(split, piece, end_at);
	if (split->form == JSON_SPLIT_MEMBER && state->lex.depth == 0)
		state->complete = true;
	return true;
}

/* Whether the byte belongs to the text around the elements. The brackets of an array of elements do. */
static bool is_rest(const struct json_split_state *state, bool was_inside)
{
	return state->target > 0 && !(was_inside && state->path == state->target);
}

static bool on_event(struct json_split *split, struct piece *piece, enum lex_event event, struct error *err)
{
	char byte = piece->bytes[piece->at];
	struct json_split_state *state = split->own_state;
	switch (event) {
	case LEX_BEGIN:
		if (split->form == JSON_SPLIT_MEMBER && (state->complete || (state->path == 0 && byte != '{')))
			return fail(split, err, "one object was expected");
		begin(split, piece, byte);
		return true;
	case LEX_END:
		return end(split, piece, piece->at + 1) || fail(split, err, "a value is too large");
	case LEX_END_BEFORE:
		return end(split, piece, piece->at) || fail(split, err, "a value is too large");
	case LEX_KEY_BEGIN:
		state->key_at = 0;
		state->key_matches = true;
		return true;
	case LEX_KEY_BYTE:
		key_byte(split, byte);
		return true;
	case LEX_KEY_END:
		key_end(split);
		return true;
	case LEX_WRONG:
		return fail(split, err, "it is not JSON");
	case LEX_TOO_DEEP:
		return fail(split, err, "it is nested too deep");
	case LEX_NOTHING:
		return true;
	}
	return true;
}

static bool feed_byte(struct json_split *split, struct piece *piece, struct error *err)
{
	struct json_split_state *state = split->own_state;
	char byte = piece->bytes[piece->at];
	bool was_inside = state->target > 0 && state->path == state->target;
	enum lex_event event = lex_byte(&state->lex, byte);
	if (!on_event(split, piece, event, err))
		return false;
	if (event == LEX_END_BEFORE)
		return feed_byte(split, piece, err);
	if (is_rest(state, was_inside) && !str_add(&state->rest, &byte, 1))
		return fail(split, err, "what stands around the elements is too large");
	return true;
}

/* Keeps the part of an open element that lies in this piece. */
static void keep_open_element(struct json_split *split, const struct piece *piece, size_t length)
{
	struct json_split_state *state = split->own_state;
	if (state->open)
		keep(state, piece->bytes + piece->element_start, length - piece->element_start);
}

/* How many of the bytes lie inside an open element that is a container: they begin nothing and end nothing. */
static size_t inner_bytes(struct json_split_state *state, const char *bytes, size_t length)
{
	int floor = state->target + 1;

	return state->open && state->lex.depth >= floor ? lex_inside(&state->lex, floor, bytes, length) : 0;
}

bool json_split_feed(struct json_split *split, const char *bytes, size_t length, struct error *err)
{
	struct json_split_state *state = split->own_state;
	if (state->failed)
		return fail(split, err, "it was broken before");
	struct piece piece = {.bytes = bytes};
	for (; piece.at < length; piece.at++) {
		piece.at += inner_bytes(state, bytes + piece.at, length - piece.at);
		if (piece.at < length && !feed_byte(split, &piece, err))
			return false;
	}
	keep_open_element(split, &piece, length);
	if (state->too_large && !skips(split))
		return fail(split, err, "a value is too large");
	return true;
}

/* A number or literal at the very end has no byte behind it that would end it. */
static bool end_last_scalar(struct json_split *split, struct error *err)
{
	if (split->own_state->lex.token != LEX_SCALAR)
		return true;
	return json_split_feed(split, " ", 1, err);
}

bool json_split_end(struct json_split *split, const char **rest, struct error *err)
{
	struct json_split_state *state = split->own_state;
	if (state->failed)
		return fail(split, err, "it was broken before");
	if (!end_last_scalar(split, err))
		return false;
	if (!lex_between_values(&state->lex) || (split->form == JSON_SPLIT_MEMBER && !state->complete))
		return fail(split, err, "it ends too early");
	if (rest != NULL)
		*rest = str_text(&state->rest);
	return true;
}
