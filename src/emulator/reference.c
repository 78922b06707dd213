#include "emulator/reference.h"

#include <string.h>

#include "base/str.h"
#include "emulator/core.h"
#include "emulator/link.h"

typedef bool (*field_fn)(void *arg, cJSON *value, const char *at);

static bool each(cJSON *tree, const char *field, const char *at, field_fn fn, void *arg);

static bool each_item(cJSON *array, const char *rest, const char *at, field_fn fn, void *arg)
{
	cJSON *item;
	int index = 0;

	cJSON_ArrayForEach(item,
		array) if (!each(item, rest, arena_printf(json_arena(), "%s[%d]", at, index++), fn, arg)) return false;
	return true;
}

static bool each(cJSON *tree, const char *field, const char *at, field_fn fn, void *arg)
{
	size_t length = strcspn(field, ".[");
	cJSON *member;
	char *name, *place;

	if (*field == '\0')
		return fn(arg, tree, at);
	if (text_starts(field, "[]"))
		return each_item(tree, field + 2, at, fn, arg);
	if (*field == '.')
		return each(tree, field + 1, at, fn, arg);
	name = arena_strndup(json_arena(), field, length);
	member = cJSON_IsObject(tree) ? json_member(tree, name) : NULL;
	if (!member || cJSON_IsNull(member))
		return true;
	place = arena_printf(json_arena(), "%s%s%s", at, *at ? "." : "", name);
	return each(member, field + length, place, fn, arg);
}

bool emu_field_each(cJSON *body, const char *field, bool (*fn)(void *arg, cJSON *value, const char *at), void *arg)
{
	return each(body, field, "", fn, arg);
}

struct reference_check {
	struct emu_call *call;
	const struct emu_reference *reference;
};

static bool names_collection(const char *collections, const char *collection)
{
	size_t length = strlen(collection);

	for (const char *at = collections; at; at = strchr(at, '|')) {
		at += *at == '|';
		if (strncmp(at, collection, length) == 0 && (at[length] == '|' || !at[length]))
			return true;
	}
	return false;
}

/* images/family/F and images/I are both images. */
static const char *collection_of(const char *path)
{
	const char *collection = emu_link_collection(path);

	return strcmp(collection, "family") == 0 ? emu_link_collection(emu_link_parent(path)) : collection;
}

/* "The referenced image resource cannot be found." wants the type's word. */
static const char *word_of(const char *path)
{
	const struct emu_kind *kind = emu_kind_find(collection_of(path));

	return kind ? kind->noun : collection_of(path);
}

static bool judge_missing(struct reference_check *check, const char *text, const char *path, const char *at)
{
	struct emu_refusal *refusal = &check->call->refusal;

	if (check->reference->missing == MISSING_FINE)
		return true;
	if (check->reference->missing == MISSING_NOT_FOUND)
		return emu_refuse_not_found(refusal, path);
	if (!emu_project_open(check->call->emulator, emu_link_project(path)))
		return emu_refuse_field(refusal, at, text, "The project '%s' was not found.", emu_link_project(path));
	return emu_refuse_field(refusal, at, text, "The referenced %s resource cannot be found.", word_of(path));
}

static bool check_one(void *arg, cJSON *value, const char *at)
{
	struct reference_check *check = arg;
	struct emu_call *call = check->call;
	const char *text = cJSON_IsString(value) ? value->valuestring : "";
	char *path = emu_link_path(text, call->route.project);

	if (!path || !strchr(path + strlen("projects/"), '/'))
		return emu_refuse_field(&call->refusal, at, text, "The URL is malformed.");
	if (!names_collection(check->reference->collections, collection_of(path)))
		return emu_refuse_field(
			&call->refusal, at, text, "Unexpected resource collection '%s'.", collection_of(path));
	if (!check->reference->verbatim)
		value->valuestring = emu_link_url(path);
	switch (emu_presence_of(call->emulator, path)) {
	case PRESENCE_ABSENT:
		return judge_missing(check, text, path, at);
	case PRESENCE_COMING:
	case PRESENCE_LEAVING:
		return emu_refuse_not_ready(&call->refusal, path);
	case PRESENCE_HERE:
		break;
	}
	return true;
}

bool emu_references_check(struct emu_call *call, cJSON *body)
{
	const struct emu_reference *reference = call->kind->references;

	for (; reference && reference->field; reference++) {
		struct reference_check check = {.call = call, .reference = reference};

		if (!emu_field_each(body, reference->field, check_one, &check))
			return false;
	}
	return true;
}

struct collect {
	const char *project;
	cJSON *paths;
};

static bool collect_one(void *arg, cJSON *value, const char *at)
{
	struct collect *collect = arg;
	char *path = cJSON_IsString(value) ? emu_link_path(value->valuestring, collect->project) : NULL;

	if (path)
		json_add_text(collect->paths, path);
	return true;
}

cJSON *emu_references_paths(struct emulator *emulator, const struct emu_resource *resource, const cJSON *body)
{
	const struct emu_kind *kind = resource->kind;
	struct collect collect = {.project = emu_link_project(resource->own_path), .paths = cJSON_CreateArray()};

	for (const struct emu_reference *reference = kind->references; reference && reference->field; reference++)
		if (reference->uses)
			emu_field_each((cJSON *)body, reference->field, collect_one, &collect);
	if (kind->links)
		kind->links(emulator, collect.project, body, collect.paths);
	return collect.paths;
}
