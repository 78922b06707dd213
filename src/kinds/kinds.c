/* The table of kinds, in the order in which they are built, and what all of them share. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/internal.h"

static const struct kind *const kinds[KINDS] = {
	[KIND_IMAGE] = &kind_image,
	[KIND_SUBNETWORK] = &kind_subnetwork,
	[KIND_ACCELERATOR] = &kind_accelerator,
	[KIND_ADDRESS] = &kind_address,
	[KIND_FIREWALL] = &kind_firewall,
	[KIND_HEALTH_CHECK] = &kind_health_check,
	[KIND_INSTANCE_TEMPLATE] = &kind_instance_template,
	[KIND_GROUP] = &kind_group,
	[KIND_AUTOSCALER] = &kind_autoscaler,
	[KIND_BACKEND_SERVICE] = &kind_backend_service,
	[KIND_BACKEND_BUCKET] = &kind_backend_bucket,
	[KIND_URL_MAP] = &kind_url_map,
	[KIND_SSL_CERTIFICATE] = &kind_ssl_certificate,
	[KIND_SSL_POLICY] = &kind_ssl_policy,
	[KIND_TARGET_HTTP_PROXY] = &kind_target_http_proxy,
	[KIND_TARGET_HTTPS_PROXY] = &kind_target_https_proxy,
	[KIND_FORWARDING_RULE] = &kind_forwarding_rule,
};

const struct kind *kind_at(enum kind_id id)
{
	assert((int)id >= 0 && id < KINDS);
	return kinds[id];
}

/* What clients meet before they meet a machine. */
static bool is_of_front(enum kind_id id)
{
	return id == KIND_ADDRESS || id >= KIND_BACKEND_SERVICE;
}

void kinds_want(const struct kind_context *context, struct wants *wants)
{
	bool front = lb_has_front(&context->lb->spec);

	for (int id = 0; id < KINDS; id++) {
		if (front || !is_of_front((enum kind_id)id))
			kinds[id]->build(context, wants);
	}
}

static void grow(struct wants *wants)
{
	size_t capacity = wants->capacity ? wants->capacity * 2 : 16;
	struct want *items = arena_alloc(json_arena(), capacity * sizeof(*items));

	for (size_t i = 0; i < wants->count; i++)
		items[i] = wants->items[i];
	wants->items = items;
	wants->capacity = capacity;
}

struct want *wants_add(struct wants *wants, const struct kind *kind, const struct kind_context *context)
{
	struct want *want;

	if (wants->count == wants->capacity)
		grow(wants);
	want = &wants->items[wants->count++];
	*want = (struct want){
		.kind = kind, .project = context->lb->spec.project, .location = "", .role = "", .part = ""};
	return want;
}

struct want *wants_find(const struct wants *wants, enum kind_id kind, const char *role)
{
	for (size_t i = 0; i < wants->count; i++) {
		if (wants->items[i].kind->id == kind && text_equal(wants->items[i].role, role))
			return &wants->items[i];
	}
	return NULL;
}

char *scope_path(const char *project, const char *location)
{
	if (!location[0])
		return arena_printf(json_arena(), "projects/%s/global", project);
	return arena_printf(
		json_arena(), "projects/%s/%s/%s", project, link_is_region(location) ? "regions" : "zones", location);
}

static char *resource_path(const struct kind *kind, const char *project, const char *location, const char *name)
{
	return arena_printf(json_arena(), "%s/%s/%s", scope_path(project, location), kind->collection, name);
}

char *node_path(const struct node *node)
{
	return resource_path(node->kind, node->own_project, node->own_location, node->own_name);
}

char *want_path(const struct want *want)
{
	return resource_path(want->kind, want->project, want->location, want->name);
}

char *group_instance_group_path(const char *project, const char *location, const char *name)
{
	return arena_printf(json_arena(), "%s/instanceGroups/%s", scope_path(project, location), name);
}

char *group_path(const struct node *group)
{
	return group_instance_group_path(group->own_project, group->own_location, group->own_name);
}

/* The other names under which a resource is linked to. */
static bool node_is_alias(const struct node *node, const char *link)
{
	switch (node->kind->id) {
	case KIND_ACCELERATOR: /* a template has the bare name, in whichever zone */
		return text_equal(node->own_name, link);
	case KIND_ADDRESS: /* a rule reads back the literal address */
		return text_equal(json_text(node->seen, "address"), link);
	case KIND_GROUP: /* a backend names the instance group of the same name */
		return link_equal(link, group_path(node), node->own_project);
	default:
		return false;
	}
}

bool node_is_target(const struct node *node, const struct kind_member *member, const char *link)
{
	if (member->rule != MEMBER_REFERENCE || member->target != node->kind->id)
		return false;
	return link_equal(link, node_path(node), node->own_project) || node_is_alias(node, link);
}

const struct node *nodes_target(const struct nodes *nodes, enum kind_id kind, const char *link)
{
	const struct kind_member member = {.rule = MEMBER_REFERENCE, .target = kind};

	for (size_t i = 0; i < nodes->count; i++) {
		if (node_is_target(nodes->items[i], &member, link))
			return nodes->items[i];
	}
	return NULL;
}

bool node_usable(const struct node *node)
{
	bool writing = node->busy && node->change != CHANGE_NONE;

	return node->presence == NODE_PRESENT && !node->running && !writing;
}

bool node_settled(const struct node *node)
{
	return node->kind->usable ? node->kind->usable(node) : node_usable(node);
}

const struct node *nodes_late_successor(const struct nodes *nodes, const struct node *old)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (!node->wanted || node->kind != old->kind || !text_equal(node->own_role, old->own_role))
			continue;
		if (!(node->kind->settled ? node->kind->settled : node_settled)(node))
			return node;
	}
	return NULL;
}

bool node_is_newer(const struct node *one, const struct node *other)
{
	int order = strcmp(
		json_text_or(one->seen, "creationTimestamp", "9"), json_text_or(other->seen, "creationTimestamp", "9"));

	return order > 0 || (order == 0 && one->id > other->id);
}

void hash_inputs(const cJSON *inputs, char hash[HASH_SIZE])
{
	const char *text = json_print_canonical(inputs);

	digest_base32(text, strlen(text), hash, MODEL_HASH_CHARACTERS);
	hash[MODEL_HASH_CHARACTERS] = '\0';
}

/* --- names that the user gave --- */

const char *kinds_given_name(const struct lb *lb, const char *role)
{
	const struct lb_map *names = &lb->spec.resource_names;

	for (size_t i = 0; i < names->count; i++) {
		const struct kind *kind;

		if (text_equal(kinds_given_role(names->items[i].key, &kind), role))
			return names->items[i].value;
	}
	return NULL;
}

char *kinds_given_role(const char *key, const struct kind **kind)
{
	static const struct {
		const char *key;
		enum kind_id kind;
	} rows[] = {
		{"address", KIND_ADDRESS},
		{"ipv6-address", KIND_ADDRESS},
		{"firewall", KIND_FIREWALL},
		{"health-check", KIND_HEALTH_CHECK},
		{"healing", KIND_HEALTH_CHECK},
		{"url-map", KIND_URL_MAP},
		{"redirect-map", KIND_URL_MAP},
		{"ssl-policy", KIND_SSL_POLICY},
		{"http-proxy", KIND_TARGET_HTTP_PROXY},
		{"https-proxy", KIND_TARGET_HTTPS_PROXY},
		{"http-rule", KIND_FORWARDING_RULE},
		{"https-rule", KIND_FORWARDING_RULE},
		{"ipv6-http-rule", KIND_FORWARDING_RULE},
		{"ipv6-https-rule", KIND_FORWARDING_RULE},
	};
	static const struct {
		const char *prefix;
		enum kind_id kind;
	} families[] = {
		{"group/", KIND_GROUP},
		{"backend/", KIND_BACKEND_SERVICE},
		{"bucket/", KIND_BACKEND_BUCKET},
		{"check/", KIND_HEALTH_CHECK},
		{"healing/", KIND_HEALTH_CHECK},
		{"heal/", KIND_HEALTH_CHECK},
		{"scaler/", KIND_AUTOSCALER},
	};
	char *role = arena_strdup(json_arena(), key);

	*kind = NULL;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (text_starts(key, families[i].prefix))
			*kind = kinds[families[i].kind];
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (text_equal(rows[i].key, key))
			*kind = kinds[rows[i].kind];
	}
	if (strchr(role, '/'))
		*strchr(role, '/') = '-';
	return role;
}

static const struct node *node_named(const struct kind_context *context, const struct want *want, const char *name)
{
	for (size_t i = 0; i < context->nodes.count; i++) {
		const struct node *node = context->nodes.items[i];

		if (node->kind == want->kind && text_equal(node->own_name, name) &&
			text_equal(node->own_location, want->location))
			return node;
	}
	return NULL;
}

static void rename_want(struct want *want, const char *name)
{
	text_copy(want->name, sizeof(want->name), name);
	json_set_text(want->body, "name", name);
}

void want_take_over(struct want *want, const struct kind_context *context)
{
	const char *given = kinds_given_name(context->lb, want->role);
	const struct node *successor = given ? node_named(context, want, want->name) : NULL;
	const struct node *node = given ? node_named(context, want, given) : NULL;
	bool adopt = text_equal(context->lb->spec.adoption_policy, "Adopt");

	if (!given || (successor && successor->presence == NODE_PRESENT))
		return;
	if (adopt && node && node->seen && want->kind->fixed(context, want, node->seen))
		return;
	rename_want(want, given);
}

const char *first_that_differs(const struct want *want, const cJSON *seen, const char *const members[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *is = json_text(seen, members[i]), *wanted = json_text(want->body, members[i]);

		if (is && wanted && !text_equal(is, wanted) && !link_equal(is, wanted, want->project))
			return members[i];
	}
	return NULL;
}

struct want *want_begin(struct wants *wants, const struct kind *kind, const struct kind_context *context,
	const char *role, const char *part, const char *hash)
{
	struct want *want = wants_add(wants, kind, context);

	const char *given = hash ? NULL : kinds_given_name(context->lb, role);

	want->role = role;
	want->part = part;
	if (given)
		text_copy(want->name, sizeof(want->name), given);
	else
		model_name(context->who->id, context->lb->stem, role, hash, want->name);
	want->body = cJSON_CreateObject();
	json_set_text(want->body, "name", want->name);
	json_set_text(want->body, "description", mark_text(context->who, role, NULL));
	return want;
}

const struct kind_value *secret_value(const struct kind_context *context, const char *secret, const char *key)
{
	for (size_t i = 0; i < context->value_count; i++) {
		if (text_equal(context->values[i].secret, secret) && text_equal(context->values[i].key, key))
			return &context->values[i];
	}
	return NULL;
}

void want_secret(struct want *want, const char *name, const char *text)
{
	if (!want->secrets)
		want->secrets = cJSON_CreateObject();
	json_set_text(want->secrets, name, text);
}

void set_text(cJSON *object, const char *name, const char *text)
{
	json_set(object, name, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

void set_int(cJSON *object, const char *name, int64_t number)
{
	json_set(object, name, number == LB_ABSENT ? cJSON_CreateNull() : cJSON_CreateNumber((double)number));
}

void set_number(cJSON *object, const char *name, const char *decimal)
{
	json_set(object, name, decimal ? cJSON_CreateNumber(strtod(decimal, NULL)) : cJSON_CreateNull());
}

void set_share(cJSON *object, const char *name, int64_t percent)
{
	json_set(object, name, percent == LB_ABSENT ? cJSON_CreateNull() : cJSON_CreateNumber((double)percent / 100));
}

bool is_wanted(const struct wants *wants, enum kind_id kind, const char *path)
{
	for (size_t i = 0; i < wants->count; i++) {
		if (wants->items[i].kind->id == kind && text_equal(want_path(&wants->items[i]), path))
			return true;
	}
	return false;
}

char *wanted_path(const struct wants *wants, enum kind_id kind, const char *role)
{
	const struct want *want = wants_find(wants, kind, role);

	assert(want);
	return want_path(want);
}
