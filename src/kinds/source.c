/* What the cloud says of a member of a body, said of the spec: nobody who wrote the spec ever saw the body. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "kinds/kind.h"
#include "model/types.h"

enum { INDEXES_MAX = 4 };

static const char MARK[] = "field 'resource.";

/* How a row fits a member. */
struct fit {
	const struct kind_source *row; /* NULL: none does */
	const char *rest;              /* of the member, behind what the row says */
	int indexes[INDEXES_MAX], count;
};

/* Bytes of an index at the beginning of text, "[12]"; 0: there is none. */
static size_t index_length(const char *text)
{
	size_t digits = text[0] == '[' ? strspn(text + 1, "0123456789") : 0;

	return digits && text[digits + 1] == ']' ? digits + 2 : 0;
}

/* Does the row say where the member comes from, or something that it is a part of? */
static bool fits(const char *member, const struct kind_source *row, struct fit *fit)
{
	*fit = (struct fit){.row = row};
	for (const char *at = row->member; *at; at++) {
		size_t length = at[0] == '[' && at[1] == ']' ? index_length(member) : 0;

		if (length) {
			if (fit->count < INDEXES_MAX)
				fit->indexes[fit->count++] = atoi(member + 1);
			member += length;
			at++;
		} else if (*member++ != *at) {
			return false;
		}
	}
	fit->rest = member;
	return *member == '\0' || *member == '.' || *member == '[';
}

/* By the row that says most. */
static struct fit find(const struct kind *kind, const char *member)
{
	struct fit found = {0}, fit;

	for (const struct kind_source *row = kind->sources; row && row->member; row++) {
		if (fits(member, row, &fit) && (!found.row || strlen(row->member) > strlen(found.row->member)))
			found = fit;
	}
	return found;
}

/* A machine is told of as its template's properties are, without their name. */
static struct fit find_either(const struct kind *kind, const char *member)
{
	struct fit found = find(kind, member);

	return found.row ? found : find(kind, arena_printf(json_arena(), "properties.%s", member));
}

/* Bytes of the first step of a path: ".name", or an index; 0: none. */
static size_t step_length(const char *path)
{
	size_t length = path[0] == '.' ? 1 + strcspn(path + 1, ".[") : path[0] == '[' ? strcspn(path, "]") : 0;

	if (path[0] != '[')
		return length;
	return path[length] == ']' ? length + 1 : 0;
}

/* The part of type that the step leads to; NULL: it has none. */
static const struct type *step(const struct type *type, const char *path, size_t length)
{
	if (path[0] == '[')
		return length && type->kind == TYPE_LIST ? type->item : NULL;
	for (size_t i = 0; length && type->kind == TYPE_OBJECT && i < type->field_count; i++) {
		const char *name = type->fields[i].name;

		if (strlen(name) == length - 1 && strncmp(name, path + 1, length - 1) == 0)
			return type->fields[i].type;
	}
	return NULL;
}

/* What *path leads to from type, as far as there are such parts; *path is set behind that. */
static const struct type *follow(const struct type *type, const char **path)
{
	const struct type *next;

	while ((next = step(type, *path, step_length(*path)))) {
		*path += step_length(*path);
		type = next;
	}
	return type;
}

/* What of the member's rest the spec calls the same. */
static size_t same_length(const struct fit *fit)
{
	const char *place = fit->row->spec + strlen("spec"), *rest = fit->rest;
	const struct type *type = follow(&spec_type, &place);

	if (*place == '\0')
		follow(type, &rest);
	return (size_t)(rest - fit->rest);
}

/* "spec.pools[]" with the pool, where the resource is of one. */
static char *path_of(const struct fit *fit, const char *part)
{
	AUTO_STR struct str path = STR_INIT(1024);
	const char *spec = fit->row->spec;
	int used = 0;

	while (*spec) {
		if (text_starts(spec, "[i") && used < fit->count) {
			str_addf(&path, "[%d]", fit->indexes[used++] - text_starts(spec, "[i-1]"));
			spec += strcspn(spec, "]") + 1;
		} else if (text_starts(spec, "[]")) {
			str_addf(&path, "[%s]", part);
			spec += strlen("[]");
		} else {
			str_add(&path, spec++, 1);
		}
	}
	str_add(&path, fit->rest, same_length(fit));
	return arena_strdup(json_arena(), str_text(&path));
}

/* The item of that name. */
static const cJSON *item_named(const cJSON *list, const char *name)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (text_equal(json_text(item, "name"), name))
			return item;
	}
	return NULL;
}

/* The name of the member that path has behind what is overridden, "machineType"; NULL: it is no part of that. */
static char *member_below(const char *path, const char *over)
{
	const char *rest = text_starts(path, over) ? path + strlen(over) : "";

	return rest[0] == '.' ? arena_strndup(json_arena(), rest + 1, strcspn(rest + 1, ".[")) : NULL;
}

/* Where a pool or a backend says for itself what path says for all; NULL: it does not. */
static char *own_place(const struct type *item_type, const char *list, const cJSON *item, const char *path)
{
	for (size_t i = 0; i < item_type->field_count; i++) {
		const struct field *field = &item_type->fields[i];
		const char *member = field->over ? member_below(path, field->over) : NULL;

		if (member && json_member(json_member(item, field->name), member))
			return arena_printf(json_arena(), "spec.%s[%s].%s%s", list, json_text(item, "name"),
				field->name, path + strlen(field->over));
	}
	return NULL;
}

/* Canaries have their template's name and their pool's, so which of the two is meant can't be told. */
static char *or_of_canaries(const cJSON *pool, char *path)
{
	const char *member = member_below(path, "spec.template");

	if (!member || !json_member(json_at(pool, "canary.template"), member))
		return path;
	return arena_printf(json_arena(), "%s, or spec.pools[%s].canary.template%s", path, json_text(pool, "name"),
		path + strlen("spec.template"));
}

static bool is_of_backend(const struct kind *kind)
{
	return kind->id == KIND_BACKEND_SERVICE || kind->id == KIND_HEALTH_CHECK;
}

static char *place_of(const struct kind *kind, const struct fit *fit, const char *part, const cJSON *spec)
{
	const char *list = is_of_backend(kind) ? "backends" : "pools",
		   *at = is_of_backend(kind) ? ".backends" : ".pools";
	char *path = path_of(fit, is_of_backend(kind) ? "" : part), *own;
	const cJSON *item = item_named(json_member(spec, list), part);

	own = item ? own_place(follow(&spec_type, &at)->item, list, item, path) : NULL;
	return own ? own : or_of_canaries(item, path);
}

char *kind_in_spec(const struct kind *kind, const char *part, const cJSON *spec, const char *message)
{
	const char *begin = strstr(message, MARK), *member = begin ? begin + strlen(MARK) : NULL;
	const char *end = member ? strchr(member, '\'') : NULL;
	struct fit fit = {0};

	if (end)
		fit = find_either(kind, arena_strndup(json_arena(), member, (size_t)(end - member)));
	if (!fit.row)
		return arena_strdup(json_arena(), message);
	return arena_printf(json_arena(), "%.*s%s%s%s", (int)(begin - message), message,
		text_starts(message, "Required ") ? "field " : "", place_of(kind, &fit, part, spec), end + 1);
}
