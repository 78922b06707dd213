/* Golden tests: each case (FOLDER/CASE.json) is turned into text and compared with CASE.golden, which a person has reviewed.
 * Every body that would be sent is judged by the schema. golden [--update] FOLDER... */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "plan/diff.h"
#include "schema_check.h"
#include "tools/file_text.h"

enum { TEXT_MAX = 4 * 1024 * 1024 };

struct golden {
	struct schema *own_schema;
	bool update;
	int failed, passed;
};

/* The folder of each kind; "chain" shows no bodies but the plan of all. */
static const char *const folders[KINDS] = {
	[KIND_IMAGE] = "image",
	[KIND_SUBNETWORK] = "subnetwork",
	[KIND_ADDRESS] = "address",
	[KIND_FIREWALL] = "firewall",
	[KIND_HEALTH_CHECK] = "health_check",
	[KIND_INSTANCE_TEMPLATE] = "instance_template",
	[KIND_GROUP] = "group",
	[KIND_AUTOSCALER] = "autoscaler",
	[KIND_BACKEND_SERVICE] = "backend_service",
	[KIND_BACKEND_BUCKET] = "backend_bucket",
	[KIND_URL_MAP] = "url_map",
	[KIND_SSL_CERTIFICATE] = "ssl_certificate",
	[KIND_SSL_POLICY] = "ssl_policy",
	[KIND_TARGET_HTTP_PROXY] = "target_http_proxy",
	[KIND_TARGET_HTTPS_PROXY] = "target_https_proxy",
	[KIND_FORWARDING_RULE] = "forwarding_rule",
};

static cJSON *read_json(const char *file, struct error *err)
{
	size_t length = 0;
	AUTO_FREE char *text = file_text(file, &length);

	if (!text) {
		error_set(err, ERROR_REJECTED, "can't be read");
		return NULL;
	}
	return json_parse(text, length, (struct json_limits){0}, err);
}

static void print_json(struct str *out, const cJSON *tree)
{
	str_addf(out, "%s\n", cJSON_Print(tree));
}

static void print_names(struct str *out, const struct wants *wants)
{
	str_adds(out, "\n== names\n");
	for (size_t i = 0; i < wants->count; i++) {
		const struct want *want = &wants->items[i];

		str_addf(out, "%-20s %s%s\n", want->role, want_path(want), want->body ? "" : "  (external)");
	}
}

static void print_wants(struct str *out, const struct wants *wants, const char *folder)
{
	for (size_t i = 0; i < wants->count; i++) {
		const struct want *want = &wants->items[i];

		if (!want->body || !text_equal(folders[want->kind->id], folder))
			continue;
		str_addf(out, "\n== want %s\n", want->role);
		print_json(out, want->body);
	}
}

static void print_diff(struct str *out, const struct golden_case *c, const struct node *node)
{
	struct diff diff;

	if (!node->want || !node->seen || node->kind->immutable || !case_mentions(c, node))
		return;
	diff = diff_make(node->kind, node->own_project, node->want, node->seen);
	str_addf(out, "\n== diff %s: %s\n", node->own_role, diff.path ? diff.path : "nothing");
	if (diff.patch)
		print_json(out, diff.patch);
	for (int i = 0; i < diff.verb_count; i++)
		str_addf(out, "%s %s\n", diff.verbs[i].verb ? diff.verbs[i].verb->name : diff.verbs[i].path,
			json_print(diff.verbs[i].value));
}

static void print_diffs(struct str *out, const struct golden_case *c, const char *folder)
{
	for (size_t i = 0; i < c->input.nodes.count; i++) {
		if (text_equal(folders[c->input.nodes.items[i]->kind->id], folder))
			print_diff(out, c, c->input.nodes.items[i]);
	}
}

static const char *action_name(enum action_type type)
{
	static const char *const names[] = {
		[ACTION_READ] = "read",
		[ACTION_VIEW] = "view",
		[ACTION_INSERT] = "insert",
		[ACTION_PATCH] = "patch",
		[ACTION_VERB] = "verb",
		[ACTION_DELETE] = "delete",
	};

	return names[type];
}

static void print_action(struct str *out, const struct action *action)
{
	str_addf(out, "%-6s %s %s%s%s", action_name(action->type), action->method, action->path,
		action->query ? "?" : "", action->query ? action->query : "");
	if (action->body && action->type != ACTION_INSERT)
		str_addf(out, " %s", json_print(action->body));
	str_adds(out, "\n");
}

static void print_verdict(struct str *out, const struct node *node, const struct verdict *verdict)
{
	if (verdict->state == STATE_GONE)
		return;
	str_addf(out, "%-20s %s", node->own_role, node_state_name(verdict->state));
	if (verdict->waits_for)
		str_addf(out, " for %s %s", verdict->waits_for->kind->text, verdict->waits_for->own_name);
	str_adds(out, "\n");
}

static void print_plan(struct str *out, const struct golden_case *c, const struct plan *plan)
{
	str_addf(out, "\n== plan%s%s\n", plan->settled ? ": settled" : "", plan->wants_census ? ": wants census" : "");
	for (size_t i = 0; i < plan->count; i++)
		print_action(out, &plan->actions[i]);
	if (plan->refusal)
		str_addf(out, "\n== refused\n%s\n", plan->refusal);
	str_adds(out, "\n== states\n");
	for (size_t i = 0; i < c->input.nodes.count; i++)
		print_verdict(out, c->input.nodes.items[i], &plan->verdicts[i]);
}

static void print_inserts(struct str *out, const struct plan *plan, const char *folder)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct action *action = &plan->actions[i];

		if (action->type != ACTION_INSERT || !text_equal(folders[action->node->kind->id], folder))
			continue;
		str_addf(out, "\n== insert %s\n", action->node->own_role);
		print_json(out, action->body);
	}
}

/* What would be sent now, and what would be sent to make each resource anew. */
static bool judge(const struct golden *golden, const struct golden_case *c, const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct action *action = &plan->actions[i];

		if (!schema_check_call(
			    golden->own_schema, action->method, action->path, action->query, action->body, err))
			return error_context(err, "%s %s", action->method, action->path);
	}
	for (size_t i = 0; i < c->wants.count; i++) {
		const struct want *want = &c->wants.items[i];
		char *path = want_path(want);
		cJSON *body = want->body ? diff_insert_call(want->kind, want->body) : NULL;

		*strrchr(path, '/') = '\0';
		body = body ? diff_disclose(want->kind, body, want->secrets) : NULL; /* not without its secrets */
		if (body && !schema_check_call(golden->own_schema, "POST", path, NULL, body, err))
			return error_context(err, "insert of %s", want->role);
	}
	return true;
}

static bool print_case(
	const struct golden *golden, const char *folder, const char *file, struct str *out, struct error *err)
{
	cJSON *readback = read_json(TFLB_SOURCE_DIR "/tests/golden/readback.json", err);
	cJSON *tree = readback ? read_json(file, err) : NULL;
	struct golden_case c;
	struct plan *plan;

	if (!tree || !case_make(tree, readback, &c, err))
		return false;
	plan = plan_make(&c.input);
	str_addf(out, "%s\n", c.about);
	print_names(out, &c.wants);
	print_wants(out, &c.wants, folder);
	print_diffs(out, &c, folder);
	print_inserts(out, plan, folder);
	print_plan(out, &c, plan);
	return judge(golden, &c, plan, err);
}

static bool write_text(const char *file, const char *text)
{
	FILE *stream = fopen(file, "wb");
	bool written = stream && fputs(text, stream) >= 0;

	return stream && fclose(stream) == 0 && written;
}

/* The first line that differs, for a person. */
static void print_difference(const char *want, const char *have)
{
	int line = 1;
	const char *end;

	while (*want && *want == *have) {
		line += *want == '\n';
		want++;
		have++;
	}
	end = strchr(want, '\n');
	printf("  line %d: golden  ...%.*s\n", line, end ? (int)(end - want) : (int)strlen(want), want);
	end = strchr(have, '\n');
	printf("  line %d: now     ...%.*s\n", line, end ? (int)(end - have) : (int)strlen(have), have);
}

static bool compare(const struct golden *golden, const char *file, const char *text)
{
	char *expected = arena_printf(json_arena(), "%.*s.golden", (int)(strlen(file) - strlen(".json")), file);
	AUTO_FREE char *want = NULL;

	if (golden->update)
		return write_text(expected, text);
	want = file_text(expected, NULL);
	if (text_equal(want, text))
		return true;
	print_difference(want ? want : "", text);
	return false;
}

static void run_case(struct golden *golden, const char *folder, const char *file)
{
	JSON_WORK(work);
	AUTO_STR struct str text = STR_INIT(TEXT_MAX);
	struct error err = {0};
	bool printed = print_case(golden, folder, file, &text, &err);
	bool passed = printed && compare(golden, file, str_text(&text));

	printf("%s %s%s%s\n", passed ? "ok  " : "FAIL", file, printed ? "" : ": ", printed ? "" : err.message);
	golden->passed += passed;
	golden->failed += !passed;
}

static int is_case(const struct dirent *entry)
{
	return text_ends(entry->d_name, ".json");
}

static void run_folder(struct golden *golden, const char *path)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, is_case, alphasort);

	for (int i = 0; i < count; i++) {
		AUTO_FREE char *file = mem_printf("%s/%s", path, entries[i]->d_name);

		run_case(golden, strrchr(path, '/') + 1, file);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	struct golden golden = {
		.own_schema = schema_load(TFLB_SOURCE_DIR "/src/emulator/compute-v1-schema.json"),
		.update = argc > 1 && text_equal(argv[1], "--update"),
	};

	if (!golden.own_schema || argc < 2 + golden.update) {
		fprintf(stderr, "usage: golden [--update] FOLDER...\n");
		return 2;
	}
	for (int i = 1 + golden.update; i < argc; i++)
		run_folder(&golden, argv[i]);
	schema_free(golden.own_schema);
	printf("%d passed, %d failed\n", golden.passed, golden.failed);
	return golden.failed || !golden.passed;
}
