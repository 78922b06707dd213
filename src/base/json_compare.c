/* Comparing and merging. cJSON_Compare is exponential in depth for objects; here every pair of values is looked at once. */
#include "base/json_internal.h"

#include <string.h>

enum { FEW_MEMBERS = 16 };

static bool arrays_equal(const cJSON *a, const cJSON *b)
{
	a = a->child;
	b = b->child;
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		if (!json_equal(a, b))
			return false;
	return a == NULL && b == NULL;
}

/* Objects of many members, in order of names, so that no member is searched for. */
static bool many_equal(const cJSON *a, const cJSON *b)
{
	size_t count_a, count_b;
	const cJSON **sorted_a = json_sorted_members(a, &count_a);
	const cJSON **sorted_b = json_sorted_members(b, &count_b);
	for (size_t i = 0; i < count_a; i++)
		if (strcmp(sorted_a[i]->string, sorted_b[i]->string) != 0 || !json_equal(sorted_a[i], sorted_b[i]))
			return false;
	return true;
}

static bool objects_equal(const cJSON *a, const cJSON *b)
{
	int count = cJSON_GetArraySize(a);
	if (count != cJSON_GetArraySize(b))
		return false;
	if (count > FEW_MEMBERS)
		return many_equal(a, b);
	for (const cJSON *each = a->child; each != NULL; each = each->next) {
		const cJSON *other = json_member(b, each->string);
		if (other == NULL || !json_equal(each, other))
			return false;
	}
	return true;
}

static bool same_type(const cJSON *a, const cJSON *b)
{
	return (a->type & 0xff) == (b->type & 0xff);
}

bool json_equal(const cJSON *a, const cJSON *b)
{
	if (a == NULL || b == NULL || a == b)
		return a == b;
	if (!same_type(a, b))
		return false;
	if (cJSON_IsObject(a))
		return objects_equal(a, b);
	if (cJSON_IsArray(a))
		return arrays_equal(a, b);
	if (cJSON_IsNumber(a))
		return a->valuedouble == b->valuedouble;
	if (cJSON_IsString(a) || cJSON_IsRaw(a))
		return strcmp(a->valuestring, b->valuestring) == 0;
	return true;
}

cJSON *json_merge(cJSON *target, const cJSON *patch)
{
	if (!cJSON_IsObject(patch))
		return json_copy(patch);
	if (!cJSON_IsObject(target))
		target = cJSON_CreateObject();
	for (const cJSON *each = patch->child; each != NULL; each = each->next) {
		cJSON *before = json_member(target, each->string);
		if (cJSON_IsNull(each)) {
			json_remove(target, each->string);
			continue;
		}
		cJSON *after = json_merge(before, each);
		if (after != before)
			json_set(target, each->string, after);
	}
	return target;
}
