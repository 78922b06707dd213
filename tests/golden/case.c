/* From a file to nodes. Bodies that "as-wanted" stands for are made as the cloud prints them: links in full, server-added
 * members from readback.json, what is given in the case merged over them. */
#include "case.h"

#include <string.h>

#include "plan/diff.h"

enum { NOW = 1000000 };

static const char cluster[] = "11111111-2222-3333-4444-555555555555";

static size_t pair_count(const struct golden_case *c)
{
	return (size_t)cJSON_GetArraySize(json_member(c->file, "pairs"));
}

static const struct kind_pair *read_pairs(const struct golden_case *c)
{
	struct kind_pair *pairs = arena_alloc(json_arena(), (pair_count(c) + 1) * sizeof(*pairs));
	const cJSON *item;
	size_t at = 0;

	cJSON_ArrayForEach(item, json_member(c->file, "pairs"))
	{
		pairs[at] = (struct kind_pair){.secret = json_text(item, "secret"),
			.chain = json_text(item, "chain"),
			.key = json_text(item, "key")};
		text_copy(pairs[at].hash, sizeof(pairs[at].hash), json_text_or(item, "hash", ""));
		at++;
	}
	return pairs;
}

static size_t value_count(const struct golden_case *c)
{
	return (size_t)cJSON_GetArraySize(json_member(c->file, "values"));
}

/* The digest is made of the text, which hidden keeps from being at hand. */
static const struct kind_value *read_values(const struct golden_case *c)
{
	struct kind_value *values = arena_alloc(json_arena(), (value_count(c) + 1) * sizeof(*values));
	const cJSON *item;
	size_t at = 0;

	cJSON_ArrayForEach(item, json_member(c->file, "values"))
	{
		const char *text = json_text(item, "text");

		values[at] = (struct kind_value){.secret = json_text(item, "secret"),
			.key = json_text(item, "key"),
			.value = json_bool(item, "hidden", false) ? NULL : text};
		if (text)
			digest_hex(text, strlen(text), values[at].digest);
		at++;
	}
	return values;
}

static bool parse_object(struct golden_case *c, struct error *err)
{
	const struct lb_object *from = &c->lb.spec.move_from;

	if (!model_parse(json_member(c->file, "object"), &c->lb, err))
		return false;
	c->who = (struct identity){
		.cluster = cluster, .namespace = c->lb.namespace, .name = c->lb.name, .uid = c->lb.uid, .holds = true};
	model_id(cluster, from->name ? from->namespace : c->lb.namespace, c->lb.stem, c->who.id);
	return true;
}

/* nodes: what is seen. */
static void make_wants(struct golden_case *c, struct nodes nodes)
{
	struct kind_context context = {.lb = &c->lb,
		.who = &c->who,
		.now_s = json_int(c->file, "now", 0),
		.pairs = read_pairs(c),
		.pair_count = pair_count(c),
		.values = read_values(c),
		.value_count = value_count(c),
		.nodes = nodes};

	c->wants = (struct wants){0};
	kinds_want(&context, &c->wants);
}

static char *copy(const char *text)
{
	return arena_strdup(json_arena(), text);
}

static struct node *add_node(struct golden_case *c, const struct kind *kind)
{
	struct nodes *nodes = &c->input.nodes;
	struct node *node = arena_alloc(json_arena(), sizeof(*node));

	node->kind = kind;
	node->id = (uint32_t)nodes->count + 1;
	node->own_project = copy(c->lb.spec.project);
	node->own_name = node->own_location = node->own_role = node->own_part = copy("");
	nodes->items[nodes->count++] = node;
	return node;
}

static struct node *add_wanted(struct golden_case *c, const struct want *want)
{
	struct node *node = add_node(c, want->kind);

	node->own_name = copy(want->name);
	node->own_project = copy(want->project);
	node->own_location = copy(want->location);
	node->own_role = copy(want->role);
	node->own_part = copy(want->part);
	node->wanted = true;
	node->external = want->body == NULL;
	node->want = want->body;
	node->secrets = want->secrets;
	node->least_healthy = want->least_healthy;
	node->terms = want->terms;
	node->migration = want->migration;
	node->fronts = want->fronts;
	return node;
}

static const struct kind *kind_named(const char *name)
{
	for (int id = 0; id < KINDS; id++) {
		if (text_equal(kind_at(id)->name, name))
			return kind_at(id);
	}
	return NULL;
}

/* A resource of ours that nobody wants: {"kind", "role", "part", "location", "name"} and the members of a state. */
static struct node *add_extra(struct golden_case *c, const cJSON *extra, struct error *err)
{
	const struct kind *kind = kind_named(json_text_or(extra, "kind", ""));
	struct node *node;

	if (!kind) {
		error_set(err, ERROR_REJECTED, "extra: no such kind");
		return NULL;
	}
	node = add_node(c, kind);
	node->own_name = copy(json_text_or(extra, "name", ""));
	node->own_location = copy(json_text_or(extra, "location", ""));
	node->own_role = copy(json_text_or(extra, "role", ""));
	node->own_part = copy(json_text_or(extra, "part", ""));
	return node;
}

/* Links as the cloud prints them, at every depth. */
static void expand_links(cJSON *value)
{
	cJSON *member;

	cJSON_ArrayForEach(member, value)
	{
		if (cJSON_IsString(member) && text_starts(member->valuestring, "projects/") &&
			!text_equal(member->string, "sourceImage"))
			cJSON_SetValuestring(
				member, arena_printf(json_arena(), "https://www.googleapis.com/compute/v1/%s",
						member->valuestring));
		else
			expand_links(member);
	}
}

static cJSON *merge(cJSON *body, const cJSON *patch)
{
	return patch ? json_merge(body, patch) : body;
}

static cJSON *as_the_cloud_prints(const struct node *node, const cJSON *readback)
{
	cJSON *body = node->want ? diff_insert_body(node->want) : cJSON_CreateObject();
	const char *port = json_text(body, "portRange");

	expand_links(body);
	if (port && !strchr(port, '-'))
		json_setf(body, "portRange", "%s-%s", arena_strdup(json_arena(), port), port);
	return merge(body, json_member(readback, node->kind->name));
}

static void set_view(struct node *node, enum view_id id, const cJSON *tree)
{
	node->views[id].present = tree != NULL;
	node->views[id].read_at = tree ? NOW : 0;
	node->views[id].tree = tree ? json_copy(tree) : NULL;
}

static void set_error(struct node *node, const char *text)
{
	if (!text)
		return;
	node->own_error = arena_alloc(json_arena(), sizeof(*node->own_error));
	error_set(node->own_error, ERROR_REJECTED, "%s", text);
	node->not_before = INT64_MAX;
}

/* state: {"is": absent | unknown | foreign | as-wanted, "body": .., "merge": .., "running": .., "verified": .., "health": ..,
 * "machines": .., "tried": .., "error": ..} */
static void set_state(struct node *node, const cJSON *state, const char *otherwise, const cJSON *readback)
{
	const char *is = json_text_or(state, "is", json_has(state, "body") ? "given" : otherwise);

	node->verified = json_bool(state, "verified", true);
	node->running = json_bool(state, "running", false);
	node->change = node->running ? CHANGE_PATCH : CHANGE_NONE;
	set_error(node, json_text(state, "error"));
	set_view(node, VIEW_HEALTH, json_member(state, "health"));
	set_view(node, VIEW_MACHINES, json_member(state, "machines"));
	node->presence = text_equal(is, "absent")    ? NODE_ABSENT
	                 : text_equal(is, "unknown") ? NODE_UNKNOWN
	                 : text_equal(is, "foreign") ? NODE_FOREIGN
	                                             : NODE_PRESENT;
	if (node->presence != NODE_PRESENT)
		return;
	node->seen =
		text_equal(is, "given") ? json_copy(json_member(state, "body")) : as_the_cloud_prints(node, readback);
	node->seen = merge(node->seen, json_member(state, "merge"));
	node->read_at = node->verified ? NOW : 0;
}

static enum mandate mandate_named(const char *name)
{
	static const char *const names[] = {"ALL", "DELETE", "RELEASE", "NONE"};

	for (int i = 0; i < 4; i++) {
		if (text_equal(names[i], name))
			return (enum mandate)i;
	}
	return MANDATE_ALL;
}

static void unwant(struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		nodes->items[i]->wanted = false;
		nodes->items[i]->want = NULL;
	}
}

static bool make_nodes(struct golden_case *c, const cJSON *readback, struct error *err)
{
	const cJSON *extras = json_member(c->file, "extra"), *extra;
	const char *otherwise = json_text_or(c->file, "otherwise", "absent");
	size_t most = c->wants.count + (size_t)cJSON_GetArraySize(extras);

	c->input.nodes.count = 0;
	c->input.nodes.items = arena_alloc(json_arena(), (most + 1) * sizeof(*c->input.nodes.items));
	for (size_t i = 0; i < c->wants.count; i++) {
		const struct want *want = &c->wants.items[i];
		const cJSON *state = json_member(json_member(c->file, "seen"), want->role);

		set_state(add_wanted(c, want), state, want->body ? otherwise : "unknown", readback);
	}
	cJSON_ArrayForEach(extra, extras)
	{
		struct node *node = add_extra(c, extra, err);

		if (!node)
			return false;
		set_state(node, extra, "as-wanted", readback);
	}
	return true;
}

/* A URL map that is new passed its trial, unless "tried" is false, or the answer. */
static void set_trials(struct golden_case *c)
{
	for (size_t i = 0; i < c->input.nodes.count; i++) {
		struct node *node = c->input.nodes.items[i];
		const cJSON *tried = json_member(json_member(json_member(c->file, "seen"), node->own_role), "tried");

		if (!node->wanted || node->kind->id != KIND_URL_MAP || cJSON_IsFalse(tried))
			continue;
		set_view(node, VIEW_TRIAL, tried ? tried : cJSON_CreateObject());
		node->views[VIEW_TRIAL].of = trial_of(node, &c->input.nodes);
	}
}

bool case_make(const cJSON *file, const cJSON *readback, struct golden_case *c, struct error *err)
{
	*c = (struct golden_case){.file = file, .about = json_text_or(file, "about", "")};
	if (!parse_object(c, err))
		return false;
	make_wants(c, (struct nodes){0});
	if (!make_nodes(c, readback, err))
		return false;
	make_wants(c, c->input.nodes); /* what is seen may have a say in it */
	if (!make_nodes(c, readback, err))
		return false;
	set_trials(c);
	c->input.mandate = mandate_named(json_text_or(file, "mandate", "ALL"));
	c->input.census = true;
	c->input.now = NOW;
	if (c->input.mandate == MANDATE_DELETE || c->input.mandate == MANDATE_RELEASE)
		unwant(&c->input.nodes);
	return true;
}

bool case_mentions(const struct golden_case *c, const struct node *node)
{
	return json_has(json_member(c->file, "seen"), node->own_role);
}
