/* The arena that cJSON allocates from, look-ups and building. Parsing, printing, comparing and splitting have files of
 * their own. */
#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DECIMAL = 10 };

static const double exact_integers = 9007199254740992; /* 2^53 */

static struct arena *current;

struct arena *json_arena(void)
{
	assert(current != NULL);
	return current;
}

static void *allocate(size_t size)
{
	return arena_alloc(json_arena(), size);
}

static void leave_to_arena(void *memory)
{
}

struct arena *json_use(struct arena *arena)
{
	struct arena *before = current;
	if (before == NULL)
		cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = allocate, .free_fn = leave_to_arena});
	current = arena;
	return before;
}

struct json_work json_work_begin(void)
{
	struct json_work work = {.own_arena = arena_new()};
	work.before = json_use(work.own_arena);
	return work;
}

void json_work_end(struct json_work *work)
{
	struct arena *ended = json_use(work->before);
	assert(ended == work->own_arena);
	arena_free(work->own_arena);
}

/* The member whose name is the first `length` bytes of name; a path is looked up without a copy. Most names differ in their first
 * byte, which saves a call. */
static cJSON *member_n(const cJSON *object, const char *name, size_t length)
{
	if (object == NULL || (object->type & 0xff) != cJSON_Object)
		return NULL;
	for (cJSON *each = object->child; each != NULL; each = each->next)
		if (each->string != NULL && (length == 0 || each->string[0] == name[0]) &&
			strncmp(each->string, name, length) == 0 && each->string[length] == '\0')
			return each;
	return NULL;
}

cJSON *json_member(const cJSON *object, const char *name)
{
	return name != NULL ? member_n(object, name, strlen(name)) : NULL;
}

static size_t step_length(const char *path)
{
	const char *at = path;
	while (*at != '\0' && *at != '.' && *at != '[')
		at++;
	return (size_t)(at - path);
}

/* Reads "[12]" and moves on to what follows. */
static cJSON *element(const cJSON *array, const char **path)
{
	long index = 0;
	const char *at = *path + 1;
	for (; *at >= '0' && *at <= '9' && index < INT32_MAX / DECIMAL; at++)
		index = index * DECIMAL + (*at - '0');
	assert(*at == ']' && at > *path + 1);
	*path = at + 1;
	return cJSON_IsArray(array) ? cJSON_GetArrayItem(array, (int)index) : NULL;
}

cJSON *json_at(const cJSON *tree, const char *path)
{
	while (tree != NULL && *path != '\0') {
		if (*path == '[') {
			tree = element(tree, &path);
		} else {
			size_t length = step_length(path);
			tree = member_n(tree, path, length);
			path += length;
		}
		if (*path == '.')
			path++;
	}
	return (cJSON *)tree;
}

const char *json_text(const cJSON *tree, const char *path)
{
	return cJSON_GetStringValue(json_at(tree, path));
}

const char *json_text_or(const cJSON *tree, const char *path, const char *otherwise)
{
	const char *text = json_text(tree, path);
	return text != NULL ? text : otherwise;
}

static int64_t int_of_text(const char *text, int64_t otherwise)
{
	bool negative = *text == '-';
	int64_t number = 0;
	const char *at = text + negative;
	if (*at == '\0')
		return otherwise;
	for (; *at != '\0'; at++) {
		if (*at < '0' || *at > '9' || __builtin_mul_overflow(number, (int64_t)DECIMAL, &number) ||
			__builtin_sub_overflow(number, (int64_t)(*at - '0'), &number))
			return otherwise;
	}
	/* Counted downward: the lowest number has no positive twin. */
	if (!negative && number == INT64_MIN)
		return otherwise;
	return negative ? number : -number;
}

int64_t json_int(const cJSON *tree, const char *path, int64_t otherwise)
{
	const cJSON *item = json_at(tree, path);
	if (cJSON_IsString(item))
		return int_of_text(item->valuestring, otherwise);
	if (!cJSON_IsNumber(item) || !(fabs(item->valuedouble) <= exact_integers) ||
		trunc(item->valuedouble) != item->valuedouble)
		return otherwise;
	return (int64_t)item->valuedouble;
}

bool json_bool(const cJSON *tree, const char *path, bool otherwise)
{
	const cJSON *item = json_at(tree, path);
	return cJSON_IsBool(item) ? cJSON_IsTrue(item) : otherwise;
}

bool json_has(const cJSON *tree, const char *path)
{
	return json_at(tree, path) != NULL;
}

cJSON *json_set(cJSON *object, const char *name, cJSON *value)
{
	if (value == NULL)
		return NULL;
	assert(cJSON_IsObject(object));
	if (json_member(object, name) != NULL)
		cJSON_ReplaceItemInObjectCaseSensitive(object, name, value);
	else
		cJSON_AddItemToObject(object, name, value);
	return value;
}

cJSON *json_set_text(cJSON *object, const char *name, const char *text)
{
	return text != NULL ? json_set(object, name, cJSON_CreateString(text)) : NULL;
}

cJSON *json_setf(cJSON *object, const char *name, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	assert(length >= 0);
	char *text = allocate((size_t)length + 1);
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return json_set_text(object, name, text);
}

cJSON *json_set_int(cJSON *object, const char *name, int64_t number)
{
	if (fabs((double)number) <= exact_integers)
		return json_set(object, name, cJSON_CreateNumber((double)number));
	return json_setf(object, name, "%lld", (long long)number);
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
	assert(cJSON_IsArray(array) && value != NULL);
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
	cJSON *member = json_member(object, name);
	if (member != NULL)
		cJSON_DetachItemViaPointer(object, member);
}
