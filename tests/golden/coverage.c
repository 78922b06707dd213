/* coverage FOLDER...: what Compute Engine's schema lets our resources be made of, against what the spec can say. coverage.json has
 * every member of the messages below its roots: by which part of the spec it is reached, or why it is not. What is reached has to
 * stand in the body of a golden case of FOLDER, what is not in none: no third kind. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "kinds/kind.h"
#include "model/crd.h"
#include "plan/diff.h"
#include "tools/file_text.h"

struct coverage {
	const cJSON *messages; /* of the schema */
	const cJSON
		*roots; /* {"message", "kind", "member"}: what is judged of the bodies of a kind; member absent: all */
	const cJSON *rows; /* "Message.member" -> path, or {"made": why} or {"reason": why} */
	cJSON *seen;       /* "Message.member" -> true: some body has it */
	cJSON *met;        /* messages walked already, and rows that are of the schema */
	int failed;
};

static void complain(struct coverage *coverage, const char *row, const char *what)
{
	printf("FAIL %s: %s\n", row, what);
	coverage->failed++;
}

static cJSON *read_json(const char *file)
{
	size_t length = 0;
	AUTO_FREE char *text = file_text(file, &length);

	return text ? json_parse(text, length, (struct json_limits){0}, NULL) : NULL;
}

/* --- the spec's side --- */

/* "spec.template.guestAccelerators[].acceleratorType" */
static bool is_in_spec(const char *path)
{
	const cJSON *schema = json_at(crd_build(), "spec.versions[0].schema.openAPIV3Schema");

	while (schema && *path) {
		size_t length = strcspn(path, ".[");

		schema = json_member(json_member(schema, "properties"), arena_strndup(json_arena(), path, length));
		path += length;
		if (text_starts(path, "[]")) {
			schema = json_member(schema, "items");
			path += 2;
		}
		path += *path == '.';
	}
	return schema != NULL;
}

/* --- the bodies' side --- */

static void see(struct coverage *coverage, const char *message, const cJSON *body);

/* The message of a map's entries; NULL: message is no map. */
static const char *map_entry(const struct coverage *coverage, const char *message)
{
	return json_text(json_member(coverage->messages, message), "map");
}

static void see_member(struct coverage *coverage, const char *message, const cJSON *member)
{
	const cJSON *field =
		json_member(json_member(json_member(coverage->messages, message), "fields"), member->string);
	const char *inner = json_text(field, "type"), *entry = inner ? map_entry(coverage, inner) : NULL;
	const cJSON *item;

	if (!field)
		return; /* a map's own key */
	json_set_bool(coverage->seen, arena_printf(json_arena(), "%s.%s", message, member->string), true);
	if (!inner || !json_member(coverage->messages, inner))
		return;
	if (!cJSON_IsArray(member) && !entry) {
		see(coverage, inner, member);
		return;
	}
	cJSON_ArrayForEach(item, member) see(coverage, entry ? entry : inner, item);
}

static void see(struct coverage *coverage, const char *message, const cJSON *body)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, body)
	{
		if (!cJSON_IsNull(member)) /* that is: it must be unset */
			see_member(coverage, message, member);
	}
}

static void see_all(struct coverage *coverage, const char *message, const cJSON *tree)
{
	const cJSON *item;

	if (!cJSON_IsArray(tree)) {
		see(coverage, message, tree);
		return;
	}
	cJSON_ArrayForEach(item, tree) see(coverage, message, item);
}

static void see_want(struct coverage *coverage, const struct want *want)
{
	const cJSON *body = want->body, *root;

	if (want->secrets) /* as it is sent */
		body = diff_disclose(want->kind, diff_insert_body(want->body), want->secrets);
	cJSON_ArrayForEach(root, coverage->roots)
	{
		const char *member = json_text(root, "member");

		if (text_equal(json_text(root, "kind"), want->kind->name))
			see_all(coverage, json_text_or(root, "message", ""), member ? json_member(body, member) : body);
	}
}

static void see_case(struct coverage *coverage, const char *file)
{
	static const struct kind_pair pair = {.secret = "web-tls", .hash = "aaaaaaaa", .chain = "chain", .key = "key"};
	static const struct kind_value value = {
		.secret = "web-client", .key = "secret", .digest = "digest", .value = "text"};
	struct kind_context context;
	struct wants wants = {0};
	struct identity who = {.cluster = "c"};
	struct error err = {0};
	struct lb lb;

	if (!model_parse(json_member(read_json(file), "object"), &lb, &err)) {
		complain(coverage, file, err.message);
		return;
	}
	who.namespace = lb.namespace;
	who.name = lb.name;
	who.uid = lb.uid;
	model_id(who.cluster, lb.namespace, lb.name, who.id);
	context = (struct kind_context){
		.lb = &lb, .who = &who, .pairs = &pair, .pair_count = 1, .values = &value, .value_count = 1};
	kinds_want(&context, &wants);
	for (size_t i = 0; i < wants.count; i++)
		see_want(coverage, &wants.items[i]);
}

static void see_folder(struct coverage *coverage, const char *folder)
{
	DIR *open = opendir(folder);
	const struct dirent *entry;

	while (open && (entry = readdir(open))) {
		if (text_ends(entry->d_name, ".json"))
			see_case(coverage, arena_printf(json_arena(), "%s/%s", folder, entry->d_name));
	}
	if (!open)
		complain(coverage, folder, "can't be read");
	else
		closedir(open);
}

/* --- the schema's side --- */

static void check_row(struct coverage *coverage, const char *row)
{
	const cJSON *entry = json_member(coverage->rows, row);
	bool seen = json_member(coverage->seen, row) != NULL;

	if (cJSON_IsString(entry)) {
		if (!is_in_spec(entry->valuestring))
			complain(coverage, row, "the spec has no such path");
		if (!seen)
			complain(coverage, row, "is said to be reachable, and stands in no golden case");
	} else if (json_text(entry, "made")) {
		if (!seen)
			complain(coverage, row, "is said to be made by the controller, and stands in no golden case");
	} else if (json_text(entry, "reason")) {
		if (seen)
			complain(coverage, row, "is said not to be reachable, and stands in a golden case");
	} else {
		complain(coverage, row,
			"has no row: the path in the spec, what makes it, or the reason why it is left out");
	}
}

static void check_message(struct coverage *coverage, const char *name)
{
	const cJSON *field;

	if (!json_member(coverage->messages, name) || json_member(coverage->met, name))
		return;
	json_set_bool(coverage->met, name, true);
	if (map_entry(coverage, name))
		check_message(coverage, map_entry(coverage, name));
	cJSON_ArrayForEach(field, json_member(json_member(coverage->messages, name), "fields"))
	{
		char *row = arena_printf(json_arena(), "%s.%s", name, field->string);

		if (json_bool(field, "output_only", false))
			continue;
		json_set_bool(coverage->met, row, true);
		check_row(coverage, row);
		if (!json_text(json_member(coverage->rows, row), "reason"))
			check_message(coverage, json_text_or(field, "type", ""));
	}
}

int main(int argc, char **argv)
{
	JSON_WORK(work);
	const cJSON *table = read_json(TFLB_SOURCE_DIR "/tests/golden/coverage.json"), *row, *root;
	struct coverage coverage = {
		.messages = json_member(read_json(TFLB_SOURCE_DIR "/src/emulator/compute-v1-schema.json"), "messages"),
		.roots = json_member(table, "roots"),
		.rows = json_member(table, "members"),
		.seen = cJSON_CreateObject(),
		.met = cJSON_CreateObject(),
	};

	for (int i = 1; i < argc; i++)
		see_folder(&coverage, argv[i]);
	cJSON_ArrayForEach(root, coverage.roots) check_message(&coverage, json_text_or(root, "message", ""));
	cJSON_ArrayForEach(row, coverage.rows)
	{
		if (!json_member(coverage.met, row->string))
			complain(&coverage, row->string, "is no member of the schema below a root");
	}
	printf("%d members, %d failed\n", cJSON_GetArraySize(coverage.rows), coverage.failed);
	return coverage.failed > 0 || !coverage.rows;
}
