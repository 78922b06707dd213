/* Printing. Our own, since cJSON's printer writes 10^15 as 1e+15 (which decoders of integers refuse), cannot sort, and
 * leaves every step of its growing buffer behind in the arena. */
#include "base/json_internal.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool print_value(struct str *out, const cJSON *tree, bool sorted);

static bool print_number(struct str *out, double number)
{
	if (!isfinite(number))
		return str_adds(out, "null");
	if (trunc(number) == number && fabs(number) <= 9007199254740992)
		return str_addf(out, "%lld", (long long)number);
	char text[32];
	if (fabs(number) > 9007199254740992) { /* as digits alone it would be read as a string */
		snprintf(text, sizeof(text), "%.16e", number);
		return str_adds(out, text);
	}
	snprintf(text, sizeof(text), "%.15g", number);
	if (strtod(text, NULL) != number)
		snprintf(text, sizeof(text), "%.17g", number);
	return str_adds(out, text);
}

static bool print_member(struct str *out, const cJSON *member, bool first, bool sorted)
{
	return (first || str_add(out, ",", 1)) && str_add_quoted(out, member->string) && str_add(out, ":", 1) &&
	       print_value(out, member, sorted);
}

static bool print_sorted(struct str *out, const cJSON *object)
{
	size_t count;
	const cJSON **members = json_sorted_members(object, &count);
	for (size_t i = 0; i < count; i++)
		if (!print_member(out, members[i], i == 0, true))
			return false;
	return true;
}

static bool print_object(struct str *out, const cJSON *object, bool sorted)
{
	if (!str_add(out, "{", 1))
		return false;
	if (sorted && !print_sorted(out, object))
		return false;
	for (const cJSON *each = sorted ? NULL : object->child; each != NULL; each = each->next)
		if (!print_member(out, each, each == object->child, false))
			return false;
	return str_add(out, "}", 1);
}

static bool print_array(struct str *out, const cJSON *array, bool sorted)
{
	if (!str_add(out, "[", 1))
		return false;
	for (const cJSON *each = array->child; each != NULL; each = each->next)
		if ((each != array->child && !str_add(out, ",", 1)) || !print_value(out, each, sorted))
			return false;
	return str_add(out, "]", 1);
}

static bool print_value(struct str *out, const cJSON *tree, bool sorted)
{
	if (cJSON_IsObject(tree))
		return print_object(out, tree, sorted);
	if (cJSON_IsArray(tree))
		return print_array(out, tree, sorted);
	if (cJSON_IsString(tree))
		return str_add_quoted(out, tree->valuestring);
	if (cJSON_IsNumber(tree))
		return print_number(out, tree->valuedouble);
	if (cJSON_IsBool(tree))
		return str_adds(out, cJSON_IsTrue(tree) ? "true" : "false");
	if (cJSON_IsRaw(tree))
		return str_adds(out, tree->valuestring);
	return str_adds(out, "null");
}

/* Trees are bounded when they are parsed; one that prints larger than the default maximum is a programming error. */
static void print(struct str *out, const cJSON *tree, bool sorted)
{
	bool fits = print_value(out, tree, sorted);
	assert(fits);
}

char *json_print(const cJSON *tree)
{
	AUTO_STR struct str out = {0};
	print(&out, tree, false);
	return arena_strndup(json_arena(), out.own_text, out.length);
}

char *json_print_owned(const cJSON *tree)
{
	AUTO_STR struct str out = {0};
	print(&out, tree, false);
	return mem_strndup(out.own_text, out.length);
}

char *json_print_canonical(const cJSON *tree)
{
	AUTO_STR struct str out = {0};
	print(&out, tree, true);
	return arena_strndup(json_arena(), out.own_text, out.length);
}
