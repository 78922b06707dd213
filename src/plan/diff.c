/* The comparison of a wanted body with a seen one. Paths name members as kinds' rows do: "backends[].group". Only the rows of
 * a kind know exceptions; everything else is compared as it stands. */
#include "plan/diff.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/link.h"
#include "plan/names.h"

struct comparison {
	const struct kind *kind;
	const char *project;
	struct diff *diff;
	size_t capacity; /* of diff->items */
};

static bool same(const struct comparison *with, const char *path, const cJSON *want, const cJSON *seen);

static const struct kind_member *row(const struct comparison *with, const char *path, enum member_rule rule)
{
	const struct kind_member *member;

	for (member = with->kind->members; member && member->path; member++) {
		if (member->rule == rule && member->path[0] == path[0] && text_equal(member->path, path))
			return member;
	}
	return NULL;
}

/* The three in one text; it is called for each member of each body. */
static const char *join(const char *path, const char *between, const char *name)
{
	char *joined = arena_alloc(json_arena(), strlen(path) + strlen(between) + strlen(name) + 1);

	stpcpy(stpcpy(stpcpy(joined, path), between), name);
	return joined;
}

static const char *below(const char *path, const char *name)
{
	return path[0] ? join(path, ".", name) : name;
}

static const char *element(const char *path)
{
	return join(path, "[]", "");
}

/* Absent, null, "", [] and {} are one. */
static bool is_empty(const cJSON *value)
{
	if (!value || cJSON_IsNull(value))
		return true;
	if (cJSON_IsString(value))
		return value->valuestring[0] == '\0';
	return (cJSON_IsArray(value) || cJSON_IsObject(value)) && !value->child;
}

/* Numbers of 64 bits are strings of digits on the wire. */
static bool number_of(const cJSON *value, double *number)
{
	char *end;

	if (cJSON_IsNumber(value)) {
		*number = value->valuedouble;
		return true;
	}
	if (!cJSON_IsString(value) || value->valuestring[strspn(value->valuestring, "0123456789")] != '\0')
		return false;
	*number = strtod(value->valuestring, &end);
	return end != value->valuestring;
}

static bool same_scalar(const cJSON *want, const cJSON *seen)
{
	double a, b;

	if (number_of(want, &a) && number_of(seen, &b))
		return fabs(a - b) <= 1e-6;
	return cJSON_IsBool(want) && cJSON_IsBool(seen) && cJSON_IsTrue(want) == cJSON_IsTrue(seen);
}

/* "80" is what "80-80" is. */
static bool same_range(const char *a, const char *b)
{
	size_t length = strcspn(a, "-"), other = strcspn(b, "-");
	const char *end_a = a[length] ? a + length + 1 : a;
	const char *end_b = b[other] ? b + other + 1 : b;

	return length == other && strncmp(a, b, length) == 0 && text_equal(end_a, end_b);
}

static bool same_text(const struct comparison *with, const char *path, const cJSON *want, const cJSON *seen)
{
	if (row(with, path, MEMBER_REFERENCE) || row(with, path, MEMBER_LINK))
		return link_equal(want->valuestring, seen->valuestring, with->project);
	if (row(with, path, MEMBER_RANGE))
		return same_range(want->valuestring, seen->valuestring);
	return text_equal(want->valuestring, seen->valuestring);
}

/* Has it a member that nobody wants, where all of them are ours? */
static bool has_more(const struct comparison *with, const char *path, const cJSON *want, const cJSON *seen)
{
	const cJSON *member;

	if (!row(with, path, MEMBER_MAP))
		return false;
	cJSON_ArrayForEach(member, seen)
	{
		if (!json_member(want, member->string))
			return true;
	}
	return false;
}

static bool same_object(const struct comparison *with, const char *path, const cJSON *want, const cJSON *seen)
{
	const cJSON *member;

	if (has_more(with, path, want, seen))
		return false;

	cJSON_ArrayForEach(member, want)
	{
		if (!same(with, below(path, member->string), member, json_member(seen, member->string)))
			return false;
	}
	return true;
}

static bool same_in_order(const struct comparison *with, const char *path, const cJSON *want, const cJSON *seen)
{
	const cJSON *a = want->child, *b = seen->child;

	for (; a && b; a = a->next, b = b->next) {
		if (!same(with, path, a, b))
			return false;
	}
	return !a && !b;
}

static const cJSON *with_key(
	const struct comparison *with, const char *path, const char *key, const cJSON *want, const cJSON *seen)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, seen)
	{
		if (same(with, below(path, key), json_member(want, key), json_member(item, key)))
			return item;
	}
	return NULL;
}

static bool same_by_key(
	const struct comparison *with, const char *path, const char *key, const cJSON *want, const cJSON *seen)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, want)
	{
		const cJSON *other = with_key(with, path, key, item, seen);

		if (!other || !same(with, path, item, other))
			return false;
	}
	return cJSON_GetArraySize(want) == cJSON_GetArraySize(seen);
}

/* Each wanted element takes one seen element for itself; the seen ones are few. */
static bool same_set(const struct comparison *with, const char *path, const cJSON *want, const cJSON *seen)
{
	int count = cJSON_GetArraySize(seen);
	bool *taken = arena_alloc(json_arena(), (size_t)count + 1);
	const cJSON *item, *other;
	int i;

	if (cJSON_GetArraySize(want) != count)
		return false;
	cJSON_ArrayForEach(item, want)
	{
		for (i = 0, other = seen->child; other; i++, other = other->next) {
			if (!taken[i] && same(with, path, item, other))
				break;
		}
		if (!other)
			return false;
		taken[i] = true;
	}
	return true;
}

static bool same_array(const struct comparison *with, const char *path, const cJSON *want, const cJSON *seen)
{
	const struct kind_member *keyed = row(with, path, MEMBER_KEYED);

	if (keyed)
		return same_by_key(with, element(path), keyed->key, want, seen);
	if (row(with, path, MEMBER_SET) || row(with, path, MEMBER_NAMES))
		return same_set(with, element(path), want, seen);
	return same_in_order(with, element(path), want, seen);
}

/* What the server means when it prints nothing; NULL: nothing. */
static const cJSON *absent_value(const struct comparison *with, const char *path)
{
	const struct kind_member *member = row(with, path, MEMBER_ABSENT_IS);

	return member ? json_parse_text(member->absent) : NULL;
}

static bool same(const struct comparison *with, const char *path, const cJSON *want, const cJSON *seen)
{
	if (row(with, path, MEMBER_INSERT_ONLY))
		return true;
	if (cJSON_IsObject(want))
		return same_object(with, path, want, seen);
	if (is_empty(seen))
		seen = absent_value(with, path);
	if (is_empty(want))
		want = absent_value(with, path);
	if (is_empty(want) && is_empty(seen))
		return true;
	if (!want || !seen)
		return false;
	if (cJSON_IsArray(want))
		return cJSON_IsArray(seen) && same_array(with, path, want, seen);
	if (cJSON_IsString(want) && cJSON_IsString(seen))
		return same_text(with, path, want, seen);
	return same_scalar(want, seen);
}

/* A copy without nulls, and without objects that hold nothing else: in a whole body, and in arrays, null is not "unset" but a
 * value. */
static cJSON *without_nulls(const cJSON *value)
{
	bool object = cJSON_IsObject(value);
	cJSON *copy;
	const cJSON *member;

	if (!object && !cJSON_IsArray(value))
		return json_copy(value);
	copy = object ? cJSON_CreateObject() : cJSON_CreateArray();
	cJSON_ArrayForEach(member, value)
	{
		cJSON *rest = cJSON_IsNull(member) ? NULL : without_nulls(member);

		/* An item stays, whatever it has: the list would say something else without it. */
		if (!rest || (object && cJSON_IsObject(member) && member->child && !rest->child))
			continue;
		if (object)
			json_set(copy, member->string, rest);
		else
			json_add(copy, rest);
	}
	return copy;
}

static const char *joined(const char *list, const char *item)
{
	return list ? arena_printf(json_arena(), "%s, %s", list, item) : item;
}

static void add_verb(struct diff *diff, const struct kind_member *member, struct difference difference)
{
	assert(diff->verb_count < DIFF_VERBS_MAX);
	diff->verbs[diff->verb_count].verb = member->verb;
	diff->verbs[diff->verb_count].names = member->names;
	diff->verbs[diff->verb_count].value = difference.want;
	diff->verbs[diff->verb_count].seen = difference.seen;
	diff->verbs[diff->verb_count].path = difference.path;
	diff->verb_count++;
}

static void add_difference(struct comparison *with, struct difference difference)
{
	struct diff *diff = with->diff;

	if (diff->count == with->capacity) {
		size_t capacity = with->capacity ? with->capacity * 2 : 8;
		struct difference *grown = arena_alloc(json_arena(), capacity * sizeof(*grown));

		for (size_t i = 0; i < diff->count; i++)
			grown[i] = diff->items[i];
		diff->items = grown;
		with->capacity = capacity;
	}
	diff->items[diff->count++] = difference;
	if (!diff->path)
		diff->path = difference.path;
}

/* The patch also takes away what nobody wants. */
static cJSON *without_more(
	struct comparison *with, const char *path, const cJSON *want, const cJSON *seen, cJSON *patch)
{
	const cJSON *member;

	if (!patch)
		patch = cJSON_CreateObject();
	cJSON_ArrayForEach(member, seen)
	{
		const char *at = below(path, member->string);

		if (json_member(want, member->string))
			continue;
		add_difference(with, (struct difference){.path = at, .seen = member});
		with->diff->patched = joined(with->diff->patched, at);
		json_set(patch, member->string, cJSON_CreateNull());
	}
	return patch;
}

/* The merge patch that makes seen's member as wanted; NULL when it is, or when verbs do it. */
static cJSON *patch_of(struct comparison *with, const char *path, const cJSON *want, const cJSON *seen)
{
	const struct kind_member *verb = row(with, path, MEMBER_VERB);
	cJSON *patch = NULL;
	const cJSON *member;

	if (same(with, path, want, seen))
		return NULL;
	verb = verb ? verb : row(with, path, MEMBER_NAMES);
	if (!cJSON_IsObject(want) || verb) {
		struct difference difference = {.path = path, .want = want, .seen = seen};

		if (verb && verb->rule == MEMBER_NAMES)
			difference.step = names_step(verb->names, want, seen).after;

		add_difference(with, difference);
		if (verb) {
			add_verb(with->diff, verb, difference);
			return NULL;
		}
		with->diff->patched = joined(with->diff->patched, path);
		return without_nulls(want);
	}
	cJSON_ArrayForEach(member, want)
	{
		cJSON *change = patch_of(with, below(path, member->string), member, json_member(seen, member->string));

		if (change && !patch)
			patch = cJSON_CreateObject();
		if (change)
			json_set(patch, member->string, change);
	}
	return has_more(with, path, want, seen) ? without_more(with, path, want, seen, patch) : patch;
}

struct diff diff_make(const struct kind *kind, const char *project, const cJSON *want, const cJSON *seen)
{
	struct diff diff = {0};
	struct comparison with = {.kind = kind, .project = project, .diff = &diff};

	assert(cJSON_IsObject(want));
	diff.patch = patch_of(&with, "", want, seen);
	return diff;
}

/* An object of which nothing is left goes, too. */
static cJSON *patch_without(cJSON *patch, const char *path)
{
	size_t step = strcspn(path, ".");
	const char *name = arena_strndup(json_arena(), path, step);
	cJSON *inner = json_member(patch, name);

	if (!inner)
		return patch;
	if (!path[step] || !patch_without(inner, path + step + 1))
		json_remove(patch, name);
	return patch->child ? patch : NULL;
}

static void leave_verb(struct diff *diff, const char *path)
{
	int kept = 0;

	for (int i = 0; i < diff->verb_count; i++) {
		if (!text_equal(diff->verbs[i].path, path))
			diff->verbs[kept++] = diff->verbs[i];
	}
	diff->verb_count = kept;
}

static const char *list_without(const char *list, const char *item)
{
	const char *kept = NULL;
	size_t length;

	for (; list && *list; list += length + strspn(list + length, ", ")) {
		char *one = arena_strndup(json_arena(), list, length = strcspn(list, ","));
		if (!text_equal(one, item))
			kept = joined(kept, one);
	}
	return kept;
}

void diff_leave(struct diff *diff, const char *path)
{
	leave_verb(diff, path);
	if (diff->patch)
		diff->patch = patch_without(diff->patch, path);
	diff->patched = list_without(diff->patched, path);
}

cJSON *diff_insert_body(const cJSON *want)
{
	return without_nulls(want);
}

/* The object that a member of that path stands in, and the member's name; NULL: it is not there. */
static cJSON *holder_of(cJSON *tree, const char *path, const char **name)
{
	const char *dot = strrchr(path, '.');

	*name = dot ? dot + 1 : path;
	return dot ? json_at(tree, arena_strndup(json_arena(), path, (size_t)(dot - path))) : tree;
}

cJSON *diff_insert_call(const struct kind *kind, const cJSON *want)
{
	cJSON *body = without_nulls(want);
	const struct kind_member *member;

	for (member = kind->members; member && member->path; member++) {
		bool own_call = member->rule == MEMBER_NAMES ||
		                (member->rule == MEMBER_VERB && (member->verb->after_insert || member->verb->proof));
		const char *name;
		cJSON *holder = own_call ? holder_of(body, member->path, &name) : NULL;

		if (holder)
			json_remove(holder, name);
	}
	return body;
}

cJSON *diff_disclose(const struct kind *kind, const cJSON *body, const cJSON *secrets)
{
	cJSON *sent = json_copy(body);
	const struct kind_member *member;

	for (member = kind->members; member && member->path; member++) {
		const cJSON *secret = json_member(secrets, member->path);
		const char *name = "";
		cJSON *holder = member->rule == MEMBER_DIGEST ? holder_of(sent, member->path, &name) : NULL;

		if (!json_member(holder, name))
			continue;
		if (!secret)
			return NULL;
		json_remove(holder, name);
		json_set(holder, member->key, json_copy(secret));
	}
	return sent;
}
