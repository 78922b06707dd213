/* The judge. */
#include "sim/judge.h"

#include <string.h>

enum { QUIET_MS = 10 * 55000 };

struct collection {
	const char *path;
	int per_object, per_pool;
	size_t more; /* where struct more has the rest; NONE: there is none */
};

enum { NONE = SIZE_MAX >> 1 };
#define MORE(member) offsetof(struct more, member)

static const struct collection COLLECTIONS[] = {
	{"global/addresses", 1, 0, MORE(addresses)},
	{"global/firewalls", 1, 0, NONE},
	{"global/healthChecks", 2, 0, NONE},
	{"global/backendServices", 1, 0, NONE},
	{"global/backendBuckets", 0, 0, NONE},
	{"global/urlMaps", 1, 0, MORE(url_maps)},
	{"global/sslCertificates", 0, 0, MORE(certificates)},
	{"global/sslPolicies", 0, 0, MORE(ssl_policies)},
	{"global/targetHttpProxies", 1, 0, MORE(http_proxies)},
	{"global/targetHttpsProxies", 0, 0, MORE(https_proxies)},
	{"global/forwardingRules", 1, 0, MORE(rules)},
};

static int count_ours(const cJSON *items, char *first, size_t size)
{
	const cJSON *item;
	int count = 0;

	cJSON_ArrayForEach(item, items)
	{
		if (!text_starts(json_text(item, "name"), "tflb-"))
			continue;
		if (count++ == 0)
			text_copy(first, size, json_text(item, "name"));
	}
	return count;
}

static int count_everywhere(struct world *world, const char *collection, char *first, size_t size)
{
	const char *text = world_cloud(world, "GET", arena_printf(json_arena(), "aggregated/%s", collection), NULL);
	const cJSON *list = json_parse(text, strlen(text), (struct json_limits){0}, NULL);
	const cJSON *scope;
	int count = 0;

	cJSON_ArrayForEach(scope, json_member(list, "items")) count +=
		count_ours(json_member(scope, collection), first, size);
	return count;
}

/* Pools of all objects that have the member. */
static int count_pools_with(struct world *world, const char *member)
{
	const struct map *objects = &world->api.objects;
	const cJSON *pool;
	int count = 0;

	for (size_t i = 0; i < objects->count; i++) {
		const cJSON *object = apiserver_get(&world->api, objects->own_entries[i].own_key);

		cJSON_ArrayForEach(pool, json_at(object, "spec.pools")) count += json_has(pool, member);
	}
	return count;
}

/* Earlier templates of each pool, by spec.rollout.revisionHistoryLimit's default. */
enum { KEPT = 2 };

static void expect_templates(struct world *world, int found, int pools)
{
	if (found < pools || found > pools * (1 + KEPT) + count_pools_with(world, "canary"))
		world_complain(world, "%d instance templates for %d pools", found, pools);
}

static void expect(struct world *world, const char *what, int found, int wanted, const char *first)
{
	if (found != wanted)
		world_complain(world, "%s: %d found, %d wanted (such as %s)", what, found, wanted, first);
}

/* What the objects as they stand ask for beyond one backend each: a service with a check for each other backend, or a bucket, and a
 * check by which machines are replaced for each that some pool serves first, and for each pool that has its own. */
struct asked {
	int services, checks, buckets;
	int clusters; /* objects with a rule of their own for machines of a training cluster */
	int bare;     /* objects without a front: no pool serves anybody */
};

bool judge_serves(const cJSON *pool, const char *backend)
{
	const cJSON *item;

	if (!json_has(pool, "backends"))
		return !json_has(pool, "role") && (!backend || text_equal(backend, "default"));
	cJSON_ArrayForEach(item, json_member(pool, "backends"))
	{
		if (!backend || text_equal(json_text(item, "name"), backend))
			return true;
	}
	return false;
}

bool judge_has_front(const cJSON *spec)
{
	const cJSON *pool, *backend;

	cJSON_ArrayForEach(pool, json_member(spec, "pools"))
	{
		if (judge_serves(pool, NULL))
			return true;
	}
	cJSON_ArrayForEach(backend, json_member(spec, "backends"))
	{
		if (json_has(backend, "bucket"))
			return true;
	}
	return false;
}

static struct asked count_backends(const struct world *world)
{
	struct asked asked = {0};

	for (size_t i = 0; i < world->api.objects.count; i++) {
		const cJSON *spec = json_member(json_parse_text(world->api.objects.own_entries[i].value), "spec");
		const cJSON *pool, *backend, *firsts = cJSON_CreateObject();
		bool front = judge_has_front(spec);

		cJSON_ArrayForEach(pool, json_member(spec, "pools"))
		{
			bool own = json_has(pool, "backends") || json_has(pool, "role");

			if (json_at(pool, "autoHealing.healthCheck"))
				asked.checks++;
			else if (!own || json_text(pool, "backends[0].name"))
				json_set_bool((cJSON *)firsts, json_text_or(pool, "backends[0].name", "default"), true);
		}
		cJSON_ArrayForEach(backend, json_member(spec, "backends"))
		{
			bool bucket = json_has(backend, "bucket");
			bool own = !bucket && !text_equal(json_text(backend, "name"), "default");

			asked.buckets += bucket;
			asked.services += own;
			asked.checks += own;
		}
		asked.checks += front ? cJSON_GetArraySize(firsts) - 1 : 0;
		asked.clusters += json_has(spec, "training");
		asked.bare += !front;
	}
	return asked;
}

void judge_chain(struct world *world, int objects, int pools)
{
	JSON_WORK(work);
	char first[128] = "";
	struct asked asked = count_backends(world);

	for (size_t i = 0; i < sizeof(COLLECTIONS) / sizeof(COLLECTIONS[0]); i++) {
		const struct collection *row = &COLLECTIONS[i];
		const char *more = (const char *)&world->more + row->more;
		int extra = row->more == NONE || !objects ? 0 : *(const int *)more;
		int found = count_ours(world_list(world, row->path), first, sizeof(first));

		int of_backends = text_equal(row->path, "global/backendServices")  ? asked.services
		                  : text_equal(row->path, "global/backendBuckets") ? asked.buckets
		                  : text_equal(row->path, "global/healthChecks")   ? asked.checks
		                  : text_equal(row->path, "global/firewalls")      ? asked.clusters
		                                                                   : 0;

		expect(world, row->path, found,
			(objects - asked.bare) * row->per_object + pools * row->per_pool + extra + of_backends, first);
	}
	expect_templates(world, count_ours(world_list(world, "global/instanceTemplates"), first, sizeof(first)), pools);
	expect(world, "instanceGroupManagers", count_everywhere(world, "instanceGroupManagers", first, sizeof(first)),
		pools, first);
	expect(world, "autoscalers", count_everywhere(world, "autoscalers", first, sizeof(first)),
		objects ? count_pools_with(world, "autoscaling") : 0, first);
}

void judge_nothing(struct world *world)
{
	judge_chain(world, 0, 0);
}

void judge_quiet(struct world *world)
{
	uint64_t cloud = world->cloud_writes;
	uint64_t status = world->api.status_writes + world->api.finalizer_writes;

	world->at_rest = true;
	world_run(world, QUIET_MS);
	world->at_rest = false;
	if (world->cloud_writes != cloud)
		world_complain(world, "at rest: %d writes to the cloud", (int)(world->cloud_writes - cloud));
	if (world->api.status_writes + world->api.finalizer_writes != status)
		world_complain(world, "at rest: %d writes to the API server",
			(int)(world->api.status_writes + world->api.finalizer_writes - status));
}

void judge_nothing_refused(struct world *world)
{
	if (world->refused)
		world_complain(world, "%d calls were refused", (int)world->refused);
}

void judge_machines(struct world *world, const char *zone, int count)
{
	JSON_WORK(work);
	char *path = arena_printf(json_arena(), "zones/%s/instances", zone);
	const cJSON *item;
	int found = 0;

	cJSON_ArrayForEach(item, world_list(world, path)) found += text_equal(json_text(item, "status"), "RUNNING");
	expect(world, path, found, count, "");
}

void judge_machines_have(struct world *world, const char *zone, const char *member, const char *value, int count)
{
	JSON_WORK(work);
	char *path = arena_printf(json_arena(), "zones/%s/instances", zone);
	const cJSON *item;
	int found = 0;

	cJSON_ArrayForEach(item, world_list(world, path)) found +=
		text_equal(json_text(item, "status"), "RUNNING") && text_ends(json_text_or(item, member, ""), value);
	expect(world, arena_printf(json_arena(), "%s with %s %s", path, member, value), found, count, "");
}

void judge_journal(struct world *world)
{
	AUTO_FREE char *wrong = journal_judge(&world->journal, world->emulator, world->loop.now_ms - world->born_ms);

	if (wrong)
		world_complain(world, "--state: %s", wrong);
}
