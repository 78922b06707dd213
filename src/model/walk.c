/* Reading by offset. The only file besides the parser that knows how a kind looks in C. */
#include "model/walk.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"

size_t walk_size(const struct type *type)
{
	switch (type->kind) {
	case TYPE_OBJECT:
		return type->size;
	case TYPE_LIST:
	case TYPE_MAP:
		return sizeof(struct lb_map);
	case TYPE_STRING:
	case TYPE_NUMBER:
		return sizeof(char *);
	case TYPE_INTEGER:
		return sizeof(int64_t);
	case TYPE_BOOLEAN:
		return sizeof(bool);
	}
	assert(!"a kind of the enum");
	return 0;
}

static uint64_t bit_of(const struct type *type, const struct field *field)
{
	size_t index = (size_t)(field - type->fields);
	assert(index < type->field_count && index < 64);
	return UINT64_C(1) << index;
}

bool walk_present(const struct type *type, const struct field *field, const void *object)
{
	return *(const uint64_t *)object & bit_of(type, field);
}

void walk_set_present(const struct type *type, const struct field *field, void *object)
{
	*(uint64_t *)object |= bit_of(type, field);
}

const void *walk_value(const struct type *type, const struct field *field, const void *object)
{
	const void *value = (const char *)object + field->offset;
	if (walk_present(type, field, object))
		return value;
	switch (field->type->kind) {
	case TYPE_OBJECT:
	case TYPE_BOOLEAN:
		return field->fallback ? value : NULL;
	case TYPE_STRING:
	case TYPE_NUMBER:
		return *(char *const *)value ? value : NULL;
	case TYPE_INTEGER:
		return *(const int64_t *)value != LB_ABSENT ? value : NULL;
	default:
		return NULL;
	}
}

struct walk_list walk_list(const void *list)
{
	/* All lists have the form of lb_texts; memcpy, since the pointer's type is the list's own. */
	struct walk_list read;
	memcpy(&read, list, sizeof read);
	return read;
}

const void *walk_item(const struct type *type, const struct walk_list *list, size_t index)
{
	return list->items + index * walk_size(type->item);
}

const char *walk_key(const struct type *type, const void *item)
{
	for (size_t i = 0; i < type->item->field_count; i++) {
		const struct field *field = &type->item->fields[i];
		const char *value = (const char *)item + field->offset;
		if (!text_equal(field->name, type->keys[0]))
			continue;
		if (field->type->kind == TYPE_INTEGER)
			return arena_printf(json_arena(), "%lld", (long long)*(const int64_t *)(const void *)value);
		return *(char *const *)(const void *)value;
	}
	assert(!"a key that is a field of the item");
	return NULL;
}

const char *walk_text(const struct type *type, const struct walk_list *list, size_t index)
{
	return *(char *const *)walk_item(type, list, index);
}
