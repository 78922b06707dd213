/* Scripts about backends and the ways that lead to them. */
#include "sim/script.h"

#define POOLS(second)                                                                                                  \
	"{\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\",\"replicas\":2},"                                    \
	"{\"name\":\"b\",\"zone\":\"us-central1-b\",\"replicas\":2" second "}]}"

/* status.backends[] of that place: "v2 2/2", or "v2 2/-" when it is not probed. */
static char *backend_text(struct world *world, int index)
{
	const cJSON *item = cJSON_GetArrayItem(json_at(apiserver_get(&world->api, KEY), "status.backends"), index);
	char *ready = json_has(item, "readyReplicas")
	                      ? arena_printf(json_arena(), "%d", (int)json_int(item, "readyReplicas", 0))
	                      : arena_strdup(json_arena(), "-");

	return arena_printf(json_arena(), "%s %d/%s", json_text_or(item, "name", "none"),
		(int)json_int(item, "replicas", 0), ready);
}

static void check_backend(struct world *world, int index, const char *wanted)
{
	JSON_WORK(work);
	char *found = backend_text(world, index);

	if (!text_equal(found, wanted))
		world_complain(world, "status.backends[%d] is %s, not %s", index, found, wanted);
}

static void edit(struct world *world, const char *patch, int pools)
{
	apiserver_edit(&world->api, KEY, patch);
	check_ready(world, KEY);
	check_rest(world, 1, pools);
}

/* A backend comes with its pool, gets members of its own, loses the pool to default, and goes. */
void backends(struct world *world)
{
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_backend(world, 0, "default 3/3");
	apiserver_edit(&world->api, KEY,
		"{\"backends\":[{\"name\":\"v2\",\"serving\":{\"port\":8501},\"healthCheck\":{\"requestPath\":\"/"
		"v2\"}}]}");
	edit(world, POOLS(",\"backends\":[{\"name\":\"v2\"}]"), 2);
	check_backend(world, 0, "default 2/2");
	check_backend(world, 1, "v2 2/-");
	edit(world, "{\"backends\":[{\"name\":\"v2\",\"serving\":{\"port\":8601,\"timeoutSec\":90}}]}", 2);
	edit(world, POOLS(",\"backends\":[{\"name\":\"v2\"},{\"name\":\"default\"}]"), 2);
	check_backend(world, 0, "default 4/4");
	edit(world, POOLS(",\"backends\":[]"), 2);
	check_backend(world, 0, "default 2/2");
	apiserver_edit(&world->api, KEY, "{\"backends\":null}");
	edit(world, POOLS(""), 2);
	check_backend(world, 0, "default 4/4");
}

#define SPLIT(v1, v2)                                                                                                  \
	"\"routes\":[{\"name\":\"api\",\"hosts\":[\"a.example.com\"],\"routeRules\":["                                 \
	"{\"priority\":1,\"matchRules\":[{\"prefixMatch\":\"/v1/\",\"headerMatches\":[{\"headerName\":\"x-canary\","   \
	"\"exactMatch\":\"1\"}]}],\"backend\":\"v2\"},"                                                                \
	"{\"priority\":2,\"matchRules\":[{\"prefixMatch\":\"/v1/\"}],\"weightedBackends\":["                           \
	"{\"backend\":\"default\",\"weight\":" #v1 "},{\"backend\":\"v2\",\"weight\":" #v2 "}]}]}]"
#define CANARY(backend)                                                                                                \
	"\"routeTests\":[{\"name\":\"canary\",\"host\":\"a.example.com\",\"path\":\"/v1/models\",\"headers\":["        \
	"{\"name\":\"x-canary\",\"value\":\"1\"}],\"backend\":\"" backend "\"}]"

static cJSON *url_map(struct world *world)
{
	return json_parse_text(world_cloud(world, "GET",
		arena_printf(json_arena(), "global/urlMaps/%s", first_name(world, "global/urlMaps")), NULL));
}

static void check_weight(struct world *world, int64_t wanted)
{
	JSON_WORK(work);
	static const char at[] = "pathMatchers[0].routeRules[1].routeAction.weightedBackendServices[1].weight";
	int64_t found = json_int(url_map(world), at, -1);

	if (found != wanted)
		world_complain(world, "the second weight is %d, not %d", (int)found, (int)wanted);
}

/* Two versions side by side: by weight and by header, another share, and tests that say so. As long as a test fails nothing is written.
 * Taken away, the map lets go of the second version before its service goes. */
void routes(struct world *world)
{
	JSON_WORK(work);
	uint64_t writes;

	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, "{\"backends\":[{\"name\":\"v2\"}]," SPLIT(90, 10) "," CANARY("v2") "}");
	edit(world, POOLS(",\"backends\":[{\"name\":\"v2\"}]"), 2);
	check_backend(world, 0, "default 2/2");
	check_backend(world, 1, "v2 2/2");
	check_weight(world, 10);
	edit(world, "{" SPLIT(50, 50) "}", 2);
	check_weight(world, 50);
	writes = world->cloud_writes;
	apiserver_edit(&world->api, KEY, "{\"serving\":{\"timeoutSec\":99}," SPLIT(10, 90) "," CANARY("default") "}");
	check_reason(world, KEY, "InvalidSpec",
		"spec.routeTests: test canary fails: a.example.com/v1/models goes to backend v2, not to backend "
		"default");
	check_stalled(world, KEY);
	world_run(world, 5 * MINUTE);
	check_no_writes(world, writes);
	edit(world, "{" CANARY("v2") "}", 2);
	check_weight(world, 90);
	apiserver_edit(&world->api, KEY, "{\"routes\":null,\"routeTests\":null,\"backends\":null}");
	edit(world, POOLS(""), 2);
	if (json_has(url_map(world), "pathMatchers"))
		world_complain(world, "the map has routes that nobody wants");
}

#define SITE(more) "{\"name\":\"site\",\"bucket\":{\"bucketName\":\"my-site\"" more "}}"
#define PAGES(backend)                                                                                                 \
	"\"routes\":[{\"name\":\"web\",\"backend\":\"" backend                                                         \
	"\",\"pathRules\":[{\"name\":\"model\",\"paths\":[\"/v1/*\"],\"backend\":\"default\"}],"                       \
	"\"customErrorResponsePolicy\":{\"errorBackend\":\"site\",\"errorResponseRules\":[{\"matchResponseCodes\":["   \
	"\"5xx\"],\"path\":\"/busy.html\",\"overrideResponseCode\":503}]}}]"

static cJSON *bucket(struct world *world)
{
	return json_parse_text(world_cloud(world, "GET",
		arena_printf(json_arena(), "global/backendBuckets/%s", first_name(world, "global/backendBuckets")),
		NULL));
}

static void check_bucket(struct world *world, const char *path, const char *wanted)
{
	const cJSON *value = json_at(bucket(world), path);
	const char *found = cJSON_IsString(value) ? value->valuestring : value ? json_print(value) : "none";

	if (!text_equal(found, wanted))
		world_complain(world, "%s of the bucket is %s, not %s", path, found, wanted);
}

/* Static content beside the machines: it comes with its routes and error pages, is cached in one way and another, is another bucket,
 * and goes after the map has let go of it. */
void static_site(struct world *world)
{
	JSON_WORK(work);

	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	edit(world, "{\"backends\":[" SITE("") "]," PAGES("site") "}", 1);
	check_bucket(world, "bucketName", "my-site");
	check_bucket(world, "enableCdn", "false");
	check_backend(world, 1, "site 0/-");
	edit(world, "{\"backends\":[" SITE(",\"enableCDN\":true,\"edgeSecurityPolicy\":\"edge\"") "]}", 1);
	check_bucket(world, "cdnPolicy.maxTtl", "86400");
	edit(world,
		"{\"backends\":[" SITE(",\"enableCDN\":true,\"cdnPolicy\":{\"cacheMode\":\"FORCE_CACHE_ALL\"}") "]}",
		1);
	check_bucket(world, "cdnPolicy.maxTtl", "none");
	check_bucket(world, "edgeSecurityPolicy", "none");
	edit(world,
		"{\"backends\":[{\"name\":\"site\",\"bucket\":{\"bucketName\":\"other-site\"}}]," PAGES("default") "}",
		1);
	check_bucket(world, "bucketName", "other-site");
	edit(world, "{\"routes\":null,\"backends\":null}", 1);
	if (json_has(url_map(world), "pathMatchers"))
		world_complain(world, "the map has routes that nobody wants");
}
