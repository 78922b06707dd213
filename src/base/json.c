/* Trees in arenas: cJSON's hooks take from the current arena and give nothing back. */
#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena *current;

static void *hook_alloc(size_t size)
{
	assert(current);
	return arena_alloc(current, size);
}

static void hook_free(void *memory)
{
}

struct arena *json_use(struct arena *arena)
{
	static const cJSON_Hooks hooks = {.malloc_fn = hook_alloc, .free_fn = hook_free};
	struct arena *before = current;

	cJSON_InitHooks((cJSON_Hooks *)&hooks);
	current = arena;
	return before;
}

struct arena *json_arena(void)
{
	assert(current);
	return current;
}

struct json_work json_work_begin(void)
{
	struct json_work work = {.own_arena = arena_new()};

	work.before = json_use(work.own_arena);
	return work;
}

void json_work_end(struct json_work *work)
{
	json_use(work->before);
	arena_free(TAKE(work->own_arena));
}

cJSON *json_parse_text(const char *text)
{
	cJSON *tree;

	assert(current);
	tree = cJSON_Parse(text);
	assert(tree);
	return tree;
}

/* --- printing --- */

char *json_print(const cJSON *tree)
{
	char *text = cJSON_PrintUnformatted(tree);

	assert(text);
	return text;
}

char *json_print_owned(const cJSON *tree)
{
	JSON_WORK(work);

	return mem_strdup(json_print(tree));
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(cJSON *const *)a)->string, (*(cJSON *const *)b)->string);
}

static void sort_members(cJSON *tree)
{
	size_t count = (size_t)cJSON_GetArraySize(tree), i = 0;
	cJSON **members = arena_alloc(current, (count + 1) * sizeof(*members));
	cJSON *member;

	cJSON_ArrayForEach(member, tree)
	{
		members[i++] = member;
		if (cJSON_IsObject(member) || cJSON_IsArray(member))
			sort_members(member);
	}
	if (!cJSON_IsObject(tree) || count < 2)
		return;
	qsort(members, count, sizeof(*members), by_name);
	for (i = 0; i < count; i++) {
		members[i]->prev = i ? members[i - 1] : members[count - 1];
		members[i]->next = i + 1 < count ? members[i + 1] : NULL;
	}
	tree->child = members[0];
}

char *json_print_canonical(const cJSON *tree)
{
	cJSON *copy = json_copy(tree);

	sort_members(copy);
	return json_print(copy);
}

/* --- looking up --- */

cJSON *json_member(const cJSON *object, const char *name)
{
	return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

static const cJSON *step_name(const cJSON *tree, const char *name, size_t length)
{
	const cJSON *member;

	if (!cJSON_IsObject(tree))
		return NULL;
	cJSON_ArrayForEach(member, tree)
	{
		if (strncmp(member->string, name, length) == 0 && member->string[length] == '\0')
			return member;
	}
	return NULL;
}

cJSON *json_at(const cJSON *tree, const char *path)
{
	while (tree && *path) {
		if (*path == '[') {
			char *end;
			long index = strtol(path + 1, &end, 10);

			assert(*end == ']');
			tree = cJSON_IsArray(tree) ? cJSON_GetArrayItem(tree, (int)index) : NULL;
			path = end + 1;
		} else {
			size_t length = strcspn(path, ".[");

			tree = step_name(tree, path, length);
			path += length;
		}
		if (*path == '.')
			path++;
	}
	return (cJSON *)tree;
}

const char *json_text(const cJSON *tree, const char *path)
{
	const cJSON *found = json_at(tree, path);

	return cJSON_IsString(found) ? found->valuestring : NULL;
}

const char *json_text_or(const cJSON *tree, const char *path, const char *otherwise)
{
	const char *text = json_text(tree, path);

	return text ? text : otherwise;
}

int64_t json_int(const cJSON *tree, const char *path, int64_t otherwise)
{
	const cJSON *found = json_at(tree, path);
	char *end;
	long long number;

	if (cJSON_IsNumber(found) && fabs(found->valuedouble) <= 9007199254740992.0)
		return (int64_t)found->valuedouble;
	if (!cJSON_IsString(found) || !*found->valuestring)
		return otherwise;
	number = strtoll(found->valuestring, &end, 10);
	return *end ? otherwise : number;
}

bool json_bool(const cJSON *tree, const char *path, bool otherwise)
{
	const cJSON *found = json_at(tree, path);

	return cJSON_IsBool(found) ? cJSON_IsTrue(found) : otherwise;
}

bool json_has(const cJSON *tree, const char *path)
{
	return json_at(tree, path) != NULL;
}

/* --- building --- */

cJSON *json_set(cJSON *object, const char *name, cJSON *value)
{
	if (!value)
		return NULL;
	if (json_member(object, name))
		cJSON_ReplaceItemInObjectCaseSensitive(object, name, value);
	else
		cJSON_AddItemToObject(object, name, value);
	return value;
}

cJSON *json_set_text(cJSON *object, const char *name, const char *text)
{
	return text ? json_set(object, name, cJSON_CreateString(text)) : NULL;
}

cJSON *json_setf(cJSON *object, const char *name, const char *format, ...)
{
	va_list arguments;
	AUTO_STR struct str text = {0};
	char small[512];
	int length;

	va_start(arguments, format);
	length = vsnprintf(small, sizeof(small), format, arguments);
	va_end(arguments);
	if ((size_t)length < sizeof(small))
		return json_set_text(object, name, small);
	text.own_text = mem_alloc((size_t)length + 1);
	va_start(arguments, format);
	vsnprintf(text.own_text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return json_set_text(object, name, text.own_text);
}

cJSON *json_set_int(cJSON *object, const char *name, int64_t number)
{
	return json_set(object, name, cJSON_CreateNumber((double)number));
}

cJSON *json_set_bool(cJSON *object, const char *name, bool value)
{
	return json_set(object, name, cJSON_CreateBool(value));
}

cJSON *json_set_object(cJSON *object, const char *name)
{
	return json_set(object, name, cJSON_CreateObject());
}

cJSON *json_set_array(cJSON *object, const char *name)
{
	return json_set(object, name, cJSON_CreateArray());
}

cJSON *json_add(cJSON *array, cJSON *value)
{
	cJSON_AddItemToArray(array, value);
	return value;
}

cJSON *json_add_text(cJSON *array, const char *text)
{
	return json_add(array, cJSON_CreateString(text));
}

cJSON *json_add_object(cJSON *array)
{
	return json_add(array, cJSON_CreateObject());
}

cJSON *json_copy(const cJSON *tree)
{
	return cJSON_Duplicate(tree, true);
}

void json_remove(cJSON *object, const char *name)
{
	cJSON_DetachItemFromObjectCaseSensitive(object, name);
}

/* --- comparing and merging --- */

static const cJSON **sorted_members(const cJSON *object, size_t count)
{
	const cJSON **members = arena_alloc(json_arena(), (count + 1) * sizeof(*members));
	const cJSON *member;
	size_t i = 0;

	cJSON_ArrayForEach(member, object) members[i++] = member;
	qsort(members, count, sizeof(*members), by_name);
	return members;
}

static bool equal_objects(const cJSON *a, const cJSON *b)
{
	size_t count = (size_t)cJSON_GetArraySize(a);
	const cJSON **left, **right;

	if (count != (size_t)cJSON_GetArraySize(b))
		return false;
	left = sorted_members(a, count);
	right = sorted_members(b, count);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(left[i]->string, right[i]->string) != 0 || !json_equal(left[i], right[i]))
			return false;
	}
	return true;
}

static bool equal_arrays(const cJSON *a, const cJSON *b)
{
	const cJSON *left = a->child, *right = b->child;

	for (; left && right; left = left->next, right = right->next) {
		if (!json_equal(left, right))
			return false;
	}
	return !left && !right;
}

bool json_equal(const cJSON *a, const cJSON *b)
{
	if (!a || !b)
		return a == b;
	if ((a->type & 0xff) != (b->type & 0xff))
		return false;
	if (cJSON_IsObject(a))
		return equal_objects(a, b);
	if (cJSON_IsArray(a))
		return equal_arrays(a, b);
	if (cJSON_IsString(a) || cJSON_IsRaw(a))
		return strcmp(a->valuestring, b->valuestring) == 0;
	return !cJSON_IsNumber(a) || a->valuedouble == b->valuedouble;
}

cJSON *json_merge(cJSON *target, const cJSON *patch)
{
	const cJSON *member;

	if (!cJSON_IsObject(patch))
		return json_copy(patch);
	if (!cJSON_IsObject(target))
		target = cJSON_CreateObject();
	cJSON_ArrayForEach(member, patch)
	{
		if (cJSON_IsNull(member))
			json_remove(target, member->string);
		else
			json_set(target, member->string, json_merge(json_member(target, member->string), member));
	}
	return target;
}
