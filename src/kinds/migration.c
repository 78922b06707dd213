#include "kinds/migration.h"

#include <string.h>

#include "base/time.h"
#include "kinds/internal.h"

enum { CLOCK_SLACK_S = 300 };

static const char SCHEME[] = "loadBalancingScheme", MANAGED[] = "EXTERNAL_MANAGED", CLASSIC[] = "EXTERNAL";

/* How far one has come. */
enum place { AT_CLASSIC, AT_PREPARE, AT_SHARE, AT_ALL, AT_MANAGED, PLACES };
static const char *const states[PLACES] = {NULL, "PREPARE", "TEST_BY_PERCENTAGE", "TEST_ALL_TRAFFIC", NULL};

struct members {
	const char *state, *percentage;
};
static const struct members of_service = {"externalManagedMigrationState", "externalManagedMigrationTestingPercentage"};
static const struct members of_rule = {"externalManagedBackendBucketMigrationState",
	"externalManagedBackendBucketMigrationTestingPercentage"}; /* of the buckets behind it */

static bool is_managed(const cJSON *body)
{
	return text_equal(json_text(body, SCHEME), MANAGED);
}

static enum place place_of(const cJSON *body, const struct members *members)
{
	const char *state = json_text(body, members->state);

	if (is_managed(body))
		return AT_MANAGED;
	for (int place = AT_PREPARE; place <= AT_ALL; place++) {
		if (text_equal(state, states[place]))
			return (enum place)place;
	}
	return AT_CLASSIC;
}

static void set_place(cJSON *aim, enum place place, const struct members *members, const struct migration_terms *terms)
{
	json_set_text(aim, SCHEME, place == AT_MANAGED ? MANAGED : CLASSIC);
	if (place == AT_MANAGED) { /* what the cloud still shows there means nothing */
		json_remove(aim, members->state);
		json_remove(aim, members->percentage);
		return;
	}
	set_text(aim, members->state, states[place]);
	set_int(aim, members->percentage, place == AT_SHARE ? terms->testing_percentage : LB_ABSENT);
}

/* --- where the whole stands --- */

struct way {
	const struct migration_terms *terms; /* NULL: there is no front */
	enum place least, most; /* of the wanted services that are there, and of the buckets behind the rules */
	enum place services_least, services_most;
	int64_t since; /* since 1970: when the last service came to where the step begins; 0: not noted of all */
	bool services; /* some are there */
	bool unsure;   /* of something it is not known where it is */
	bool advanced; /* something that only EXTERNAL_MANAGED has is there */
	bool buckets;  /* rules have states, too */
	bool rules_managed, rules_classic; /* some */
};

static bool is_there(const struct node *node)
{
	return node->presence == NODE_PRESENT && node->seen &&
	       (node->kind->id == KIND_URL_MAP || json_has(node->seen, SCHEME));
}

static bool is_moving(const struct node *node)
{
	return node->presence == NODE_UNKNOWN ||
	       ((node->busy || node->running) && node->change != CHANGE_NONE && node->presence == NODE_PRESENT);
}

static bool mentions_buckets(const cJSON *value)
{
	const cJSON *member;

	if (cJSON_IsString(value))
		return strstr(value->valuestring, "/backendBuckets/") != NULL;
	cJSON_ArrayForEach(member, value)
	{
		if (mentions_buckets(member))
			return true;
	}
	return false;
}

static void see_buckets(struct way *way, const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (node->kind->id == KIND_URL_MAP)
			way->buckets |= mentions_buckets(node->seen) || mentions_buckets(node->want);
		if (node->kind->id == KIND_FORWARDING_RULE && is_there(node) && !is_managed(node->seen))
			way->buckets |= place_of(node->seen, &of_rule) != AT_CLASSIC;
	}
}

static void widen(enum place *least, enum place *most, enum place place)
{
	*least = place < *least ? place : *least;
	*most = place > *most ? place : *most;
}

static void see_node(struct way *way, const struct node *node)
{
	bool rule = node->kind->id == KIND_FORWARDING_RULE, service = node->kind->id == KIND_BACKEND_SERVICE;

	if (!rule && !service && node->kind->id != KIND_URL_MAP)
		return;
	way->unsure |= node->wanted && is_moving(node);
	if (!is_there(node))
		return;
	way->advanced |= service ? service_is_advanced(node->seen)
	                         : node->kind->id == KIND_URL_MAP && map_is_advanced(node->seen);
	if (rule) {
		way->rules_managed |= is_managed(node->seen);
		way->rules_classic |= !is_managed(node->seen);
	}
	if (service && (node->wanted || !is_managed(node->seen))) {
		way->services = true;
		widen(&way->services_least, &way->services_most, place_of(node->seen, &of_service));
	}
}

static void see_bucket_states(struct way *way, const struct nodes *nodes)
{
	way->least = way->services_least;
	way->most = way->services_most;
	for (size_t i = 0; way->buckets && i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (node->kind->id == KIND_FORWARDING_RULE && node->wanted && is_there(node) &&
			!is_managed(node->seen) &&
			(way->terms->managed ? way->services_least <= AT_ALL : way->services_most <= AT_ALL))
			widen(&way->least, &way->most, place_of(node->seen, &of_rule));
	}
}

static int64_t noted_since(const struct node *service)
{
	const char *description = json_text(service->seen, "description");
	struct mark mark;

	return description && mark_parse(description, &mark) ? json_int(mark.note, "since", 0) : 0;
}

/* Where the next step begins. */
static enum place base_of(const struct way *way)
{
	return way->terms->managed ? way->least : way->most;
}

static bool is_wanted_service(const struct node *node)
{
	return node->kind->id == KIND_BACKEND_SERVICE && node->wanted;
}

static int64_t newest_since(const struct way *way, const struct nodes *nodes)
{
	int64_t newest = 0;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];
		int64_t since;

		if (!is_wanted_service(node) || !is_there(node) || place_of(node->seen, &of_service) != base_of(way))
			continue;
		since = noted_since(node);
		if (!since)
			return 0;
		newest = since > newest ? since : newest;
	}
	return newest;
}

static struct way way_of(const struct nodes *nodes)
{
	struct way way = {.services_least = AT_MANAGED, .services_most = AT_CLASSIC};

	for (size_t i = 0; i < nodes->count && !way.terms; i++)
		way.terms = is_wanted_service(nodes->items[i]) ? nodes->items[i]->migration : NULL;
	if (!way.terms)
		return way;
	for (size_t i = 0; i < nodes->count; i++)
		see_node(&way, nodes->items[i]);
	see_buckets(&way, nodes);
	see_bucket_states(&way, nodes);
	if (way.services)
		way.since = newest_since(&way, nodes);
	return way;
}

static bool is_over(const struct way *way)
{
	if (!way->terms)
		return true;
	if (way->terms->managed)
		return !way->rules_classic && (!way->services || way->services_least == AT_MANAGED);
	return !way->rules_managed && (!way->services || way->most == AT_CLASSIC);
}

static bool is_held(const struct way *way)
{
	return way->terms->hold_at && text_equal(way->terms->hold_at, states[base_of(way)]);
}

/* Going back the rules come first, and what only the other scheme has goes before them. */
static bool rules_are_due_back(const struct way *way)
{
	return !way->terms->managed && way->rules_managed;
}

/* Has everything been long enough where it is? The first step need not wait. */
static bool is_due(const struct way *way)
{
	if (way->unsure || is_held(way) || rules_are_due_back(way))
		return false;
	if (way->terms->managed && base_of(way) == AT_CLASSIC)
		return true;
	return way->since && way->terms->now_s - way->since >= way->terms->step_s;
}

static enum place next_place(const struct way *way)
{
	enum place base = base_of(way);

	if (!is_due(way))
		return base;
	return way->terms->managed ? base < AT_MANAGED ? base + 1 : base : base > AT_CLASSIC ? base - 1 : base;
}

bool migration_runs(const struct nodes *nodes)
{
	struct way way = way_of(nodes);

	return !is_over(&way);
}

/* --- services --- */

static void note(cJSON *aim, int64_t since_s)
{
	cJSON *noted = cJSON_CreateObject();
	struct mark mark;

	if (mark_parse(json_text(aim, "description"), &mark) && mark.note)
		noted = json_copy(mark.note);
	json_set_int(noted, "since", since_s);
	json_set_text(aim, "description", mark_with_note(json_text(aim, "description"), noted));
}

static enum place aim_of(const struct way *way, enum place at)
{
	enum place next = next_place(way);

	return at == base_of(way) ? next : at;
}

void migration_aim_service(const struct node *service, const struct nodes *nodes, cJSON *aim)
{
	struct way way = way_of(nodes);
	enum place at, to;
	int64_t since;

	if (is_over(&way))
		return;
	if (way.terms->managed || service_is_advanced(aim))
		service_withhold(aim, service->seen);
	if (!is_there(service)) {
		set_place(aim, way.terms->managed ? AT_MANAGED : AT_CLASSIC, &of_service, way.terms);
		return;
	}
	at = place_of(service->seen, &of_service);
	to = aim_of(&way, at);
	since = noted_since(service);
	set_place(aim, to, &of_service, way.terms);
	if (to == AT_CLASSIC || rules_are_due_back(&way)) /* no time is counted there */
		return;
	if (to != at || (at == base_of(&way) && !since) || since > way.terms->now_s + CLOCK_SLACK_S)
		note(aim, way.terms->now_s);
	else if (since)
		note(aim, since);
}

/* --- rules --- */

static bool rules_are_due(const struct way *way)
{
	return way->terms->managed ? way->services_least == AT_MANAGED && is_due(way) : !way->advanced && !way->unsure;
}

/* Buckets follow the services. */
static enum place bucket_place(const struct way *way, enum place at)
{
	enum place to = way->terms->managed ? way->services_least : way->services_most;

	to = to > AT_ALL ? AT_ALL : to;
	if (!way->buckets || !way->services)
		return AT_CLASSIC;
	return to > at ? at + 1 : to < at ? at - 1 : at;
}

void migration_aim_rule(const struct node *rule, const struct nodes *nodes, cJSON *aim)
{
	struct way way = way_of(nodes);
	bool managed, due;

	if (is_over(&way))
		return;
	if (!is_there(rule)) {
		bool ready = way.terms->managed && way.services_least == AT_MANAGED && !way.buckets;

		set_place(aim, ready ? AT_MANAGED : AT_CLASSIC, &of_rule, way.terms);
		return;
	}
	managed = is_managed(rule->seen);
	due = rules_are_due(&way) && (!way.buckets || managed || place_of(rule->seen, &of_rule) == AT_ALL);
	if (managed == way.terms->managed ? managed : managed ? !due : due)
		set_place(aim, AT_MANAGED, &of_rule, way.terms);
	else if (managed)
		set_place(aim, way.buckets ? AT_ALL : AT_CLASSIC, &of_rule, way.terms);
	else
		set_place(aim, bucket_place(&way, place_of(rule->seen, &of_rule)), &of_rule, way.terms);
}

/* --- maps and proxies --- */

typedef bool (*service_fn)(const struct node *service);

/* Behind a managed rule such a one is refused. */
static bool is_to_be_classic(const struct node *service)
{
	return service->wanted && !(is_there(service) && is_managed(service->seen));
}

/* It walks no more, and is not to be walked for. */
static bool is_to_go(const struct node *service)
{
	return !service->wanted;
}

static bool is_link_to(const cJSON *value, const struct nodes *nodes, service_fn fn)
{
	const struct node *service =
		cJSON_IsString(value) ? nodes_target(nodes, KIND_BACKEND_SERVICE, value->valuestring) : NULL;

	return service && fn(service);
}

static bool leads_to(const cJSON *value, const struct nodes *nodes, service_fn fn)
{
	const cJSON *member;

	if (is_link_to(value, nodes, fn))
		return true;
	cJSON_ArrayForEach(member, value)
	{
		if (leads_to(member, nodes, fn))
			return true;
	}
	return false;
}

/* What leads to such a one leads to the default meanwhile, and so do the tests that ask for it. */
static void lead_to_default(cJSON *value, const struct nodes *nodes, service_fn fn, const char *link)
{
	cJSON *member;

	if (link && is_link_to(value, nodes, fn))
		cJSON_SetValuestring(value, link);
	cJSON_ArrayForEach(member, value) lead_to_default(member, nodes, fn, link);
}

/* It goes where it went. */
static void keep_ways(const struct node *map, cJSON *aim)
{
	const cJSON *member;
	cJSON *kept = json_copy(aim);

	cJSON_ArrayForEach(member, kept)
	{
		const cJSON *seen = json_member(map->seen, member->string);

		if (text_equal(member->string, "description") || text_equal(member->string, "name"))
			continue;
		json_set(aim, member->string, seen ? json_copy(seen) : cJSON_CreateNull());
	}
}

/* At birth it has but one. */
static void keep_default(cJSON *aim)
{
	static const char *const kept[] = {"name", "description", "defaultService"};
	cJSON *all = json_copy(aim);
	const cJSON *member;

	cJSON_ArrayForEach(member, all)
	{
		size_t i = 0;

		while (i < sizeof(kept) / sizeof(kept[0]) && !text_equal(kept[i], member->string))
			i++;
		if (i == sizeof(kept) / sizeof(kept[0]))
			json_remove(aim, member->string);
	}
}

static void aim_forward(const struct node *map, const struct nodes *nodes, cJSON *aim)
{
	const char *link = json_text(aim, "defaultService");

	if (!map_is_advanced(aim))
		return;
	if (!is_there(map)) {
		keep_default(aim);
		return;
	}
	keep_ways(map, aim);
	lead_to_default(aim, nodes, is_to_go, link);
}

static void aim_back(const struct way *way, const struct node *map, const struct nodes *nodes, cJSON *aim)
{
	if (!way->rules_managed || !is_there(map) || !leads_to(aim, nodes, is_to_be_classic))
		return;
	if (way->advanced)
		lead_to_default(aim, nodes, is_to_be_classic, json_text(aim, "defaultService"));
	else
		keep_ways(map, aim);
}

/* Advanced rules begin where all is managed; what is classic is not behind rules that are managed. */
void migration_aim_map(const struct node *map, const struct nodes *nodes, cJSON *aim)
{
	struct way way = way_of(nodes);

	if (is_over(&way))
		return;
	if (way.terms->managed)
		aim_forward(map, nodes, aim);
	else
		aim_back(&way, map, nodes, aim);
}

void migration_aim_proxy(const struct nodes *nodes, cJSON *aim)
{
	struct way way = way_of(nodes);

	if (!is_over(&way) && way.terms->managed)
		json_remove(aim, "httpKeepAliveTimeoutSec");
}

/* --- time and words --- */

int64_t migration_due(const struct nodes *nodes)
{
	struct way way = way_of(nodes);
	int64_t left;

	if (is_over(&way) || is_held(&way) || !way.since)
		return INT64_MAX;
	left = way.since + way.terms->step_s - way.terms->now_s;
	return left > 0 ? left * 1000 : INT64_MAX;
}

static char *share_of(enum place place, int64_t percentage)
{
	static const char *const words[PLACES] = {"all requests are served by EXTERNAL",
		"all requests are served by EXTERNAL, and EXTERNAL_MANAGED gets ready", NULL,
		"all requests are served by EXTERNAL_MANAGED, and EXTERNAL stands by",
		"all requests are served by EXTERNAL_MANAGED"};

	if (place != AT_SHARE)
		return arena_strdup(json_arena(), words[place]);
	return arena_printf(
		json_arena(), "%lld%% of the requests are served by EXTERNAL_MANAGED", (long long)percentage);
}

static const char *name_of(enum place place)
{
	return states[place] ? states[place] : place == AT_MANAGED ? MANAGED : CLASSIC;
}

static char *what_next(const struct way *way)
{
	char moment[TIME_TEXT_SIZE];

	if (is_held(way))
		return arena_strdup(json_arena(), "held there by spec.frontend.migration.holdAt");
	if (rules_are_due_back(way))
		return arena_strdup(json_arena(), way->advanced ? "what only EXTERNAL_MANAGED has is taken away first"
								: "the forwarding rules go back first");
	if (!way->since || way->unsure)
		return arena_strdup(json_arena(), "the step is being taken");
	time_text((way->since + way->terms->step_s) * 1000000, moment);
	return arena_printf(json_arena(), "next step at %s", moment);
}

char *migration_story(const struct nodes *nodes)
{
	struct way way = way_of(nodes);
	enum place base;

	if (is_over(&way))
		return NULL;
	base = base_of(&way);
	return arena_printf(json_arena(), "to %s, step %s: %s; %s", way.terms->managed ? MANAGED : CLASSIC,
		name_of(base), share_of(base, way.terms->testing_percentage), what_next(&way));
}

char *migration_step(const cJSON *patch, const cJSON *body)
{
	enum place place = place_of(body, &of_service);

	if (!json_has(patch, of_service.state) && !json_has(patch, of_service.percentage) && !json_has(patch, SCHEME))
		return NULL;
	return arena_printf(
		json_arena(), "step %s: %s", name_of(place), share_of(place, json_int(body, of_service.percentage, 0)));
}
