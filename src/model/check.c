/* Walks a parsed value along the table of types and checks the rules. An item of a keyed list is the same as the old one with
 * the same key, as for the API server; nothing below other lists has an old self. */
#include "model/rules.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "model/walk.h"

void place_text(const struct place *place, char text[PLACE_SIZE])
{
	text[0] = '\0';
	if (!place)
		return;
	place_text(place->above, text);
	size_t length = strlen(text);
	if (place->name)
		snprintf(text + length, PLACE_SIZE - length, "%s%s", length ? "." : "", place->name);
	else
		snprintf(text + length, PLACE_SIZE - length, "[%zu]", place->index);
}

bool rules_refuse(struct error *err, const struct place *place, const char *suffix, const char *format, ...)
{
	char path[PLACE_SIZE], sentence[512];
	place_text(place, path);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof sentence, format, arguments);
	va_end(arguments);
	if (!path[0] && suffix[0] == '.')
		suffix++;
	error_set(err, ERROR_REJECTED, "%s%s: %s", path, suffix, sentence);
	error_reason(err, "InvalidSpec");
	return false;
}

bool rules_has(const struct type *type, const void *object, const char *name)
{
	for (size_t i = 0; i < type->field_count; i++) {
		if (text_equal(type->fields[i].name, name))
			return walk_present(type, &type->fields[i], object);
	}
	assert(!"a field of the type");
	return false;
}

bool rules_hold(const struct rule *rules, bool override, const struct place *place, const void *self, const void *old,
	struct error *err)
{
	for (const struct rule *rule = rules; rule && rule->cel; rule++) {
		if ((rule->transition && !old) || (rule->whole && override))
			continue;
		if (!rule->holds(self, old))
			return rules_refuse(err, place, rule->field_path ? rule->field_path : "", "%s", rule->message);
	}
	return true;
}

static bool check_object(const struct type *type, bool override, const struct place *place, const void *self,
	const void *old, struct error *err)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];
		const void *value = walk_value(type, field, self);
		if (!value)
			continue;
		struct place at = {place, field->name, 0};
		const void *before = old ? walk_value(type, field, old) : NULL;
		if (!rules_check(field->type, override || field->over, &at, value, before, err))
			return false;
	}
	return true;
}

static const void *find_by_key(const struct type *type, const struct walk_list *list, const char *key)
{
	for (size_t i = 0; i < list->count; i++) {
		if (text_equal(walk_key(type, walk_item(type, list, i)), key))
			return walk_item(type, list, i);
	}
	return NULL;
}

static bool check_list(
	const struct type *type, const struct place *place, const void *self, const void *old, struct error *err)
{
	struct walk_list items = walk_list(self), before = old ? walk_list(old) : (struct walk_list){0};
	for (size_t i = 0; i < items.count; i++) {
		const void *item = walk_item(type, &items, i), *same = NULL;
		if (type->form == LIST_KEYED)
			same = find_by_key(type, &before, walk_key(type, item));
		struct place at = {place, NULL, i};
		if (!rules_check(type->item, false, &at, item, same, err))
			return false;
	}
	return true;
}

bool rules_check(const struct type *type, bool override, const struct place *place, const void *self, const void *old,
	struct error *err)
{
	if (!rules_hold(type->rules, override, place, self, old, err))
		return false;
	if (type->kind == TYPE_OBJECT)
		return check_object(type, override, place, self, old, err);
	if (type->kind == TYPE_LIST)
		return check_list(type, place, self, old, err);
	return true;
}
