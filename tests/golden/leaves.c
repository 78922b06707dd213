/* leaves FOLDER...: every leaf of the spec that a resource is made of is set by a golden case. What may be said in several places (of
 * all pools, and of one) is one leaf: the table of types has it once. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "model/types.h"
#include "tools/file_text.h"

struct leaves {
	cJSON *said; /* by the field's row -> true */
	int count, missing;
};

static char *key_of(const struct field *field)
{
	return arena_printf(json_arena(), "%p", (const void *)field);
}

/* --- what the cases say --- */

static void see(struct leaves *leaves, const struct type *type, const cJSON *value)
{
	const cJSON *item;

	if (type->kind == TYPE_LIST) {
		cJSON_ArrayForEach(item, value) see(leaves, type->item, item);
		return;
	}
	for (size_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];
		const cJSON *member = json_member(value, field->name);

		if (!member)
			continue;
		json_set_bool(leaves->said, key_of(field), true);
		see(leaves, field->type, member);
	}
}

static void see_case(struct leaves *leaves, const char *file)
{
	size_t length = 0;
	AUTO_FREE char *text = file_text(file, &length);
	const cJSON *tree = text ? json_parse(text, length, (struct json_limits){0}, NULL) : NULL;

	see(leaves, &spec_type, json_at(tree, "object.spec"));
}

static void see_folder(struct leaves *leaves, const char *folder)
{
	DIR *open = opendir(folder);
	const struct dirent *entry;

	while (open && (entry = readdir(open))) {
		if (text_ends(entry->d_name, ".json"))
			see_case(leaves, arena_printf(json_arena(), "%s/%s", folder, entry->d_name));
	}
	if (open)
		closedir(open);
}

/* --- what there is --- */

static const struct type *inner_of(const struct type *type)
{
	return type->kind == TYPE_LIST ? type->item : type;
}

/* above: with its dot. */
static void check(struct leaves *leaves, const struct type *type, const char *above)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];
		const struct type *inner = inner_of(field->type);
		char *path = arena_printf(json_arena(), "%s%s%s", above, field->name, inner == field->type ? "" : "[]");

		if (inner->kind == TYPE_OBJECT) {
			check(leaves, inner, arena_printf(json_arena(), "%s.", path));
		} else if (field->change != CHANGE_OURS) { /* which no resource shows */
			leaves->count++;
			if (json_has(leaves->said, key_of(field)))
				continue;
			leaves->missing++;
			printf("FAIL %s stands in no golden case\n", path);
		}
	}
}

int main(int argc, char **argv)
{
	JSON_WORK(work);
	struct leaves leaves = {.said = cJSON_CreateObject()};

	for (int i = 1; i < argc; i++)
		see_folder(&leaves, argv[i]);
	check(&leaves, &spec_type, "spec.");
	printf("%d leaves, %d missing\n", leaves.count, leaves.missing);
	return leaves.missing > 0 || leaves.count == 0;
}
