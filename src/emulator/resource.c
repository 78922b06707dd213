#include "emulator/resource.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "emulator/core.h"
#include "emulator/fingerprint.h"
#include "emulator/link.h"
#include "emulator/quota.h"
#include "emulator/reference.h"

/* Of a resource without labels; the cloud prints this very text. */
static const char no_labels_fingerprint[] = "42WmSpB8rSM=";

static char *fingerprint(uint64_t id, unsigned revision, char salt)
{
	return emu_fingerprint(hash_text(arena_printf(json_arena(), "%c%" PRIu64 ".%u", salt, id, revision)));
}

char *emu_resource_fingerprint(const struct emu_resource *resource)
{
	return fingerprint(resource->id, resource->revision, 'b');
}

static const char *label_fingerprint(const struct emu_resource *resource)
{
	return resource->label_revision ? fingerprint(resource->id, resource->label_revision, 'l')
	                                : no_labels_fingerprint;
}

static void add_scope(const struct emu_resource *resource, cJSON *body)
{
	const char *scope = emu_link_parent(emu_link_parent(resource->own_path));

	if (emu_link_location(resource->own_path))
		json_set_text(body, emu_link_is_zonal(scope) ? "zone" : "region", emu_link_url(scope));
}

void emu_render_users(struct emulator *emulator, const struct emu_resource *resource, cJSON *body)
{
	cJSON *users = emu_store_users(&emulator->store, resource->own_path, emulator->now), *array;
	const cJSON *user;

	if (!users->child)
		return;
	array = json_set_array(body, "usedBy");
	cJSON_ArrayForEach(user, users)
		json_set_text(json_add_object(array), "reference", emu_link_url(user->valuestring));
}

cJSON *emu_resource_json(struct emulator *emulator, const struct emu_resource *resource)
{
	const struct emu_kind *kind = resource->kind;
	cJSON *body = emu_resource_body(resource);

	json_set_text(body, "kind", emu_kind_type(kind, ""));
	json_setf(body, "id", "%" PRIu64, resource->id);
	json_set_text(body, "creationTimestamp", emu_time(emulator, resource->created));
	json_set_text(body, "selfLink", emu_link_url(resource->own_path));
	if (kind->fingerprint != FINGERPRINT_NONE)
		json_set_text(body, "fingerprint", emu_resource_fingerprint(resource));
	if (kind->labels)
		json_set_text(body, "labelFingerprint", label_fingerprint(resource));
	add_scope(resource, body);
	if (kind->render)
		kind->render(emulator, resource, body);
	return body;
}

void emu_normalise(cJSON *body)
{
	cJSON *next;

	for (cJSON *member = body->child; member; member = next) {
		next = member->next;
		if (cJSON_IsNull(member) || (cJSON_IsArray(member) && !member->child))
			cJSON_DetachItemViaPointer(body, member);
		else if (member->child)
			emu_normalise(member);
	}
}

void emu_default_text(cJSON *object, const char *name, const char *text)
{
	if (!json_member(object, name))
		json_set_text(object, name, text);
}

void emu_default_int(cJSON *object, const char *name, int64_t number)
{
	if (!json_member(object, name))
		json_set_int(object, name, number);
}

void emu_default_bool(cJSON *object, const char *name, bool value)
{
	if (!json_member(object, name))
		json_set_bool(object, name, value);
}

cJSON *emu_default_object(cJSON *object, const char *name)
{
	cJSON *member = json_member(object, name);

	return member ? member : json_set_object(object, name);
}

bool emu_check_present(struct emu_call *call, const cJSON *body, const char *field)
{
	return json_has(body, field) || emu_refuse_required(&call->refusal, field);
}

bool emu_check_range(struct emu_call *call, const cJSON *body, const char *field, int64_t least, int64_t most)
{
	const cJSON *value = json_at(body, field);
	int64_t number = json_int(body, field, least);

	if (!value || (number >= least && number <= most))
		return true;
	return emu_refuse_field(
		&call->refusal, field, json_print(value), "Must be between %" PRId64 " and %" PRId64 ".", least, most);
}

bool emu_check_labels(struct emu_call *call, const cJSON *body, const char *at)
{
	enum { LENGTH_MAX = 63, LABELS_MAX = 64 };
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	const cJSON *labels = json_at(body, at), *label;

	cJSON_ArrayForEach(label, labels)
	{
		const char *key = label->string, *value = label->valuestring;
		bool fits = key[0] >= 'a' && key[0] <= 'z' && strlen(key) <= LENGTH_MAX && !key[strspn(key, allowed)];

		if (!fits || !value || strlen(value) > LENGTH_MAX || value[strspn(value, allowed)])
			return emu_refuse_field(&call->refusal, at, json_print(labels),
				"Label keys and values have at most 63 of [a-z0-9_-], keys begin with a letter.");
	}
	return cJSON_GetArraySize(labels) <= LABELS_MAX ||
	       emu_refuse_field(&call->refusal, at, json_print(labels), "At most 64 labels are allowed.");
}

/* Names of resources, and nothing else, may also be given by number. */
static struct emu_resource *find_by_id(const struct emu_call *call)
{
	const struct emu_shelf *shelf =
		emu_store_shelf(&call->emulator->store, emu_call_path(call, call->kind->collection, NULL));
	char id[24];

	for (size_t i = 0; shelf && i < shelf->count; i++) {
		snprintf(id, sizeof(id), "%" PRIu64, shelf->own_items[i]->id);
		if (!strcmp(id, call->route.name))
			return shelf->own_items[i];
	}
	return NULL;
}

struct emu_resource *emu_call_resource(struct emu_call *call)
{
	char *path = emu_call_resource_path(call);
	struct emu_resource *resource = emu_store_find(&call->emulator->store, path);

	if (!resource && call->route.name[0] >= '1' && call->route.name[0] <= '9')
		resource = find_by_id(call);
	if (resource && resource->visible)
		return resource;
	emu_refuse_not_found(&call->refusal, path);
	return NULL;
}

struct emu_resource *emu_call_idle_resource(struct emu_call *call)
{
	struct emu_resource *resource = emu_call_resource(call);

	if (!resource || !resource->own_operation)
		return resource;
	emu_refuse_not_ready(&call->refusal, resource->own_path);
	return NULL;
}

bool emu_get(struct emu_call *call)
{
	struct emu_resource *resource;
	cJSON *body;

	if (call->kind->find) {
		char *path = emu_call_resource_path(call);

		body = call->kind->find(call->emulator, path);
		return body ? emu_answer(call, call->kind->message, body) : emu_refuse_not_found(&call->refusal, path);
	}
	resource = emu_call_resource(call);
	return resource && emu_answer(call, call->kind->message, emu_resource_json(call->emulator, resource));
}

static bool check_name(struct emu_call *call, const cJSON *body)
{
	const char *name = json_text(body, "name");

	if (!name)
		return emu_refuse_required(&call->refusal, "name");
	if (text_is_label(name, 63))
		return true;
	return emu_refuse_field(
		&call->refusal, "name", name, "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'");
}

static bool check_free(struct emu_call *call, const char *path)
{
	const struct emu_resource *resource = emu_store_find(&call->emulator->store, path);

	if (!resource)
		return true;
	if (resource->leaving)
		return emu_refuse_not_ready(&call->refusal, path);
	return emu_refuse_exists(&call->refusal, path);
}

/* What every whole body goes through, new or changed: then it is as it will be read back. */
static bool settle_body(struct emu_call *call, cJSON *body, const cJSON *before)
{
	const struct emu_kind *kind = call->kind;

	json_remove(body, "fingerprint");
	json_remove(body, "labelFingerprint");
	emu_normalise(body);
	if (kind->check && !kind->check(call, body, before))
		return false;
	if (!emu_references_check(call, body))
		return false;
	if (kind->complete)
		kind->complete(call, body);
	return !call->refusal.status;
}

bool emu_insert(struct emu_call *call)
{
	struct emulator *emulator = call->emulator;
	cJSON *body = emu_call_body(call, call->kind->message);
	struct emu_change change = {.effect = EFFECT_INSERT,
		.type = call->kind->insert.type,
		.least_ms = call->kind->insert.least_ms,
		.most_ms = call->kind->insert.most_ms};
	char *path;

	if (!body || !check_name(call, body))
		return false;
	path = emu_call_path(call, call->kind->collection, json_text(body, "name"));
	if (!check_free(call, path))
		return false;
	if (call->kind->labels)
		json_remove(body, "labels");
	if (!settle_body(call, body, NULL) || !emu_quota_check(call, path, body))
		return false;
	change.resource = emu_store_add(&emulator->store, call->kind, path);
	change.resource->id = emu_dice_id(&emulator->dice);
	change.warnings = call->warnings;
	emu_resource_set_body(change.resource, body);
	emu_store_set_links(&emulator->store, change.resource, emu_references_paths(emulator, change.resource, body),
		emulator->now, 0);
	return emu_operation_begin(call, &change);
}

/* What was sent may leave immutable members out, or repeat them in another spelling. */
static bool same_member(const struct emu_call *call, const cJSON *a, const cJSON *b)
{
	if (cJSON_IsString(a) && cJSON_IsString(b)) {
		char *path = emu_link_path(a->valuestring, call->route.project);

		if (path && text_equal(path, emu_link_path(b->valuestring, call->route.project)))
			return true;
	}
	return json_equal(a, b);
}

static bool check_immutable(struct emu_call *call, cJSON *body, const cJSON *before)
{
	for (const char *const *name = call->kind->immutable; name && *name; name++) {
		const cJSON *now = json_member(body, *name);
		const cJSON *then = json_member(before, *name);

		if (now && !cJSON_IsNull(now) && !same_member(call, now, then))
			return emu_refuse_field(&call->refusal, *name,
				cJSON_IsString(now) ? now->valuestring : json_print(now),
				"The field cannot be changed.");
		json_set(body, *name, json_copy(then));
	}
	return true;
}

bool emu_change_body(
	struct emu_call *call, struct emu_resource *resource, cJSON *body, const struct emu_verb_rule *rule)
{
	cJSON *before = emu_resource_body(resource);
	struct emu_change change = {.resource = resource,
		.effect = EFFECT_REPLACE,
		.type = rule->type,
		.least_ms = rule->least_ms,
		.most_ms = rule->most_ms};
	const char *name = json_text(body, "name");

	if (name && strcmp(name, emu_link_name(resource->own_path)) != 0)
		return emu_refuse_field(&call->refusal, "name", name, "The name of a resource cannot be changed.");
	json_set_text(body, "name", emu_link_name(resource->own_path));
	if (!check_immutable(call, body, before) || !settle_body(call, body, before))
		return false;
	change.body = body;
	change.links = emu_references_paths(call->emulator, resource, body);
	return emu_operation_begin(call, &change);
}

bool emu_set_member(struct emu_call *call, struct emu_resource *resource, const char *message, const char *member,
	const struct emu_verb_rule *rule)
{
	cJSON *request = emu_call_body(call, message);
	cJSON *body = emu_resource_body(resource);

	if (!request)
		return false;
	json_remove(body, member);
	if (json_has(request, member))
		json_set(body, member, json_copy(json_member(request, member)));
	return emu_change_body(call, resource, body, rule);
}

bool emu_set_url_map(struct emu_call *call, struct emu_resource *resource)
{
	static const struct emu_verb_rule rule = {"SetUrlMap", 3000, 20000};

	return emu_set_member(call, resource, "UrlMapReference", "urlMap", &rule);
}

/* needed: whether this verb insists on one. */
static bool check_fingerprint(
	struct emu_call *call, const struct emu_resource *resource, const cJSON *body, bool needed)
{
	const char *sent = json_text(body, "fingerprint");

	if (call->kind->fingerprint == FINGERPRINT_NONE)
		return true;
	if (!sent || !*sent)
		return !needed || emu_refuse_required(&call->refusal, "fingerprint");
	return !strcmp(sent, emu_resource_fingerprint(resource)) || emu_refuse_fingerprint(&call->refusal);
}

/* Labels change by their own verb only; what a PATCH or PUT says of them does not count. */
static void keep_labels(const struct emu_call *call, cJSON *body, const cJSON *before)
{
	if (!call->kind->labels)
		return;
	json_remove(body, "labels");
	json_set(body, "labels", json_copy(json_member(before, "labels")));
}

bool emu_patch(struct emu_call *call)
{
	cJSON *patch = emu_call_body(call, call->kind->message);
	struct emu_resource *resource = patch ? emu_call_idle_resource(call) : NULL;
	cJSON *body;

	if (!resource || !check_fingerprint(call, resource, patch, call->kind->fingerprint == FINGERPRINT_NEEDED))
		return false;
	body = emu_resource_body(resource);
	if (call->kind->before_patch)
		call->kind->before_patch(body, patch);
	json_merge(body, patch);
	keep_labels(call, body, emu_resource_body(resource));
	return emu_change_body(call, resource, body, &call->kind->patch);
}

bool emu_put(struct emu_call *call)
{
	cJSON *body = emu_call_body(call, call->kind->message);
	struct emu_resource *resource = body ? emu_call_idle_resource(call) : NULL;

	if (!resource || !check_fingerprint(call, resource, body, call->kind->fingerprint >= FINGERPRINT_NEEDED_BY_PUT))
		return false;
	keep_labels(call, body, emu_resource_body(resource));
	if (call->kind->before_put)
		call->kind->before_put(body, emu_resource_body(resource));
	return emu_change_body(call, resource, body, &call->kind->put);
}

static const char *first_user(struct emulator *emulator, const struct emu_resource *resource)
{
	const char *path = resource->kind->used_as ? resource->kind->used_as(resource) : resource->own_path;
	cJSON *users = emu_store_users(&emulator->store, path, emulator->now);

	if (users->child)
		return users->child->valuestring;
	return resource->kind->also_used_by ? resource->kind->also_used_by(emulator, resource) : NULL;
}

static bool refuses_at_once(struct emulator *emulator, const struct emu_kind *kind)
{
	return kind->in_use == IN_USE_AT_ONCE ||
	       (kind->in_use == IN_USE_EITHER && emu_dice_chance(&emulator->dice, 0.5));
}

/* A delete in use: refused at once, or accepted and failed later. */
static bool judge_use(struct emu_call *call, const struct emu_resource *resource, struct emu_change *change)
{
	const struct emu_kind *kind = resource->kind;
	const char *by = first_user(call->emulator, resource), *what = resource->own_path;

	if (!by)
		return true;
	if (kind->in_use_names)
		kind->in_use_names(&what, &by);
	if (refuses_at_once(call->emulator, kind))
		return emu_refuse_in_use(&call->refusal, kind->noun, what, by);
	change->failure = (struct emu_failure){.status = 400,
		.code = "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE",
		.message = emu_in_use_message(kind->noun, what, by)};
	return true;
}

bool emu_delete(struct emu_call *call)
{
	struct emu_resource *resource = emu_call_idle_resource(call);
	const struct emu_verb_rule *rule = &call->kind->remove;
	struct emu_change change = {.resource = resource,
		.effect = EFFECT_DELETE,
		.type = rule->type,
		.least_ms = rule->least_ms,
		.most_ms = rule->most_ms};

	if (!resource || !judge_use(call, resource, &change))
		return false;
	resource->leaving = true;
	/* What is going to fail does not even begin. */
	if (call->kind->leaving && !change.failure.status && !(call->fault && call->fault->action == FAULT_OPERATION) &&
		call->kind->leaving(call->emulator, resource))
		change.most_ms = INT64_MAX;
	return emu_operation_begin(call, &change);
}

bool emu_set_labels(struct emu_call *call, struct emu_resource *resource)
{
	cJSON *request = emu_call_body(call, "GlobalSetLabelsRequest");
	cJSON *body = emu_resource_body(resource), *labels;
	struct emu_change change = {.resource = resource, .effect = EFFECT_REPLACE, .type = "setLabels", .body = body};

	if (!request)
		return false;
	emu_normalise(request);
	if (!text_equal(json_text(request, "labelFingerprint"), label_fingerprint(resource)))
		return emu_refuse_label_fingerprint(&call->refusal);
	json_remove(body, "labels");
	labels = json_member(request, "labels");
	if (labels && labels->child)
		json_set(body, "labels", json_copy(labels));
	if (!json_equal(body, emu_resource_body(resource)))
		resource->label_revision++;
	change.links = emu_resource_links(resource);
	return emu_operation_begin(call, &change);
}

bool emu_custom_verb(struct emu_call *call)
{
	struct emu_resource *resource;

	for (const struct emu_verb *verb = call->kind->verbs; verb && verb->name; verb++) {
		if (strcmp(verb->name, call->route.verb) != 0 || strcmp(verb->method, call->method) != 0)
			continue;
		if (verb->free_standing)
			return verb->fn(call, NULL);
		resource = verb->reads ? emu_call_resource(call) : emu_call_idle_resource(call);
		return resource && verb->fn(call, resource);
	}
	return emu_refuse(&call->refusal, 501, "notImplemented", "The emulator does not serve %s %s.", call->method,
		call->route.below);
}
