/* Parsing of outside text. cJSON does the work; around it stands what cJSON does not do: a scan before (bytes, depth, what
 * a double or a C string cannot hold) and a walk afterwards (duplicate names, numbers beyond a double). */
#include "base/json_internal.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

enum {
	DEFAULT_BYTES = 16 * 1024 * 1024,
	DEFAULT_DEPTH = 64,
	SAFE_DIGITS = 15, /* any integer of so many digits fits a double */
	FEW_MEMBERS = 16, /* up to here comparing each with each is cheaper than sorting */
};

/* A scan: reads text once, and writes it anew (with what had to be changed) when `copy` is set. */
struct scan {
	const char *text;
	size_t length, at;
	int depth, most_depth;
	bool must_change; /* something below cannot be given to cJSON as it is */
	struct str *copy; /* loan or NULL */
	struct error *err;
};

static bool refuse(struct error *err, const char *what, size_t at)
{
	return error_set(err, ERROR_TRANSIENT, "not valid JSON: %s at byte %zu", what, at);
}

static void put(struct scan *scan, const char *bytes, size_t length)
{
	if (scan->copy != NULL)
		str_add(scan->copy, bytes, length);
}

/* \u0000 would end the C string early and make two different texts look the same: it becomes U+FFFD. */
static size_t scan_escape(struct scan *scan, const char *at, size_t left)
{
	if (left >= 6 && memcmp(at, "\\u0000", 6) == 0) {
		scan->must_change = true;
		put(scan, "\\ufffd", 6);
		return 6;
	}
	size_t length = left < 2 ? left : 2;
	put(scan, at, length);
	return length;
}

/* Is one of the eight bytes this one? */
static bool has_byte(uint64_t word, unsigned char byte)
{
	uint64_t ones = 0x0101010101010101, zero = word ^ ones * byte;
	return (zero - ones) & ~zero & ones << 7;
}

/* Bytes of a string that mean nothing but themselves; eight are looked at together. */
static size_t plain_run(const char *text, size_t length)
{
	uint64_t word;
	size_t at = 0;
	for (; length - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, text + at, sizeof(word));
		if (has_byte(word, '"') || has_byte(word, '\\') || has_byte(word, '\0'))
			break;
	}
	while (at < length && text[at] != '"' && text[at] != '\\' && text[at] != '\0')
		at++;
	return at;
}

static bool scan_string(struct scan *scan)
{
	size_t start = scan->at;
	put(scan, "\"", 1);
	for (scan->at++; scan->at < scan->length;) {
		const char *at = scan->text + scan->at;
		size_t left = scan->length - scan->at, run = plain_run(at, left);
		put(scan, at, run);
		scan->at += run;
		if (run == left)
			break;
		if (at[run] == '\0')
			return refuse(scan->err, "a NUL byte", scan->at);
		if (at[run] == '\\') {
			scan->at += scan_escape(scan, at + run, left - run);
			continue;
		}
		put(scan, "\"", 1);
		scan->at++;
		return true;
	}
	return refuse(scan->err, "a string without end", start);
}

static bool is_number_char(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Whether the token is an integer that a double does not hold exactly for certain: above 2^53. */
static bool is_big_integer(const char *token, size_t length)
{
	static const char limit[] = "9007199254740992";
	if (length > 0 && *token == '-')
		token++, length--;
	for (; length > 0 && *token == '0'; length--)
		token++;
	for (size_t i = 0; i < length; i++)
		if (token[i] < '0' || token[i] > '9')
			return false;
	if (length != SAFE_DIGITS + 1)
		return length > SAFE_DIGITS;
	return memcmp(token, limit, length) > 0;
}

static void scan_number(struct scan *scan)
{
	size_t start = scan->at;
	while (scan->at < scan->length && is_number_char(scan->text[scan->at]))
		scan->at++;
	size_t length = scan->at - start;
	bool big = is_big_integer(scan->text + start, length);
	scan->must_change |= big;
	put(scan, "\"", big);
	put(scan, scan->text + start, length);
	put(scan, "\"", big);
}

static bool scan_other(struct scan *scan)
{
	char c = scan->text[scan->at];
	if (c == '\0')
		return refuse(scan->err, "a NUL byte", scan->at);
	if ((c == '{' || c == '[') && ++scan->depth > scan->most_depth)
		return error_set(scan->err, ERROR_TRANSIENT, "the JSON is nested deeper than %d", scan->most_depth);
	if (c == '}' || c == ']')
		scan->depth--;
	put(scan, &c, 1);
	scan->at++;
	return true;
}

static bool scan_text(struct scan *scan)
{
	scan->at = 0;
	scan->depth = 0;
	while (scan->at < scan->length) {
		char c = scan->text[scan->at];
		if (c == '"') {
			if (!scan_string(scan))
				return false;
		} else if (is_number_char(c) && c != 'e' && c != 'E') {
			scan_number(scan);
		} else if (!scan_other(scan)) {
			return false;
		}
	}
	return true;
}

static bool refuse_twice(const char *name, struct error *err)
{
	return error_set(
		err, ERROR_TRANSIENT, "not valid JSON: the member \"%.100s\" stands twice in one object", name);
}

static bool few_are_unique(const cJSON *object, struct error *err)
{
	for (const cJSON *each = object->child; each != NULL; each = each->next)
		for (const cJSON *other = each->next; other != NULL; other = other->next)
			if (each->string[0] == other->string[0] && strcmp(each->string, other->string) == 0)
				return refuse_twice(each->string, err);
	return true;
}

static bool many_are_unique(const cJSON *object, struct error *err)
{
	size_t count;
	const cJSON **members = json_sorted_members(object, &count);
	for (size_t i = 1; i < count; i++)
		if (strcmp(members[i - 1]->string, members[i]->string) == 0)
			return refuse_twice(members[i]->string, err);
	return true;
}

static bool names_are_unique(const cJSON *object, struct error *err)
{
	return cJSON_GetArraySize(object) <= FEW_MEMBERS ? few_are_unique(object, err) : many_are_unique(object, err);
}

/* What only the tree shows. Recursion is bounded by the depth the scan allowed. */
static bool check_tree(const cJSON *tree, struct error *err)
{
	int type = tree->type & 0xff;
	if (type == cJSON_Number && !isfinite(tree->valuedouble))
		return error_set(err, ERROR_TRANSIENT, "not valid JSON: a number is too large");
	if (type == cJSON_Object && !names_are_unique(tree, err))
		return false;
	for (const cJSON *each = tree->child; each != NULL; each = each->next)
		if (!check_tree(each, err))
			return false;
	return true;
}

static bool only_space(const char *from, const char *end)
{
	while (from < end && (*from == ' ' || *from == '\t' || *from == '\r' || *from == '\n'))
		from++;
	return from == end;
}

/* known: to hold no name twice, and no number that is too large. */
static cJSON *parse_scanned(const char *text, size_t length, bool known, struct error *err)
{
	const char *end = text;
	cJSON *tree = cJSON_ParseWithLengthOpts(text, length, &end, false);
	if (tree == NULL) {
		refuse(err, "something unexpected", (size_t)(end - text));
		return NULL;
	}
	if (!only_space(end, text + length)) {
		refuse(err, "text behind the value", (size_t)(end - text));
		return NULL;
	}
	return known || check_tree(tree, err) ? tree : NULL;
}

static cJSON *scan_and_parse(struct scan *scan, bool known)
{
	if (!scan_text(scan))
		return NULL;
	if (!scan->must_change)
		return parse_scanned(scan->text, scan->length, known, scan->err);
	AUTO_STR struct str copy = STR_INIT(scan->length * 2);
	scan->copy = &copy;
	scan_text(scan);
	scan->copy = NULL;
	return parse_scanned(copy.own_text, copy.length, known, scan->err);
}

cJSON *json_parse(const char *text, size_t length, struct json_limits limits, struct error *err)
{
	size_t most = limits.bytes > 0 ? limits.bytes : DEFAULT_BYTES;
	if (length > most) {
		error_set(err, ERROR_TRANSIENT, "the JSON is larger than %zu bytes", most);
		return NULL;
	}
	size_t valid = text_utf8(text, length);
	if (valid < length) {
		refuse(err, "a byte that is not UTF-8", valid);
		return NULL;
	}
	struct scan scan = {.text = text, .length = length, .err = err};
	scan.most_depth = limits.depth > 0 ? limits.depth : DEFAULT_DEPTH;
	return scan_and_parse(&scan, false);
}

cJSON *json_parse_text(const char *text)
{
	struct error err = {0};
	struct scan scan = {.text = text, .length = strlen(text), .most_depth = INT_MAX, .err = &err};
	cJSON *tree = scan_and_parse(&scan, true);
	assert(tree != NULL);
	return tree;
}
