/* Parsing of outside text: looked through once before cJSON sees it, so that depth, numbers and size are known to be fine. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

enum { DEFAULT_BYTES = 16 << 20, DEFAULT_DEPTH = 64, EXACT_DIGITS = 15, SMALL_OBJECT = 16 };

struct scan {
	const char *text;
	size_t length, at;
	int depth, depth_max;
	struct str *out; /* the text with numbers beyond 2^53 in quotes; only filled once the first was found */
	bool rewriting;
};

static void skip_string(struct scan *scan)
{
	for (scan->at++; scan->at < scan->length; scan->at++) {
		if (scan->text[scan->at] == '\\')
			scan->at++;
		else if (scan->text[scan->at] == '"')
			break;
	}
	scan->at++;
}

static bool is_number_char(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* An integer that a double can't hold exactly. */
static bool is_inexact(const char *token, size_t length)
{
	char text[32];

	if (length <= EXACT_DIGITS || memchr(token, '.', length) || memchr(token, 'e', length) ||
		memchr(token, 'E', length))
		return false;
	if (length >= sizeof(text))
		return true;
	memcpy(text, token, length);
	text[length] = '\0';
	return llabs(strtoll(text, NULL, 10)) > 9007199254740992LL;
}

static void emit(struct scan *scan, size_t from)
{
	if (scan->rewriting)
		str_add(scan->out, scan->text + from, scan->at - from);
}

static void take_number(struct scan *scan)
{
	size_t from = scan->at;

	while (scan->at < scan->length && is_number_char(scan->text[scan->at]))
		scan->at++;
	if (!is_inexact(scan->text + from, scan->at - from)) {
		emit(scan, from);
		return;
	}
	if (!scan->rewriting)
		str_add(scan->out, scan->text, from);
	scan->rewriting = true;
	str_adds(scan->out, "\"");
	emit(scan, from);
	str_adds(scan->out, "\"");
}

static bool look_through(struct scan *scan, struct error *err)
{
	while (scan->at < scan->length) {
		size_t from = scan->at;
		char c = scan->text[from];

		if (c == '\0')
			return error_set(err, ERROR_TRANSIENT, "not JSON: a NUL byte at %zu", from);
		if (c == '-' || (c >= '0' && c <= '9')) {
			take_number(scan);
			continue;
		}
		if (c == '"')
			skip_string(scan);
		else
			scan->at++;
		if (scan->at > scan->length)
			return error_set(err, ERROR_TRANSIENT, "not JSON: it ends within a string");
		if ((c == '{' || c == '[') && ++scan->depth > scan->depth_max)
			return error_set(err, ERROR_TRANSIENT, "JSON nested deeper than %d", scan->depth_max);
		if (c == '}' || c == ']')
			scan->depth--;
		emit(scan, from);
	}
	return true;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *repeated_in_large(const cJSON *object, size_t count)
{
	const char **names = arena_alloc(json_arena(), count * sizeof(*names));
	const cJSON *member;
	size_t i = 0;

	cJSON_ArrayForEach(member, object) names[i++] = member->string;
	qsort(names, count, sizeof(*names), compare_names);
	for (i = 1; i < count; i++) {
		if (strcmp(names[i - 1], names[i]) == 0)
			return names[i];
	}
	return NULL;
}

static const char *repeated_in_small(const cJSON *object)
{
	for (const cJSON *a = object->child; a; a = a->next) {
		for (const cJSON *b = a->next; b; b = b->next) {
			if (strcmp(a->string, b->string) == 0)
				return a->string;
		}
	}
	return NULL;
}

/* The first member name that stands twice in one object; NULL: none. */
static const char *repeated_name(const cJSON *tree)
{
	const cJSON *child;
	const char *name = NULL;

	if (cJSON_IsObject(tree)) {
		size_t count = (size_t)cJSON_GetArraySize(tree);
		name = count > SMALL_OBJECT ? repeated_in_large(tree, count) : repeated_in_small(tree);
	}
	cJSON_ArrayForEach(child, tree)
	{
		if (name)
			return name;
		name = repeated_name(child);
	}
	return name;
}

/* cJSON reads 1e999 as infinity and would print it as null. */
static bool has_infinity(const cJSON *tree)
{
	const cJSON *child;

	if (cJSON_IsNumber(tree) && !isfinite(tree->valuedouble))
		return true;
	cJSON_ArrayForEach(child, tree)
	{
		if (has_infinity(child))
			return true;
	}
	return false;
}

static cJSON *checked(cJSON *tree, struct error *err)
{
	const char *twice;

	if (!tree) {
		error_set(err, ERROR_TRANSIENT, "not JSON, or cut short");
		return NULL;
	}
	twice = repeated_name(tree);
	if (twice) {
		error_set(err, ERROR_TRANSIENT, "JSON names member \"%.100s\" twice in one object", twice);
		return NULL;
	}
	if (has_infinity(tree)) {
		error_set(err, ERROR_TRANSIENT, "JSON holds a number that is out of range");
		return NULL;
	}
	return tree;
}

static bool only_space(const char *text, const char *end)
{
	while (text < end && strchr(" \t\r\n", *text))
		text++;
	return text == end;
}

cJSON *json_parse(const char *text, size_t length, struct json_limits limits, struct error *err)
{
	size_t bytes = limits.bytes ? limits.bytes : DEFAULT_BYTES;
	AUTO_STR struct str rewritten = STR_INIT(bytes * 2);
	struct scan scan = {.text = text,
		.length = length,
		.depth_max = limits.depth ? limits.depth : DEFAULT_DEPTH,
		.out = &rewritten};
	const char *end = NULL;
	cJSON *tree;

	if (length > bytes) {
		error_set(err, ERROR_TRANSIENT, "JSON of %zu bytes, more than the %zu allowed", length, bytes);
		return NULL;
	}
	if (!look_through(&scan, err))
		return NULL;
	if (scan.rewriting) {
		text = str_text(&rewritten);
		length = rewritten.length;
	}
	json_arena(); /* asserts that there is one */
	tree = cJSON_ParseWithLengthOpts(text, length, &end, false);
	if (tree && !only_space(end, text + length))
		tree = NULL;
	return checked(tree, err);
}
