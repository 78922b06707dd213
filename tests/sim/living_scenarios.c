/* Wishes about all that there is, and not only about the smallest chain: an object with every kind of resource is abandoned,
 * suspended, only reported on, and moved. */
#include <string.h>

#include "sim/plane.h"
#include "sim/script.h"

#define EVERYTHING TEMPLATE "," POOLS "," BACKENDS "," FRONT
#define POOLS                                                                                                          \
	"\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\",\"autoscaling\":{" SCALE "}},"                        \
	"{\"name\":\"b\",\"zone\":\"us-central1-b\",\"replicas\":1,\"backends\":[{\"name\":\"v2\"}]},"                 \
	"{\"name\":\"r\",\"region\":\"us-central1\",\"autoscaling\":{" SCALE "}}]"
#define SCALE "\"minReplicas\":3,\"maxReplicas\":6,\"cpuUtilization\":{\"utilizationTargetPercent\":60}"
#define BACKENDS                                                                                                       \
	"\"backends\":[{\"name\":\"v2\",\"serving\":{\"timeoutSec\":7}},"                                              \
	"{\"name\":\"site\",\"bucket\":{\"bucketName\":\"site\"}}]"
#define FRONT                                                                                                          \
	"\"frontend\":{\"ipv6\":{},\"labels\":{\"team\":\"ml\"},\"tls\":{\"sslPolicy\":{\"profile\":\"MODERN\"},"      \
	"\"certificates\":[{\"name\":\"web\",\"domains\":[\"ml.example.com\"]}]}}"

/* Collections, and whether the description of what is in them can be changed. */
static const struct collection {
	const char *path;
	bool fixed;
} collections[] = {
	{"global/firewalls", false},
	{"global/healthChecks", false},
	{"zones/us-central1-a/instanceGroupManagers", false},
	{"zones/us-central1-a/autoscalers", false},
	{"zones/us-central1-b/instanceGroupManagers", false},
	{"regions/us-central1/instanceGroupManagers", false},
	{"regions/us-central1/autoscalers", false},
	{"global/backendServices", false},
	{"global/backendBuckets", false},
	{"global/urlMaps", false},
	{"global/addresses", true},
	{"global/instanceTemplates", true},
	{"global/sslCertificates", true},
	{"global/sslPolicies", true},
	{"global/targetHttpProxies", true},
	{"global/targetHttpsProxies", true},
	{"global/forwardingRules", true},
};
enum { COLLECTIONS = sizeof(collections) / sizeof(collections[0]) };

static void set_up(struct world *world, const char *object)
{
	JSON_WORK(work);

	world_cloud_begin(
		world, "POST", "/emulator/v1/world", "{\"domain\":{\"name\":\"ml.example.com\",\"state\":\"ACTIVE\"}}");
	start_with(world, object);
	check_reason(world, KEY, "CertificatePending", "ml.example.com");
	if (!world_until_ready(world, KEY, 100 * MINUTE))
		world_complain(world, "not Ready");
	check_settled(world);
	world_run(world, 3 * MINUTE);
	for (int i = 0; i < COLLECTIONS; i++) {
		if (!world_list(world, collections[i].path)->child)
			world_complain(world, "there are no %s", collections[i].path);
	}
}

/* Resources whose description can be changed and holds the words. */
static int count_marked(struct world *world, const char *words)
{
	int count = 0;

	for (int i = 0; i < COLLECTIONS; i++) {
		const cJSON *item;

		cJSON_ArrayForEach(item, world_list(world, collections[i].path)) count +=
			!collections[i].fixed && strstr(json_text_or(item, "description", ""), words);
	}
	return count;
}

static void check_nothing(struct world *world)
{
	JSON_WORK(work);

	for (int i = 0; i < COLLECTIONS; i++) {
		if (world_list(world, collections[i].path)->child)
			world_complain(world, "there are still %s", collections[i].path);
	}
}

/* It all goes on to serve, nobody deletes it, and nobody takes it over unasked. */
void living_abandon(struct world *world)
{
	struct plane plane;
	JSON_WORK(work);

	world->delete_orphans = true;
	set_up(world, OBJECT("default", "tf", EVERYTHING ",\"deletionPolicy\":\"Abandon\""));
	apiserver_apply(
		&world->api, OBJECT("default", "other", TEMPLATE "," POOL)); /* so that the project is looked at */
	check_ready(world, "default/other");
	check_settled(world);
	world_run(world, 3 * MINUTE);
	plane_watch(&plane, world);
	check_deleted(world, KEY);
	if (count_marked(world, "\"name\":\"tf\""))
		world_complain(world, "%d resources still bear the mark", count_marked(world, "\"name\":\"tf\""));
	world_run(world, 60 * MINUTE);
	if (has_event(world, "Orphaned", ""))
		world_complain(world, "what was abandoned is told as orphans");
	check_nothing_refused(world); /* a new object inserts unread, and so finds out */
	world_kill(world);
	world_start(world);
	apiserver_apply(&world->api, OBJECT("default", "tf", EVERYTHING));
	check_reason(world, KEY, "Conflict", "does not carry our mark");
	world_run(world, 10 * MINUTE);
	plane_done(&plane);
}

/* Nothing is written, whatever happens to it; not even a deletion is begun. */
void living_suspend(struct world *world)
{
	uint64_t writes;

	set_up(world, OBJECT("default", "tf", EVERYTHING));
	apiserver_edit(&world->api, KEY, "{\"suspend\":true}");
	check_reason(world, KEY, "Suspended", "nothing is written");
	{
		JSON_WORK(work);
		char *map = first_name(world, "global/urlMaps");

		world_do(world, "PATCH", arena_printf(json_arena(), "global/urlMaps/%s", map),
			arena_printf(json_arena(),
				"{\"hostRules\":[{\"hosts\":[\"a\"],\"pathMatcher\":\"m\"}],\"pathMatchers\":[{"
				"\"name\":\"m\",\"defaultService\":\"global/backendServices/%s\"}]}",
				first_name(world, "global/backendServices")));
		world_do(world, "DELETE",
			arena_printf(json_arena(), "zones/us-central1-a/autoscalers/%s",
				first_name(world, "zones/us-central1-a/autoscalers")),
			NULL);
	}
	writes = world->cloud_writes;
	apiserver_edit(&world->api, KEY,
		"{\"frontend\":{\"port\":81},\"backends\":null,\"pools\":[{\"name\":\"c\",\"zone\":\"us-central1-c\"}]"
		"}");
	world_run(world, 10 * MINUTE);
	apiserver_delete(&world->api, KEY);
	check_reason(world, KEY, "Suspended", "deletion waits");
	world_kill(world);
	world_start(world);
	world_run(world, 10 * MINUTE);
	check_no_writes(world, writes);
	apiserver_edit(&world->api, KEY, "{\"suspend\":false}");
	check_gone(world, KEY);
	world_run(world, 3 * MINUTE);
	check_nothing(world);
}

static bool shows(const struct world *world, const char *kind, const char *path)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_at(apiserver_get(&world->api, KEY), "status.differences"))
	{
		if (text_equal(json_text(item, "kind"), kind) && text_equal(json_text(item, "path"), path))
			return true;
	}
	return false;
}

static void patch_first(struct world *world, const char *path, const char *body)
{
	JSON_WORK(work);
	const cJSON *item = world_list(world, path)->child;
	cJSON *patch = json_parse_text(body);

	if (json_text(item, "fingerprint"))
		json_set_text(patch, "fingerprint", json_text(item, "fingerprint"));
	world_do(world, "PATCH", arena_printf(json_arena(), "%s/%s", path, json_text(item, "name")), json_print(patch));
	if (world->direct_status != 200)
		world_complain(world, "%s: %s", path, world->own_direct);
}

/* What is not as the spec wants is shown member by member, of every kind; then it is put back. */
void living_report(struct world *world)
{
	static const char *const rows[][4] = {
		{"SslPolicy", "profile", "global/sslPolicies", "{\"profile\":\"COMPATIBLE\"}"},
		{"Firewall", "priority", "global/firewalls", "{\"priority\":7}"},
		{"HealthCheck", "checkIntervalSec", "global/healthChecks", "{\"checkIntervalSec\":77}"},
		{"BackendService", "timeoutSec", "global/backendServices", "{\"timeoutSec\":77}"},
		{"Autoscaler", "", "zones/us-central1-a/autoscalers", NULL},
	};
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	uint64_t writes;
	JSON_WORK(work);

	set_up(world, OBJECT("default", "tf", EVERYTHING));
	apiserver_edit(&world->api, KEY, "{\"driftPolicy\":\"Report\"}");
	check_ready(world, KEY);
	for (int i = 0; i < ROWS; i++) {
		if (rows[i][3])
			patch_first(world, rows[i][2], rows[i][3]);
	}
	world_do(world, "DELETE",
		arena_printf(json_arena(), "zones/us-central1-a/autoscalers/%s",
			first_name(world, "zones/us-central1-a/autoscalers")),
		NULL);
	writes = world->cloud_writes;
	check_reason(world, KEY, "Drifted", "status.differences");
	world_run(world, 5 * MINUTE);
	for (int i = 0; i < ROWS; i++) {
		if (!shows(world, rows[i][0], rows[i][1]))
			world_complain(world, "no difference shows %s of %s", rows[i][1], rows[i][0]);
	}
	check_no_writes(world, writes);
	apiserver_edit(&world->api, KEY, "{\"driftPolicy\":\"Correct\"}");
	check_ready(world, KEY);
	check_settled(world);
	if (json_at(apiserver_get(&world->api, KEY), "status.differences"))
		world_complain(world, "differences are still shown");
}

/* To another object, with all that has a fixed description. */
void living_move(struct world *world)
{
	struct plane plane;
	JSON_WORK(work);

	world->delete_orphans = true;
	set_up(world, OBJECT("default", "tf", EVERYTHING));
	plane_watch(&plane, world);
	apiserver_edit(&world->api, KEY, "{\"moveTo\":{\"namespace\":\"b\",\"name\":\"new\"}}");
	apiserver_apply(&world->api,
		OBJECT("b", "new", EVERYTHING ",\"moveFrom\":{\"namespace\":\"default\",\"name\":\"tf\"}"));
	check_ready(world, "b/new");
	check_reason(world, KEY, "Moving", "belongs to TFLoadBalancer b/new now");
	check_deleted(world, KEY);
	if (count_marked(world, "\"name\":\"tf\""))
		world_complain(world, "%d resources still bear the mark", count_marked(world, "\"name\":\"tf\""));
	world_kill(world);
	world_start(world);
	world_run(world, 60 * MINUTE);
	if (has_event(world, "Orphaned", ""))
		world_complain(world, "what was moved is told as orphans");
	plane_done(&plane);
	check_deleted(world, "b/new");
	world_run(world, 3 * MINUTE);
	check_nothing(world);
	check_nothing_refused(world);
}
