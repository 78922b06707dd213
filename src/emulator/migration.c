/* Each service walks through its states by itself; a rule is the last to go and the first to come back. Buckets have no state of their
 * own: that of the rule is theirs. What a scheme was is remembered, for the way back is open for some time only. */
#include "emulator/migration.h"

#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "emulator/core.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/reference.h"
#include "emulator/resource.h"

static const char MANAGED[] = "EXTERNAL_MANAGED", CLASSIC[] = "EXTERNAL", ALL[] = "TEST_ALL_TRAFFIC",
		  SHARE[] = "TEST_BY_PERCENTAGE", PREPARE[] = "PREPARE";

enum { ROLL_BACK_DAYS = 90, DAY_MS = 86400000 };

/* The members of one kind. */
struct members {
	const char *state, *percentage;
};
static const struct members of_service = {"externalManagedMigrationState", "externalManagedMigrationTestingPercentage"};
static const struct members of_rule = {
	"externalManagedBackendBucketMigrationState", "externalManagedBackendBucketMigrationTestingPercentage"};

struct scheme {
	bool managed;
	int64_t migrated_at; /* ms; -1: it was born so */
};

static bool is_managed(const cJSON *body)
{
	return text_equal(json_text(body, "loadBalancingScheme"), MANAGED);
}

static bool is_classic(const cJSON *body)
{
	return text_equal(json_text_or(body, "loadBalancingScheme", CLASSIC), CLASSIC);
}

static bool refuse_scheme(struct emu_call *call, const cJSON *body, const char *why)
{
	return emu_refuse_field(
		&call->refusal, "loadBalancingScheme", json_text_or(body, "loadBalancingScheme", ""), "%s", why);
}

/* --- states --- */

static int place_of(const char *state)
{
	return !state ? 0 : text_equal(state, PREPARE) ? 1 : text_equal(state, SHARE) ? 2 : 3;
}

/* One after the other in both directions; only the one by percentage may be left out. */
static bool may_follow(int from, int to)
{
	return to - from <= 1 ? from - to <= 1 || (from == 3 && to == 1) : from == 1 && to == 3;
}

static bool check_percentage(struct emu_call *call, const cJSON *body, const struct members *members)
{
	const cJSON *share = json_member(body, members->percentage);

	if (!share || cJSON_IsNull(share))
		return true;
	if (share->valuedouble < 0 || share->valuedouble > 100)
		return emu_refuse_field(
			&call->refusal, members->percentage, json_print(share), "Must be between 0 and 100.");
	return (is_classic(body) && text_equal(json_text(body, members->state), SHARE)) ||
	       emu_refuse_field(&call->refusal, members->percentage, json_print(share),
		       "Can only be set with load balancing scheme EXTERNAL and migration state TEST_BY_PERCENTAGE.");
}

/* The scheme stays. Of what has arrived the last state may stand, and be cleared. */
static bool check_state(struct emu_call *call, const cJSON *body, const cJSON *before, const struct members *members)
{
	const char *state = json_text(body, members->state), *then = json_text(before, members->state);

	if (is_managed(body) ? !state || text_equal(state, then) : may_follow(place_of(then), place_of(state)))
		return true;
	return emu_refuse_field(&call->refusal, members->state, state ? state : "",
		"The migration state cannot be changed from %s.", then ? then : "none");
}

/* --- schemes --- */

static const struct scheme *scheme_at(const struct emu_call *call, const char *collection, const cJSON *body)
{
	return map_find(&call->emulator->schemes, emu_call_path(call, collection, json_text_or(body, "name", "")));
}

static bool may_go_back(const struct emu_call *call, const char *collection, const cJSON *body)
{
	const struct scheme *scheme = scheme_at(call, collection, body);

	return scheme && scheme->migrated_at >= 0 &&
	       call->emulator->now - scheme->migrated_at <= (int64_t)ROLL_BACK_DAYS * DAY_MS;
}

static bool check_forward(struct emu_call *call, const cJSON *body, const char *state)
{
	return text_equal(state, ALL) ||
	       refuse_scheme(call, body,
		       "Cannot change the load balancing scheme until the migration state is set to TEST_ALL_TRAFFIC.");
}

/* Back on the old scheme all requests still go where they went. */
static bool check_goes_on(struct emu_call *call, const cJSON *body, const struct members *members)
{
	const char *state = json_text(body, members->state);

	return text_equal(state, ALL) ||
	       emu_refuse_field(&call->refusal, members->state, state ? state : "",
		       "Must be set to TEST_ALL_TRAFFIC with the change of the load balancing scheme to EXTERNAL.");
}

static bool check_back(struct emu_call *call, const char *collection, const cJSON *body)
{
	return may_go_back(call, collection, body) ||
	       refuse_scheme(call, body,
		       "Only resources that were migrated from EXTERNAL within the last 90 days can be rolled back.");
}

enum way { STAYS, FORWARD, BACK, ELSEWHERE };

static enum way way_of(const cJSON *body, const cJSON *before)
{
	if (!before || text_equal(json_text(body, "loadBalancingScheme"), json_text(before, "loadBalancingScheme")))
		return STAYS;
	if (is_classic(before) && is_managed(body))
		return FORWARD;
	return is_managed(before) && is_classic(body) ? BACK : ELSEWHERE;
}

/* --- what is behind a rule, and before a service --- */

static bool each_user(struct emulator *emulator, const char *path, const char *collection,
	bool (*fn)(struct emulator *emulator, const struct emu_resource *user, void *arg), void *arg)
{
	const cJSON *user;

	cJSON_ArrayForEach(user, emu_store_users(&emulator->store, path, emulator->now))
	{
		const struct emu_resource *found = emu_store_find(&emulator->store, user->valuestring);

		if (found && !found->leaving && (!collection || text_equal(found->kind->collection, collection)) &&
			!fn(emulator, found, arg))
			return false;
	}
	return true;
}

struct rules {
	bool classic, managed;
};

static bool see_rule(struct emulator *emulator, const struct emu_resource *rule, void *arg)
{
	struct rules *rules = arg;

	rules->classic |= is_classic(emu_resource_body(rule));
	rules->managed |= is_managed(emu_resource_body(rule));
	return true;
}

static bool see_proxy(struct emulator *emulator, const struct emu_resource *proxy, void *arg)
{
	return each_user(emulator, proxy->own_path, "forwardingRules", see_rule, arg);
}

static bool see_map(struct emulator *emulator, const struct emu_resource *map, void *arg)
{
	return each_user(emulator, map->own_path, NULL, see_proxy, arg);
}

/* The resource that a link in body leads to; NULL: none. */
static const struct emu_resource *follow(const struct emu_call *call, const cJSON *body, const char *member)
{
	const char *link = json_text(body, member), *path = link ? emu_link_path(link, call->route.project) : NULL;

	return path ? emu_store_find(&call->emulator->store, path) : NULL;
}

static const struct emu_resource *map_of_rule(const struct emu_call *call, const cJSON *rule)
{
	const struct emu_resource *proxy = follow(call, rule, "target");

	return proxy ? follow(call, emu_resource_body(proxy), "urlMap") : NULL;
}

struct behind {
	const char *classic; /* name of a service of scheme EXTERNAL; NULL: none */
	const char *advanced;
	bool buckets;
};

static void see_behind(struct emulator *emulator, const char *path, struct behind *behind)
{
	const struct emu_resource *found = emu_store_find(&emulator->store, path);
	const cJSON *body;

	if (!found)
		return;
	body = emu_resource_body(found);
	behind->buckets |= text_equal(found->kind->collection, "backendBuckets");
	if (!text_equal(found->kind->collection, "backendServices"))
		return;
	if (is_classic(body))
		behind->classic = emu_link_name(found->own_path);
	if (emu_service_is_advanced(body))
		behind->advanced = emu_link_name(found->own_path);
}

static struct behind behind_links(struct emulator *emulator, const struct emu_resource *map)
{
	struct behind behind = {0};

	for (size_t i = 0; map && i < map->links.count; i++)
		see_behind(emulator, map->links.own_items[i], &behind);
	if (map && emu_url_map_is_advanced(emu_resource_body(map)))
		behind.advanced = emu_link_name(map->own_path);
	return behind;
}

/* --- the three kinds --- */

static void keep_scheme(cJSON *body, const cJSON *before)
{
	if (before && !json_has(body, "loadBalancingScheme"))
		json_set_text(body, "loadBalancingScheme", json_text(before, "loadBalancingScheme"));
}

/* Those who lead to it come back first. */
static bool check_no_managed_rule(struct emu_call *call, const cJSON *body)
{
	const char *path = emu_call_path(call, "backendServices", json_text_or(body, "name", ""));
	struct rules rules = {0};

	each_user(call->emulator, path, "urlMaps", see_map, &rules);
	return !rules.managed ||
	       refuse_scheme(call, body, "The forwarding rules that lead here must be rolled back first.");
}

bool emu_migration_check_service(struct emu_call *call, cJSON *body, const cJSON *before)
{
	keep_scheme(body, before);
	if (!check_percentage(call, body, &of_service))
		return false;
	switch (way_of(body, before)) {
	case STAYS:
		return check_state(call, body, before, &of_service);
	case FORWARD:
		return check_forward(call, body, json_text(before, of_service.state));
	case BACK:
		return check_back(call, "backendServices", body) && check_no_managed_rule(call, body) &&
		       check_goes_on(call, body, &of_service);
	default:
		return refuse_scheme(call, body, "The field cannot be changed.");
	}
}

/* EXTERNAL rules may lead to EXTERNAL_MANAGED services, and not the other way round. */
static bool check_behind(struct emu_call *call, const cJSON *body, const struct behind *behind)
{
	if (is_managed(body) && behind->classic)
		return emu_refuse_field(&call->refusal, "loadBalancingScheme", MANAGED,
			"The backend service '%s' has the load balancing scheme EXTERNAL.", behind->classic);
	if (is_classic(body) && behind->advanced)
		return emu_refuse_field(&call->refusal, "loadBalancingScheme", CLASSIC,
			"'%s' uses features that are not supported for scheme EXTERNAL.", behind->advanced);
	return true;
}

bool emu_migration_check_rule(struct emu_call *call, cJSON *body, const cJSON *before)
{
	struct behind behind = behind_links(call->emulator, map_of_rule(call, body));

	keep_scheme(body, before);
	if (!check_percentage(call, body, &of_rule) || !check_behind(call, body, &behind))
		return false;
	switch (way_of(body, before)) {
	case STAYS:
		return check_state(call, body, before, &of_rule);
	case FORWARD:
		return !behind.buckets || check_forward(call, body, json_text(before, of_rule.state));
	case BACK:
		return check_back(call, "forwardingRules", body) &&
		       (!behind.buckets || check_goes_on(call, body, &of_rule));
	default:
		return refuse_scheme(call, body, "The field cannot be changed.");
	}
}

bool emu_migration_check_map(struct emu_call *call, const cJSON *body, const cJSON *before)
{
	const char *path = emu_call_path(call, "urlMaps", json_text_or(body, "name", ""));
	const struct emu_resource *map = before ? emu_store_find(&call->emulator->store, path) : NULL;
	struct behind behind = {0};
	struct rules rules = {0};
	const cJSON *link;

	if (!map)
		return true;
	see_map(call->emulator, map, &rules);
	cJSON_ArrayForEach(link, emu_references_paths(call->emulator, map, body))
		see_behind(call->emulator, link->valuestring, &behind);
	if (rules.managed && behind.classic)
		return emu_refuse_field(&call->refusal, "defaultService", behind.classic,
			"A forwarding rule of scheme EXTERNAL_MANAGED leads here; the backend service has the load "
			"balancing scheme EXTERNAL.");
	if (rules.classic && emu_url_map_is_advanced(body))
		return emu_refuse_field(&call->refusal, "pathMatchers", json_text_or(body, "name", ""),
			"Advanced routing rules are not supported for scheme EXTERNAL");
	return true;
}

void emu_migration_applied(struct emulator *emulator, struct emu_resource *resource, enum emu_effect effect)
{
	bool managed = is_managed(emu_resource_body(resource));
	struct scheme *scheme = map_find(&emulator->schemes, resource->own_path);

	if (effect != EFFECT_REPLACE) {
		mem_free(map_remove(&emulator->schemes, resource->own_path));
		scheme = NULL;
	}
	if (effect == EFFECT_DELETE)
		return;
	if (!scheme) {
		scheme = mem_alloc(sizeof(*scheme));
		*scheme = (struct scheme){.managed = managed, .migrated_at = -1};
		map_put(&emulator->schemes, resource->own_path, scheme);
	}
	if (scheme->managed != managed)
		*scheme = (struct scheme){.managed = managed, .migrated_at = emulator->now};
}
