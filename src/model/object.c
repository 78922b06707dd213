/* The custom resource as a whole: its metadata, which the table of types does not describe, and its spec, which it does. */
#include "model/model.h"

#include <string.h>

#include "base/str.h"
#include "model/parse.h"
#include "model/types_internal.h"
#include "model/walk.h"

static const struct place spec_place = {NULL, "spec", 0};

static char *metadata_text(const cJSON *object, const char *name)
{
	const char *text = json_text(json_member(object, "metadata"), name);
	return text ? arena_strdup(json_arena(), text) : NULL;
}

static bool has_finalizer(const cJSON *object)
{
	const cJSON *finalizer;
	cJSON_ArrayForEach(finalizer, json_member(json_member(object, "metadata"), "finalizers"))
	{
		if (cJSON_IsString(finalizer) && text_equal(finalizer->valuestring, MODEL_FINALIZER))
			return true;
	}
	return false;
}

void model_ask(const cJSON *annotations, char value[MODEL_ASK_SIZE])
{
	const cJSON *member = json_member(annotations, MODEL_ASK);
	const char *text = cJSON_IsString(member) ? member->valuestring : "";
	size_t length = strlen(text);

	length = text_utf8(text, length < MODEL_ASK_SIZE ? length : MODEL_ASK_SIZE - 1);
	memcpy(value, text, length);
	value[length] = '\0';
}

static void parse_metadata(const cJSON *object, struct lb *lb)
{
	lb->namespace = metadata_text(object, "namespace");
	lb->name = lb->stem = metadata_text(object, "name");
	lb->uid = metadata_text(object, "uid");
	lb->resource_version = metadata_text(object, "resourceVersion");
	lb->creation_timestamp = metadata_text(object, "creationTimestamp");
	lb->deletion_timestamp = metadata_text(object, "deletionTimestamp");
	lb->generation = json_int(json_member(object, "metadata"), "generation", 0);
	lb->has_finalizer = has_finalizer(object);
	lb->asked = arena_alloc(json_arena(), MODEL_ASK_SIZE);
	model_ask(json_member(json_member(object, "metadata"), "annotations"), lb->asked);
}

static bool is_set(const cJSON *node)
{
	return node && !cJSON_IsNull(node);
}

/* A merge patch that removes nothing: its nulls count as absent, as they do for the API server. base is taken. */
static cJSON *laid_over(const struct type *type, cJSON *base, const cJSON *over)
{
	cJSON *patch = is_set(over) ? json_copy(over) : cJSON_CreateObject();
	parse_default(type, true, patch);
	return json_merge(base, patch);
}

/* What comes of it is read as if it had been written so. base is taken. */
static bool combine(const struct type *type, cJSON *base, const cJSON *over, const struct place *place, void *target,
	struct error *err)
{
	return parse_value(type, false, place, laid_over(type, base, over), target, err);
}

static cJSON *copy_or_empty(const cJSON *node)
{
	return is_set(node) ? json_copy(node) : cJSON_CreateObject();
}

static bool combine_template(
	cJSON *base, const cJSON *over, const struct place *place, struct lb_pool *pool, struct error *err)
{
	pool->combined = arena_alloc(json_arena(), sizeof *pool->combined);
	return combine(&template_type, base, over, place, pool->combined, err);
}

/* base: what the pool's own machines are made of; taken. */
static bool combine_canary(
	cJSON *base, const cJSON *canary, const struct place *place, struct lb_pool *pool, struct error *err)
{
	struct place at = {place, "canary", 0}, template = {&at, "template", 0};
	struct lb_pool *trial = arena_alloc(json_arena(), sizeof *trial);
	cJSON *stored = json_copy(canary);
	parse_default(&canary_type, false, stored); /* without what a canary does not offer */
	*trial = *pool;
	pool->trial = trial;
	return combine_template(base, json_member(stored, "template"), &template, trial, err);
}

/* node: the pool's entry of spec.pools. */
static bool combine_pool(
	const cJSON *spec, const cJSON *node, const struct place *place, struct lb_pool *pool, struct error *err)
{
	const cJSON *base = json_member(spec, "template"), *over = json_member(node, "template");
	const cJSON *canary = json_member(node, "canary");
	struct place at = {place, "template", 0};
	if (is_set(over) && !combine_template(copy_or_empty(base), over, &at, pool, err))
		return false;
	return !is_set(canary) ||
	       combine_canary(laid_over(&template_type, copy_or_empty(base), over), canary, place, pool, err);
}

static bool combine_pools(const cJSON *spec, struct lb_spec *read, struct error *err)
{
	const struct place pools = {&spec_place, "pools", 0};
	const cJSON *node;
	size_t index = 0;
	cJSON_ArrayForEach(node, json_member(spec, "pools"))
	{
		struct place place = {&pools, NULL, index};
		if (!combine_pool(spec, node, &place, &read->pools.items[index++], err))
			return false;
	}
	return true;
}

/* Requests would be spread over both ports, if one name stood for two: a port of its own has a name of its own. */
static void name_port(cJSON *base, const cJSON *over, const char *name)
{
	if (is_set(json_member(over, "port")) && !is_set(json_member(over, "portName")) && !text_equal(name, "default"))
		json_set_text(base, "portName", name);
}

/* What only the probe of another type has is not inherited. */
static void change_type(cJSON *base, const cJSON *over)
{
	static const char *const of_type[] = {
		"requestPath", "host", "request", "response", "grpcServiceName", "proxyHeader"};
	const char *type = json_text(over, "type");
	if (!type || text_equal(type, json_text_or(base, "type", "HTTP")))
		return;
	for (size_t i = 0; i < sizeof of_type / sizeof of_type[0]; i++)
		json_remove(base, of_type[i]);
}

/* Of port and portName the one that is laid over the other counts. */
static void change_port(cJSON *base, const cJSON *over)
{
	if (is_set(json_member(over, "port")))
		json_remove(base, "portName");
	if (is_set(json_member(over, "portName")))
		json_remove(base, "port");
}

/* What goes with an affinity, a policy or a cache that the backend has not is not inherited. */
static void change_spread(cJSON *base, const cJSON *over)
{
	const char *affinity = json_text(over, "sessionAffinity"), *policy = json_text(over, "localityLbPolicy");
	if (affinity && !text_equal(affinity, json_text(base, "sessionAffinity"))) {
		json_remove(base, "affinityCookieTtlSec");
		json_remove(base, "strongSessionAffinityCookie");
	}
	if (policy && !text_equal(policy, "RING_HASH") && !text_equal(policy, "MAGLEV"))
		json_remove(base, "consistentHash");
	if (!json_bool(over, "enableCDN", true))
		json_remove(base, "cdnPolicy");
}

/* node: the entry of spec.backends; NULL: default has none. */
static bool combine_backend(
	const cJSON *spec, const cJSON *node, const struct place *place, struct lb_service *service, struct error *err)
{
	const cJSON *serving = json_member(node, "serving"), *check = json_member(node, "healthCheck");
	struct place at_serving = {place, "serving", 0}, at_check = {place, "healthCheck", 0};
	cJSON *base = copy_or_empty(json_member(spec, "serving"));
	cJSON *base_check = copy_or_empty(json_member(spec, "healthCheck"));
	change_type(base_check, check);
	change_port(base_check, check);
	service->name = arena_strdup(json_arena(), json_text_or(node, "name", "default"));
	name_port(base, serving, service->name);
	change_spread(base, serving);
	return combine(&type_serving, base, serving, &at_serving, &service->serving, err) &&
	       rules_check(&type_serving, false, &at_serving, &service->serving, NULL, err) &&
	       combine(&type_health_check, base_check, check, &at_check, &service->health_check, err) &&
	       rules_check(&type_health_check, false, &at_check, &service->health_check, NULL, err);
}

/* base is taken. */
static bool combine_probe(
	cJSON *base, const cJSON *over, const struct place *place, struct lb_health_check *check, struct error *err)
{
	change_type(base, over);
	change_port(base, over);
	return combine(&type_health_check, base, over, place, check, err) &&
	       rules_check(&type_health_check, false, place, check, NULL, err);
}

/* The probe of machines that serve this backend first: what asks for traffic, asked patiently. */
static bool combine_healing(
	const cJSON *of_all, const struct place *place, struct lb_service *service, struct error *err)
{
	return service->healing.type || combine_probe(walk_tree(&type_health_check, &service->health_check), of_all,
						place, &service->healing, err);
}

static bool has_port(const cJSON *check)
{
	return is_set(json_member(check, "port")) || is_set(json_member(check, "portName"));
}

/* A pool that serves nobody has no probe but its own, and that needs a port. */
static bool combine_own_probe(const cJSON *of_all, const cJSON *own, const struct place *place, struct lb_pool *pool,
	const struct lb_service *service, struct error *err)
{
	if (service ? !is_set(own) : !has_port(of_all) && !has_port(own))
		return true;
	pool->own_probe = arena_alloc(json_arena(), sizeof *pool->own_probe);
	return combine_probe(service ? walk_tree(&type_health_check, &service->healing) : json_copy(of_all), own, place,
		pool->own_probe, err);
}

static bool port_is_there(
	const struct lb_spec *spec, const struct lb_pool *pool, const struct place *place, struct error *err)
{
	const char *name = lb_pool_heals(spec, pool) ? lb_pool_probe(spec, pool)->port_name : NULL;
	return !name || lb_service_of_port(spec, name) ||
	       rules_refuse(err, place, ".portName", "%s is portName of no backend", name);
}

static bool combine_probes(const cJSON *spec, struct lb_spec *read, struct error *err)
{
	const struct place healing = {&spec_place, "autoHealing", 0}, pools = {&spec_place, "pools", 0};
	const struct place of_spec = {&healing, "healthCheck", 0};
	cJSON *of_all = copy_or_empty(json_at(spec, "autoHealing.healthCheck"));
	parse_default(&type_healing_check, false, of_all);
	for (size_t i = 0; i < read->pools.count; i++) {
		struct lb_pool *pool = &read->pools.items[i];
		struct place at = {&pools, NULL, i}, above = {&at, "autoHealing", 0},
			     own_at = {&above, "healthCheck", 0};
		const cJSON *node = cJSON_GetArrayItem(json_member(spec, "pools"), (int)i);
		const cJSON *own = json_at(node, "autoHealing.healthCheck");
		struct lb_service *service = (struct lb_service *)lb_pool_service(read, pool);
		if (service && !combine_healing(of_all, &of_spec, service, err))
			return false;
		if (!combine_own_probe(of_all, own, &own_at, pool, service, err) ||
			!port_is_there(read, pool, is_set(own) ? &own_at : &of_spec, err))
			return false;
	}
	return true;
}

static bool ports_differ_by_name(const struct lb_services *services, const struct place *place, struct error *err)
{
	for (size_t i = 0; i < services->count; i++) {
		const struct lb_serving *a = &services->items[i].serving;
		for (size_t j = 0; j < i; j++) {
			const struct lb_serving *b = &services->items[j].serving;
			if (text_equal(a->port_name, b->port_name) && a->port != b->port)
				return rules_refuse(err, place, "", "%s", RULE_ONE_PORT);
		}
	}
	return true;
}

/* Where the probe of that backend gets its portName from: an entry of spec.backends, or all of them. */
static bool refuse_port(const struct lb_spec *spec, const struct lb_service *service, struct error *err)
{
	const struct place backends = {&spec_place, "backends", 0};
	const char *name = service->health_check.port_name;
	struct place at = spec_place;
	for (size_t i = 0; i < spec->backends.count; i++) {
		if (text_equal(spec->backends.items[i].name, service->name) &&
			spec->backends.items[i].health_check.port_name)
			at = (struct place){&backends, NULL, i};
	}
	return rules_refuse(err, &at, ".healthCheck.portName",
		"the probe of backend %s names port %s, which is portName of no backend", service->name, name);
}

static bool probes_find_ports(const struct lb_spec *spec, struct error *err)
{
	for (size_t i = 0; i < spec->services.count; i++) {
		const struct lb_service *service = &spec->services.items[i];
		const char *name = service->health_check.port_name;
		if (name && !lb_service_of_port(spec, name))
			return refuse_port(spec, service, err);
	}
	return true;
}

static bool combine_backends(const cJSON *spec, struct lb_spec *read, struct error *err)
{
	const struct place backends = {&spec_place, "backends", 0};
	struct lb_services *services = &read->services;
	const cJSON *list = json_member(spec, "backends"), *node;
	size_t index = 0;
	services->items = arena_alloc(json_arena(), (read->backends.count + 1) * sizeof *services->items);
	services->count = 1;
	if (!combine_backend(spec, NULL, &spec_place, &services->items[0], err))
		return false;
	cJSON_ArrayForEach(node, list)
	{
		bool is_default = text_equal(json_text(node, "name"), "default");
		struct place at = {&backends, NULL, index};
		if (read->backends.items[index++].bucket.bucket_name)
			continue;
		struct lb_service *service = &services->items[is_default ? 0 : services->count++];
		*service = (struct lb_service){0};
		if (!combine_backend(spec, node, &at, service, err))
			return false;
	}
	return ports_differ_by_name(services, &backends, err) && probes_find_ports(read, err);
}

/* The API server can't afford to ask: there may be 16 codes in 8 rules at 1,600 places. */
static bool pages_differ_by_code(const struct lb_spec *spec, struct error *err)
{
	return rules_codes_stand_once(spec) ||
	       rules_refuse(err, &spec_place, ".routes", "a customErrorResponsePolicy names a status code twice");
}

/* Everything but the rules, and what follows from pools and template together. */
static bool parse_all(const cJSON *object, struct lb *lb, struct error *err)
{
	*lb = (struct lb){0};
	parse_metadata(object, lb);
	const cJSON *spec = json_member(object, "spec");
	if (!spec || cJSON_IsNull(spec))
		return rules_refuse(err, &spec_place, "", "is required");
	if (!parse_value(&spec_type, false, &spec_place, spec, &lb->spec, err))
		return false;
	if (lb->spec.move_from.name)
		lb->stem = lb->spec.move_from.name;
	return true;
}

static bool check_pool(
	const struct lb_spec *spec, const struct lb_pool *pool, const struct place *place, struct error *err)
{
	struct place template = {place, "template", 0}, policy_at = {place, "updatePolicy", 0};
	struct place kept_at = {place, "statefulPolicy", 0};
	struct place canary = {place, "canary", 0}, trial = {&canary, "template", 0};
	struct lb_update_policy policy = lb_pool_update_policy(spec, pool);
	if (pool->combined && !rules_check(&template_type, false, &template, pool->combined, NULL, err))
		return false;
	if (pool->trial && !rules_check(&template_type, false, &trial, pool->trial->combined, NULL, err))
		return false;
	return rules_hold(update_policy_rules, false, &policy_at, &policy, NULL, err) &&
	       rules_kept_is_there(spec, pool, &kept_at, err);
}

/* What holds of two members together is asked where both are known. */
static bool check_combined(const struct lb_spec *spec, struct error *err)
{
	const struct place pools = {&spec_place, "pools", 0};
	for (size_t i = 0; i < spec->pools.count; i++) {
		struct place pool = {&pools, NULL, i};
		if (!check_pool(spec, &spec->pools.items[i], &pool, err))
			return false;
	}
	return true;
}

/* A canary that was promoted, and is still written, is like the others. */
static void drop_canaries_alike(struct lb *lb)
{
	for (size_t i = 0; i < lb->spec.pools.count; i++) {
		struct lb_pool *pool = &lb->spec.pools.items[i];
		if (pool->trial && text_equal(model_template_inputs(lb, pool), model_template_inputs(lb, pool->trial)))
			pool->trial = NULL;
	}
}

static bool check_all(const struct lb *lb, const struct lb *before, struct error *err)
{
	return rules_hold(object_rules, false, NULL, lb, before, err) &&
	       rules_check(&spec_type, false, &spec_place, &lb->spec, before ? &before->spec : NULL, err);
}

static bool combine_all(const cJSON *object, struct lb *lb, struct error *err)
{
	const cJSON *spec = json_member(object, "spec");
	if (!combine_pools(spec, &lb->spec, err) || !check_combined(&lb->spec, err) ||
		!combine_backends(spec, &lb->spec, err) || !combine_probes(spec, &lb->spec, err) ||
		!pages_differ_by_code(&lb->spec, err))
		return false;
	drop_canaries_alike(lb);
	return true;
}

bool model_parse(const cJSON *object, struct lb *lb, struct error *err)
{
	return parse_all(object, lb, err) && check_all(lb, NULL, err) && combine_all(object, lb, err);
}

bool model_check_update(const cJSON *before, const cJSON *after, struct error *err)
{
	struct lb old, new;
	return parse_all(before, &old, err) && parse_all(after, &new, err) && check_all(&new, &old, err) &&
	       combine_all(after, &new, err);
}

cJSON *model_default(const cJSON *object)
{
	cJSON *stored = json_copy(object);
	cJSON *spec = json_member(stored, "spec");
	if (spec)
		parse_default(&spec_type, false, spec);
	return stored;
}
