/* Chains that other tools made, and what was abandoned, are taken over when the spec says so. */
#include <string.h>

#include "sim/script.h"

#define TOP "projects/my-project/global/"
#define NAMES_AND(more)                                                                                                \
	"\"resourceNames\":{\"address\":\"web-ip\",\"firewall\":\"web-wall\",\"health-check\":\"web-check\","          \
	"\"url-map\":\"web-map\",\"http-proxy\":\"web-proxy\",\"http-rule\":\"web-rule\",\"backend/"                   \
	"default\":\"web-service\",\"group/cpu\":\"web-group\"," more "}"
#define NAMES NAMES_AND("\"healing\":\"web-heal\"")

struct made {
	const char *path, *body;
};

static const struct made CHAIN[] = {
	{"global/addresses", "{\"name\":\"web-ip\"}"},
	{"global/firewalls",
		"{\"name\":\"web-wall\",\"network\":\"global/networks/default\",\"sourceRanges\":[\"130.211.0.0/22\"],"
		"\"targetTags\":[\"web\"],\"allowed\":[{\"IPProtocol\":\"tcp\",\"ports\":[\"80\"]}]}"},
	{"global/healthChecks", "{\"name\":\"web-check\",\"type\":\"HTTP\",\"httpHealthCheck\":{\"port\":80,"
				"\"requestPath\":\"/web\"}}"},
	{"global/healthChecks", "{\"name\":\"web-heal\",\"type\":\"HTTP\",\"httpHealthCheck\":{\"port\":80}}"},
	{"global/instanceTemplates", "{\"name\":\"web-template\",\"properties\":{\"machineType\":\"n1-standard-1\","
				     "\"tags\":{\"items\":[\"web\"]},"
				     "\"disks\":[{\"boot\":true,\"initializeParams\":{\"sourceImage\":\"" IMAGE "\"}}],"
				     "\"networkInterfaces\":[{\"network\":\"global/networks/default\"}]}}"},
	{"zones/us-central1-a/instanceGroupManagers",
		"{\"name\":\"web-group\",\"baseInstanceName\":\"web\",\"targetSize\":2,\"instanceTemplate\":\"" TOP
		"instanceTemplates/web-template\",\"namedPorts\":[{\"name\":\"http\",\"port\":80}]}"},
	{"global/backendServices",
		"{\"name\":\"web-service\",\"loadBalancingScheme\":\"%s\",\"protocol\":\"HTTP\",\"portName\":\"http\","
		"\"healthChecks\":[\"" TOP
		"healthChecks/web-check\"],\"backends\":[{\"group\":\"https://www.googleapis.com/compute/v1/"
		"projects/my-project/zones/us-central1-a/instanceGroups/web-group\"}]}"},
	{"global/urlMaps", "{\"name\":\"web-map\",\"defaultService\":\"" TOP "backendServices/web-service\"}"},
	{"global/targetHttpProxies", "{\"name\":\"web-proxy\",\"urlMap\":\"" TOP "urlMaps/web-map\"}"},
	{"global/forwardingRules",
		"{\"name\":\"web-rule\",\"IPAddress\":\"" TOP "addresses/web-ip\",\"IPProtocol\":\"TCP\","
		"\"portRange\":\"%s\",\"loadBalancingScheme\":\"%s\",\"target\":\"" TOP
		"targetHttpProxies/web-proxy\"}"},
};
enum { CHAIN_LENGTH = sizeof(CHAIN) / sizeof(CHAIN[0]) };

static void make_chain(struct world *world, const char *scheme, const char *port)
{
	for (size_t i = 0; i < CHAIN_LENGTH; i++) {
		bool rule = text_equal(CHAIN[i].path, "global/forwardingRules");
		AUTO_FREE char *body =
			rule ? mem_printf(CHAIN[i].body, port, scheme) : mem_printf(CHAIN[i].body, scheme);

		world_do(world, "POST", CHAIN[i].path, body);
		if (world->direct_status != 200)
			world_complain(world, "%s: %s", CHAIN[i].path, world->own_direct);
	}
}

static void check_quiet(struct world *world)
{
	world_run(world, 40000); /* the status may lag by half a minute */
	judge_quiet(world);
}

static bool there(struct world *world, const char *path)
{
	world_cloud(world, "GET", path, NULL);
	return world->direct_status == 200;
}

static void check_there(struct world *world, const char *path, bool expected)
{
	if (there(world, path) != expected)
		world_complain(world, "%s is %s", path, expected ? "gone" : "still there");
}

static void check_kept_names(struct world *world)
{
	static const char *const paths[] = {"global/addresses/web-ip", "global/firewalls/web-wall",
		"global/healthChecks/web-check", "global/healthChecks/web-heal",
		"zones/us-central1-a/instanceGroupManagers/web-group", "global/backendServices/web-service",
		"global/urlMaps/web-map", "global/targetHttpProxies/web-proxy", "global/forwardingRules/web-rule"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		check_there(world, paths[i], true);
}

/* How much there is, whatever its name. */
static void check_count(struct world *world, const char *path, int expected)
{
	JSON_WORK(work);
	int found = cJSON_GetArraySize(world_list(world, path));

	if (found != expected)
		world_complain(world, "%s: %d found, %d expected", path, found, expected);
}

static void check_one_of_each(struct world *world)
{
	static const char *const paths[] = {"global/addresses", "global/firewalls", "global/backendServices",
		"global/urlMaps", "global/targetHttpProxies", "global/forwardingRules",
		"zones/us-central1-a/instanceGroupManagers"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		check_count(world, paths[i], 1);
	check_count(world, "global/healthChecks", 2);
}

static bool shows(const struct world *world, const char *name, const char *path)
{
	JSON_WORK(work);
	const cJSON *item;

	cJSON_ArrayForEach(item, json_at(apiserver_get(&world->api, KEY), "status.differences"))
	{
		if (text_equal(json_text(item, "name"), name) && text_equal(json_text(item, "path"), path))
			return true;
	}
	return false;
}

static bool has_member(struct world *world, const char *resource, const char *path, const char *value)
{
	JSON_WORK(work);
	const cJSON *body = json_parse_text(world_cloud(world, "GET", resource, NULL));
	const cJSON *member = json_at(body, path);

	return member && text_equal(json_print(member), value);
}

static void check_shows(struct world *world, const char *name, const char *path)
{
	if (!shows(world, name, path))
		world_complain(world, "no difference shows %s of %s", path, name);
}

static const char ADOPTER[] = OBJECT("default", "tf", TEMPLATE "," POOL ",\"adoptionPolicy\":\"Adopt\"," NAMES);

/* Shown, then done, and in the end deleted; a restart in between changes nothing. */
void adopt(struct world *world)
{
	uint64_t writes;

	world->at_rest = true;
	make_chain(world, "EXTERNAL_MANAGED", "80");
	writes = world->cloud_writes;
	start_with(world, OBJECT("default", "tf",
				  TEMPLATE "," POOL ",\"driftPolicy\":\"Report\",\"adoptionPolicy\":\"Adopt\"," NAMES));
	check_reason(world, KEY, "Drifted", "status.differences");
	check_shows(world, "web-service", "description");
	check_shows(world, "web-check", "httpHealthCheck.requestPath");
	check_shows(world, "web-group", "versions");
	check_shows(world, "web-group", "targetSize");
	check_shows(world, "web-wall", "targetTags");
	world_run(world, 5 * MINUTE);
	check_no_writes(world, writes);
	world->at_rest = false;
	apiserver_edit(&world->api, KEY, "{\"driftPolicy\":\"Correct\"}");
	check_ready(world, KEY);
	check_settled(world);
	check_kept_names(world);
	check_one_of_each(world);
	judge_machines(world, "us-central1-a", 3);
	check_quiet(world);
	world_kill(world);
	world_start(world);
	check_settled(world);
	check_quiet(world);
	check_kept_names(world);
	check_deleted(world, KEY);
	check_count(world, "global/forwardingRules", 0);
	check_count(world, "global/addresses", 0);
	check_count(world, "global/targetHttpProxies", 0);
	check_count(world, "global/backendServices", 0);
	check_count(world, "global/healthChecks", 0);
	check_count(world, "zones/us-central1-a/instanceGroupManagers", 0);
	check_there(world, "global/instanceTemplates/web-template", true);
	check_nothing_refused(world);
}

#define SCALED(zone)                                                                                                   \
	"\"pools\":[{\"name\":\"cpu\",\"zone\":\"" zone "\",\"autoscaling\":{\"minReplicas\":2,\"maxReplicas\":5},"    \
	"\"autoHealing\":{\"healthCheck\":{\"requestPath\":\"/alive\"}}}]"

/* What a pool has of its own, beside its group: an autoscaler, which goes with the group when the pool moves, and a probe. */
void adopt_pool(struct world *world)
{
	world->at_rest = true;
	make_chain(world, "EXTERNAL_MANAGED", "80");
	world_do(world, "POST", "zones/us-central1-a/autoscalers",
		"{\"name\":\"web-scaler\",\"target\":\"projects/my-project/zones/us-central1-a/instanceGroupManagers/"
		"web-group\",\"autoscalingPolicy\":{\"minNumReplicas\":1,\"maxNumReplicas\":9}}");
	world_do(world, "POST", "global/healthChecks",
		"{\"name\":\"web-own\",\"type\":\"HTTP\",\"httpHealthCheck\":{\"port\":80}}");
	start_with(world, OBJECT("default", "tf",
				  TEMPLATE "," SCALED("us-central1-a") ",\"adoptionPolicy\":\"Adopt\"," NAMES_AND(
					  "\"scaler/cpu\":\"web-scaler\",\"heal/cpu\":\"web-own\"")));
	check_ready(world, KEY);
	check_settled(world);
	check_there(world, "zones/us-central1-a/instanceGroupManagers/web-group", true);
	check_count(world, "zones/us-central1-a/autoscalers", 1);
	if (!has_member(world, "zones/us-central1-a/autoscalers/web-scaler", "autoscalingPolicy.maxNumReplicas", "5") ||
		!has_member(world, "global/healthChecks/web-own", "httpHealthCheck.requestPath", "\"/alive\""))
		world_complain(world, "autoscaler and probe are not as the spec says");
	check_quiet(world);
	world->at_rest = false;
	apiserver_edit(&world->api, KEY, "{" SCALED("us-central1-f") "}");
	check_ready(world, KEY);
	check_settled(world);
	check_there(world, "zones/us-central1-a/autoscalers/web-scaler", false);
	check_there(world, "zones/us-central1-f/autoscalers/web-scaler", true);
	check_deleted(world, KEY);
	check_count(world, "zones/us-central1-f/autoscalers", 0);
	check_there(world, "global/healthChecks/web-own", false);
	check_there(world, "zones/us-central1-f/instanceGroupManagers/web-group", false);
	check_nothing_refused(world);
}

/* Of some there is nothing: they are made under the names that were given. */
void adopt_nothing(struct world *world)
{
	start_with(world, ADOPTER);
	check_ready(world, KEY);
	check_settled(world);
	check_kept_names(world);
	check_one_of_each(world);
	check_quiet(world);
	check_deleted(world, KEY);
	check_count(world, "global/forwardingRules", 0);
	check_count(world, "global/addresses", 0);
	check_count(world, "global/instanceTemplates", 0);
	check_nothing_refused(world);
}

/* Later edits go their ordinary ways: another zone, another template, another network. */
void adopt_edited(struct world *world)
{
	world->at_rest = true;
	make_chain(world, "EXTERNAL_MANAGED", "80");
	start_with(world, ADOPTER);
	check_ready(world, KEY);
	check_settled(world);
	world->at_rest = false;
	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, "{\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-f\"}]}");
	check_ready(world, KEY);
	check_settled(world);
	check_there(world, "zones/us-central1-a/instanceGroupManagers/web-group", false);
	check_there(world, "zones/us-central1-f/instanceGroupManagers/web-group", true);
	judge_machines(world, "us-central1-a", 0);
	judge_machines(world, "us-central1-f", 3);
	apiserver_edit(&world->api, KEY, "{\"pools\":[{\"name\":\"other\",\"zone\":\"us-central1-f\"}]}");
	check_ready(world, KEY);
	check_settled(world);
	check_there(world, "zones/us-central1-f/instanceGroupManagers/web-group", false);
	check_count(world, "zones/us-central1-f/instanceGroupManagers", 1);
	check_quiet(world);
	check_nothing_refused(world);
}

void adopt_never(struct world *world)
{
	make_chain(world, "EXTERNAL_MANAGED", "80");
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL "," NAMES));
	check_reason(world, KEY, "Conflict", "adoptionPolicy");
	check_stalled(world, KEY);
	world_run(world, 10 * MINUTE);
	check_deleted(world, KEY);
	check_kept_names(world);
	check_one_of_each(world);
	judge_machines(world, "us-central1-a", 2);
}

/* Its port can't be changed: a rule of ours stands beside it, with the same address, and then it goes. */
void adopt_replaced(struct world *world)
{
	JSON_WORK(work);
	char *address;

	make_chain(world, "EXTERNAL_MANAGED", "8080");
	address = arena_strdup(json_arena(),
		json_text(json_parse_text(world_cloud(world, "GET", "global/addresses/web-ip", NULL)), "address"));
	start_with(world, ADOPTER);
	check_ready(world, KEY);
	check_settled(world);
	check_there(world, "global/forwardingRules/web-rule", false);
	check_one_of_each(world);
	if (!text_equal(json_text(apiserver_get(&world->api, KEY), "status.address"), address))
		world_complain(world, "the address is another one");
	check_quiet(world);
	apiserver_edit(&world->api, KEY, "{\"frontend\":{\"port\":8081}}");
	check_ready(world, KEY);
	check_settled(world);
	check_one_of_each(world);
	check_quiet(world);
	check_nothing_refused(world);
}

/* The scheme of a backend service can't be changed either, and it has no successor. */
void adopt_impossible(struct world *world)
{
	make_chain(world, "EXTERNAL", "80");
	start_with(world, ADOPTER);
	check_reason(world, KEY, "Conflict", "loadBalancingScheme is EXTERNAL where the spec wants EXTERNAL_MANAGED");
	check_stalled(world, KEY);
	apiserver_delete(&world->api, KEY);
	world_run(world, 20 * MINUTE);
	check_there(world, "global/backendServices/web-service", true);
}

/* Two want the same: the older one has it. */
void adopt_claimed(struct world *world)
{
	make_chain(world, "EXTERNAL_MANAGED", "80");
	start_with(world, ADOPTER);
	world_run(world, 3000);
	apiserver_apply(&world->api,
		OBJECT("default", "late",
			TEMPLATE "," POOL
				 ",\"adoptionPolicy\":\"Adopt\",\"resourceNames\":{\"http-rule\":\"web-rule\"}"));
	check_ready(world, KEY);
	check_reason(world, "default/late", "Conflict", KEY);
	check_stalled(world, "default/late");
	check_deleted(world, "default/late");
	check_kept_names(world);
	check_one_of_each(world);
}

static void abandon_chain(struct world *world)
{
	world->at_rest = true;
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL ",\"deletionPolicy\":\"Abandon\""));
	check_ready(world, KEY);
	check_settled(world);
	check_deleted(world, KEY);
	world->at_rest = false;
}

/* What was abandoned is taken over by an object of the same name, and then it is its own. */
void adopt_abandoned(struct world *world)
{
	JSON_WORK(work);
	char *address;

	abandon_chain(world);
	address = first_name(world, "global/addresses");
	apiserver_apply(&world->api, OBJECT("default", "tf", TEMPLATE "," POOL ",\"adoptionPolicy\":\"Adopt\""));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	if (!text_equal(address, first_name(world, "global/addresses")))
		world_complain(world, "the address is another one");
	apiserver_edit(&world->api, KEY, "{\"frontend\":{\"port\":8080}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_deleted(world, KEY);
	judge_nothing(world);
	check_nothing_refused(world);
}

/* Without that it is left alone, and so it is when that object goes. */
void adopt_abandoned_never(struct world *world)
{
	abandon_chain(world);
	world->meddled = true; /* what stands is found by refused inserts */
	apiserver_apply(&world->api, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_reason(world, KEY, "Conflict", "adoptionPolicy");
	world_run(world, 10 * MINUTE);
	judge_chain(world, 1, 1);
	check_deleted(world, KEY);
	judge_chain(world, 1, 1);
	judge_machines(world, "us-central1-a", 3);
}

/* A backup is restored, in this cluster or in another one: the object has a new uid, and its chain again. */
static void restore(struct world *world, const char *cluster_id)
{
	JSON_WORK(work);
	char *address;

	world->at_rest = true;
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	check_settled(world);
	address = first_name(world, "global/addresses");
	world_kill(world);
	apiserver_strip(&world->api, KEY);
	world->api.cluster = cluster_id ? "another" : world->api.cluster;
	world->cluster_id = cluster_id;
	world->delete_orphans = true;
	world->at_rest = false;
	world->meddled = true; /* what stands is found by refused inserts, or by the lists */
	world_start(world);
	apiserver_apply(&world->api, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	if (!text_equal(address, first_name(world, "global/addresses")))
		world_complain(world, "the address is another one");
	check_deleted(world, KEY);
	judge_nothing(world);
}

void restored(struct world *world)
{
	restore(world, NULL);
}

void restored_elsewhere(struct world *world)
{
	restore(world, "c1u5-7e4");
}

/* Without the old id it is a clone: another cluster's chain is nobody of ours, and no orphan. */
void cloned(struct world *world)
{
	world->at_rest = true;
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	check_settled(world);
	world_kill(world);
	apiserver_strip(&world->api, KEY);
	world->api.cluster = "another";
	world->delete_orphans = true;
	world->at_rest = false;
	world_start(world);
	apiserver_apply(&world->api, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	check_settled(world);
	judge_chain(world, 2, 2);
	check_deleted(world, KEY);
	world_run(world, 30 * MINUTE);
	judge_chain(world, 1, 1);
	check_nothing_refused(world);
}

/* The mark of another object is respected. */
void adopt_others(struct world *world)
{
	JSON_WORK(work);
	char *object;

	start_with(world, OBJECT("default", "other", TEMPLATE "," POOL));
	check_ready(world, "default/other");
	object = arena_printf(json_arena(),
		OBJECT("default", "tf", "%s,%s,\"adoptionPolicy\":\"Adopt\",\"resourceNames\":{\"url-map\":\"%s\"}"),
		TEMPLATE, POOL, first_name(world, "global/urlMaps"));
	apiserver_apply(&world->api, object);
	check_reason(world, KEY, "Conflict", "belongs to TFLoadBalancer default/other of this cluster");
	check_deleted(world, KEY);
	check_rest(world, 1, 1);
}
