/* tflb-transitions PART/PARTS [PATH]: every leaf of the template, of a pool and of the objects named below from and to every other
 * legal value, in one world per part: the machines follow, no call is refused, and the chain comes to rest. Leaves and their values come
 * from the schema; what no schema can say (which machine types and networks there are, what a value needs beside it) stands in the tables
 * of examples. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/crd.h"
#include "sim/script.h"
#include "sim/transitions.h"

enum { VALUES_MAX = 8 };

#define POLICY_PREFIX "updatePolicy."
#define FRONT_PREFIX "frontend."
#define TLS_PREFIX "frontend.tls."
#define WALL_PREFIX "firewall."
#define HEALING_PREFIX "autoHealing."
#define WEB "\"certificates\":[{\"name\":\"web\",\"sslCertificate\":\"web\"}]"
static const struct example examples[] = {
	{"machineType", "[\"n1-standard-4\",\"n2-standard-8\",\"g2-standard-8\"]", NULL},
	{"image", "[\"" IMAGE "\",\"projects/debian-cloud/global/images/family/debian-12\"]", NULL},
	{"network", "[\"default\",\"ml\"]", NULL},
	{"subnetwork", "[\"ml\",\"projects/my-project/regions/us-central1/subnetworks/ml\"]", "{\"network\":\"ml\"}"},
	{"minCpuPlatform", "[\"Intel Skylake\",\"Intel Cascade Lake\"]", NULL},
	{"serviceAccount", "[\"default\",\"tf@my-project.iam.gserviceaccount.com\"]", NULL},
	{"scopes", "[[\"cloud-platform\"],[\"devstorage.read_only\",\"logging.write\"]]",
		"{\"serviceAccount\":\"default\"}"},
	{"guestAccelerators",
		"[[{\"acceleratorType\":\"nvidia-tesla-t4\",\"acceleratorCount\":1}],[{\"acceleratorType\":"
		"\"nvidia-tesla-t4\",\"acceleratorCount\":2}],[{\"acceleratorType\":\"nvidia-tesla-p4\","
		"\"acceleratorCount\":1}]]",
		NULL},
	{"networkTier", NULL, "{\"externalIP\":true}"},
	{"externalIPv6", NULL, "{\"stackType\":\"IPV4_IPV6\"}"},
	{"aliasIpRanges", "[[{\"ipCidrRange\":\"/24\"}],[{\"ipCidrRange\":\"/28\",\"subnetworkRangeName\":\"pods\"}]]",
		NULL},
	{"additionalNetworkInterfaces",
		"[[{\"network\":\"ml\"}],[{\"network\":\"ml\",\"subnetwork\":\"ml\",\"externalIP\":true,\"nicType\":"
		"\"GVNIC\"}],"
		"[{\"networkAttachment\":\"regions/us-central1/networkAttachments/a\"}]]",
		NULL},
	{"additionalDisks",
		"[[{\"deviceName\":\"a\",\"diskSizeGb\":10}],[{\"deviceName\":\"a\",\"diskSizeGb\":20,\"diskType\":"
		"\"pd-ssd\"},"
		"{\"deviceName\":\"b\",\"sourceSnapshot\":\"global/snapshots/"
		"s\"}],[{\"deviceName\":\"a\",\"sourceImage\":"
		"\"projects/debian-cloud/global/images/family/debian-12\",\"autoDelete\":false}]]",
		NULL},
	{"disk.diskSizeGb", "[50,100]", NULL},
	{"disk.diskType", "[\"pd-ssd\",\"hyperdisk-balanced\"]", NULL},
	{"disk.guestOsFeatures", "[[\"GVNIC\"],[\"GVNIC\",\"UEFI_COMPATIBLE\"]]", NULL},
	{"disk.diskEncryptionKey.kmsKeyName",
		"[\"projects/p/locations/l/keyRings/r/cryptoKeys/a\",\"projects/p/locations/l/keyRings/r/cryptoKeys/"
		"b\"]",
		NULL},
	{"disk.sourceImageEncryptionKey.kmsKeyName",
		"[\"projects/p/locations/l/keyRings/r/cryptoKeys/a\",\"projects/p/locations/l/keyRings/r/cryptoKeys/"
		"b\"]",
		NULL},
	{"disk.diskEncryptionKey.kmsKeyServiceAccount",
		"[\"a@p.iam.gserviceaccount.com\",\"b@p.iam.gserviceaccount.com\"]", NULL},
	{"disk.sourceImageEncryptionKey.kmsKeyServiceAccount",
		"[\"a@p.iam.gserviceaccount.com\",\"b@p.iam.gserviceaccount.com\"]", NULL},
	{"scheduling.hostErrorTimeoutSeconds", "[90,330]", NULL},
	{"scheduling.terminationTime", "[\"2036-12-24T18:00:00Z\",\"2037-12-24T18:00:00Z\"]", NULL},
	{"scheduling.nodeAffinities",
		"[[{\"key\":\"k\",\"operator\":\"IN\",\"values\":[\"a\"]}],[{\"key\":\"k\",\"operator\":\"NOT_IN\","
		"\"values\":[\"a\","
		"\"b\"]}]]",
		NULL},
	{"reservationAffinity",
		"[{\"consumeReservationType\":\"NO_RESERVATION\"},{\"consumeReservationType\":\"ANY_RESERVATION\"},"
		"{\"consumeReservationType\":\"SPECIFIC_RESERVATION\",\"values\":[\"a\"]},{\"consumeReservationType\":"
		"\"SPECIFIC_RESERVATION\",\"key\":\"k\",\"values\":[\"b\"]}]",
		NULL},
	{"container.image", "[\"us-docker.pkg.dev/p/r/serving:1\",\"tensorflow/serving:2.19.1\"]", NULL},
	{"container.env", "[[{\"name\":\"A\",\"value\":\"1\"}],[{\"name\":\"A\"},{\"name\":\"B\",\"value\":\"it's\"}]]",
		NULL},
	{"container.mounts",
		"[[{\"hostPath\":\"/a\",\"mountPath\":\"/m\"}],[{\"hostPath\":\"/a\",\"mountPath\":\"/"
		"m\",\"readOnly\":true}]]",
		NULL},
	{"container.port", "[80,8500]", NULL},
	{POOL_PREFIX "zone", "[\"us-central1-a\",\"us-central1-b\"]", NULL},
	{POOL_PREFIX "region", "[\"us-central1\",\"us-east1\"]", "{\"zone\":null}"},
	{POOL_PREFIX "zones", "[[\"us-central1-a\",\"us-central1-b\"],[\"us-central1-a\"]]",
		"{\"zone\":null,\"region\":\"us-central1\"}"},
	{POOL_PREFIX "targetShape", NULL, "{\"zone\":null,\"region\":\"us-central1\"}"},
	{POOL_PREFIX "instanceFlexibilityPolicy",
		"[{\"instanceSelections\":[{\"name\":\"a\",\"machineTypes\":[\"n1-standard-8\"]}]},{"
		"\"instanceSelections\":[{"
		"\"name\":\"a\",\"machineTypes\":[\"n1-standard-8\",\"n2-standard-8\"],\"rank\":2},{\"name\":\"b\","
		"\"machineTypes\":["
		"\"n1-standard-4\"],\"rank\":1}]},{\"instanceSelections\":[{\"name\":\"b\",\"machineTypes\":[\"n1-"
		"standard-4\"]}]}]",
		"{\"zone\":null,\"region\":\"us-central1\",\"targetShape\":\"ANY\"}"},
	{POOL_PREFIX "statefulPolicy.disks",
		"[[{\"deviceName\":\"persistent-disk-0\"}],[{\"deviceName\":\"persistent-disk-0\",\"autoDelete\":"
		"\"ON_PERMANENT_INSTANCE_DELETION\"}]]",
		NULL},
	{POOL_PREFIX "statefulPolicy.internalIPs",
		"[[{\"interfaceName\":\"nic0\"}],[{\"interfaceName\":\"nic0\",\"autoDelete\":\"ON_PERMANENT_INSTANCE_"
		"DELETION\"}]]",
		NULL},
	{POOL_PREFIX "statefulPolicy.externalIPs",
		"[[{\"interfaceName\":\"nic0\"}],[{\"interfaceName\":\"nic0\",\"autoDelete\":\"ON_PERMANENT_INSTANCE_"
		"DELETION\"}]]",
		"{\"template\":{\"externalIP\":true}}"},
	{POOL_PREFIX "replicas", "[1,2]", NULL},
	{POOL_PREFIX "role", NULL, "{\"replicas\":1}"},
	{POOL_PREFIX "backends", "[[{\"name\":\"default\"}],[]]", NULL},
	{POOL_PREFIX "canary",
		"[{\"template\":{\"machineType\":\"n1-standard-8\"},\"replicas\":1},{\"template\":{\"labels\":{\"a\":"
		"\"b\"}},\"percent\":50},{\"template\":{\"machineType\":\"n1-standard-8\"},\"percent\":100},{"
		"\"template\":{"
		"\"image\":\"projects/debian-cloud/global/images/family/debian-12\"},\"replicas\":2}]",
		"{\"replicas\":3}"},
	{POOL_PREFIX "capacity.balancingMode", NULL,
		"{\"capacity\":{\"maxRatePerInstance\":5,\"customMetrics\":[{\"name\":\"a\"}]}}"},
	{POOL_PREFIX "capacity.maxRatePerInstance", "[1,\"0.5\"]", NULL},
	{POOL_PREFIX "capacity.customMetrics",
		"[[{\"name\":\"a\"}],[{\"name\":\"a\",\"maxUtilizationPercent\":50},{\"name\":\"b\",\"dryRun\":true}]]",
		NULL},
	{POOL_PREFIX "capacity.capacityScalerPercent", "[10,100]", NULL},
	{HEALING_PREFIX "healthCheck.checkIntervalSec", "[20,40]", NULL},
	{HEALING_PREFIX "initialDelaySec", "[200,400]", NULL},
	{HEALING_PREFIX "healthCheck.type", NULL, "{\"healthCheck\":{\"port\":80}}"},
	{HEALING_PREFIX "healthCheck.port", "[80,8500]", NULL},
	{HEALING_PREFIX "healthCheck.portName", "[\"http\"]", NULL},
	{HEALING_PREFIX "healthCheck.requestPath", "[\"/a\",\"/b\"]", NULL},
	{HEALING_PREFIX "healthCheck.request", NULL, "{\"healthCheck\":{\"type\":\"TCP\"}}"},
	{HEALING_PREFIX "healthCheck.grpcServiceName", NULL, "{\"healthCheck\":{\"type\":\"GRPC\"}}"},
	{POOL_PREFIX "autoHealing.healthCheck",
		"[{\"port\":8500},{\"type\":\"TCP\"},{\"requestPath\":\"/live\",\"checkIntervalSec\":20}]", NULL},
	{POOL_PREFIX "autoHealing.initialDelaySec", "[200,400]", NULL},
	{POOL_PREFIX "autoscaling.minReplicas", "[1,2]", NULL},
	{POOL_PREFIX "autoscaling.maxReplicas", "[3,4]", NULL},
	{POOL_PREFIX "autoscaling.customMetricUtilizations",
		"[[{\"metric\":\"a\",\"utilizationTarget\":1}],[{\"metric\":\"a\",\"utilizationTarget\":\"0.5\","
		"\"utilizationTargetType\":\"DELTA_PER_SECOND\",\"filter\":\"x\"},{\"metric\":\"b\","
		"\"singleInstanceAssignment\":10}],[{\"metric\":\"b\",\"singleInstanceAssignment\":20}]]",
		NULL},
	{POOL_PREFIX "autoscaling.scaleInControl",
		"[{\"maxScaledInReplicas\":{\"fixed\":1},\"timeWindowSec\":60},{\"maxScaledInReplicas\":{\"percent\":"
		"20},"
		"\"timeWindowSec\":600}]",
		NULL},
	{POOL_PREFIX "autoscaling.scalingSchedules",
		"[[{\"name\":\"a\",\"schedule\":\"0 8 * * *\",\"durationSec\":300,\"minRequiredReplicas\":1}],[{"
		"\"name\":"
		"\"a\",\"schedule\":\"0 9 * * *\",\"durationSec\":300,\"minRequiredReplicas\":2,\"timeZone\":\"Europe/"
		"Berlin\","
		"\"disabled\":true,\"description\":\"d\"},{\"name\":\"b\",\"schedule\":\"0 8 * * "
		"*\",\"durationSec\":600,\"minRequiredReplicas\":1}]]",
		NULL},
	{FRONT_PREFIX "address",
		"[{\"type\":\"Reserved\"},{\"type\":\"Named\",\"name\":\"ip\"},{\"type\":\"Ephemeral\"}]", NULL},
	{FRONT_PREFIX "ipv6",
		"[{},{\"address\":{\"type\":\"Named\",\"name\":\"ip6\"}},{\"address\":{\"type\":\"Ephemeral\"}}]",
		NULL},
	{FRONT_PREFIX "tls",
		"[{" WEB "},{\"certificates\":[{\"name\":\"b\",\"sslCertificate\":\"other\"},{\"name\":\"web\","
		"\"sslCertificate\":\"web\"}],\"httpPolicy\":\"Serve\"},{\"certificateMap\":\"m\"},{" WEB
		",\"httpPolicy\":"
		"\"Disable\"},{" WEB ",\"port\":8443,\"httpPolicy\":\"Serve\"},{" WEB
		",\"port\":80,\"httpPolicy\":\"Disable\"}]",
		NULL},
	{TLS_PREFIX "sslPolicy",
		"[{\"name\":\"modern\"},{\"profile\":\"MODERN\"},{\"profile\":\"CUSTOM\",\"minTlsVersion\":\"TLS_1_1\","
		"\"customFeatures\":[\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"]}]",
		"{\"tls\":{" WEB "}}"},
	{TLS_PREFIX "quicOverride", NULL, "{\"tls\":{" WEB "}}"},
	{TLS_PREFIX "tlsEarlyData", NULL, "{\"tls\":{" WEB "}}"},
	{TLS_PREFIX "serverTlsPolicy",
		"[\"projects/my-project/locations/global/serverTlsPolicies/a\",\"projects/my-project/locations/global/"
		"serverTlsPolicies/b\"]",
		"{\"tls\":{" WEB "}}"},
	{TLS_PREFIX "redirectResponseCode", NULL, "{\"tls\":{" WEB "}}"},
	{WALL_PREFIX "logConfig.metadata", NULL, "{\"logConfig\":{\"enable\":true}}"},
	{POLICY_PREFIX "maxSurge", "[{\"fixed\":1},{\"fixed\":3},{\"percent\":50}]", NULL},
	{POLICY_PREFIX "maxUnavailable", "[{\"fixed\":1},{\"fixed\":3},{\"percent\":50}]", NULL},
	{POLICY_PREFIX "mostDisruptiveAllowedAction", NULL, "{\"maxUnavailable\":{\"fixed\":1}}"},
	{POLICY_PREFIX "minimalAction", NULL, "{\"maxUnavailable\":{\"fixed\":1}}"},
};

static const struct example *example_of(const char *path)
{
	for (const struct example *example = traffic_examples; example->path; example++) {
		if (text_equal(example->path, path))
			return example;
	}
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		if (text_equal(examples[i].path, path))
			return &examples[i];
	}
	return NULL;
}

struct run_of_leaves {
	struct world world;
	int part, parts, leaf, edits;
	const char *only; /* a path; NULL: all */
};

/* --- values --- */

static cJSON *two_texts(const cJSON *schema)
{
	/* Any label, word or scope; texts with a pattern of their own stand among the examples. */
	return json_parse_text(
		json_member(schema, "enum") ? json_print(json_member(schema, "enum")) : "[\"aa\",\"bb-1\"]");
}

static cJSON *values_of(const cJSON *schema, const char *path)
{
	const struct example *example = example_of(path);
	const char *type = json_text_or(schema, "type", "");

	if (example && example->values)
		return json_parse_text(example->values);
	if (text_equal(type, "boolean"))
		return json_parse_text("[true,false]");
	if (text_equal(type, "integer"))
		return json_parse_text(arena_printf(json_arena(), "[%lld,%lld]",
			(long long)json_int(schema, "minimum", 0), (long long)json_int(schema, "minimum", 0) + 1));
	if (text_equal(type, "array"))
		return json_parse_text("[[\"aa\"],[\"bb\",\"aa\"]]");
	if (text_equal(type, "object"))
		return json_parse_text("[{\"k\":\"v\"},{\"k\":\"w\",\"l\":\"v\"}]");
	return two_texts(schema);
}

static bool is_required(const cJSON *above, const char *name)
{
	const cJSON *required;

	cJSON_ArrayForEach(required, json_member(above, "required"))
	{
		if (text_equal(required->valuestring, name))
			return true;
	}
	return false;
}

/* --- templates --- */

/* value NULL: without it. Objects on the way get what they require. */
static void put(cJSON *object, const cJSON *schema, const char *path, const char *at, const cJSON *value)
{
	size_t length = strcspn(at, ".");
	char *name = arena_strndup(json_arena(), at, length);
	const cJSON *inner = json_member(json_member(schema, "properties"), name), *required;
	char *here = arena_strndup(json_arena(), path, (size_t)(at - path) + length);

	if (!at[length]) {
		if (value)
			json_set(object, name, json_copy(value));
		else
			json_remove(object, name);
		return;
	}
	if (!json_member(object, name))
		json_set_object(object, name);
	cJSON_ArrayForEach(required, json_member(inner, "required"))
	{
		const char *below = arena_printf(json_arena(), "%s.%s", here, required->valuestring);
		const cJSON *type = json_member(json_member(inner, "properties"), required->valuestring);

		json_set(json_member(object, name), required->valuestring,
			json_copy(cJSON_GetArrayItem(values_of(type, below), 0)));
	}
	put(json_member(object, name), inner, path, at + length + 1, value);
}

static const cJSON *whole_schema(void)
{
	return json_at(crd_build(), "spec.versions[0].schema.openAPIV3Schema.properties.spec");
}

static const cJSON *spec_schema(const char *name)
{
	return json_member(json_member(whole_schema(), "properties"), name);
}

/* Objects of the spec whose leaves begin with their name. What begins with none, and is no pool's, is the template's. */
static const char *const owners[] = {"updatePolicy", "frontend", "firewall", "autoHealing", "allInstancesConfig",
	"serving", "healthCheck", "rollout", "training"};

static const char *owner_name(const char *path)
{
	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		if (text_starts(path, owners[i]) && path[strlen(owners[i])] == '.')
			return owners[i];
	}
	return NULL;
}

/* The object that a path begins in: its schema, its place, and how much of the path says so. */
struct owner {
	const cJSON *schema;
	const char *place;
	size_t length;
};

static struct owner owner_of(const char *path)
{
	const char *name = owner_name(path);

	if (text_starts(path, POOL_PREFIX))
		return (struct owner){json_member(spec_schema("pools"), "items"), "spec.pools[0]", strlen(POOL_PREFIX)};
	if (text_starts(path, ROUTE_PREFIX))
		return (struct owner){
			json_member(spec_schema("routes"), "items"), "spec.routes[0]", strlen(ROUTE_PREFIX)};
	if (text_starts(path, BUCKET_PREFIX))
		return (struct owner){json_at(spec_schema("backends"), "items.properties.bucket"),
			"spec.backends[0].bucket", strlen(BUCKET_PREFIX)};
	if (text_starts(path, SPEC_PREFIX))
		return (struct owner){whole_schema(), "spec", strlen(SPEC_PREFIX)};
	if (name)
		return (struct owner){spec_schema(name), arena_printf(json_arena(), "spec.%s", name), strlen(name) + 1};
	return (struct owner){spec_schema("template"), "spec.template", 0};
}

#define SITE "{\"name\":\"site\",\"bucket\":{\"bucketName\":\"my-site\"}}"

/* A route has a second backend to lead to, and a bucket. */
static cJSON *object_for(const char *path)
{
	cJSON *object = json_parse_text(OBJECT(
		"default", "tf", TEMPLATE ",\"replicas\":1,\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-a\"}]"));
	cJSON *spec = json_member(object, "spec");

	if (text_starts(path, ROUTE_PREFIX))
		json_merge(spec, json_parse_text("{\"backends\":[{\"name\":\"v2\"}," SITE
						 "],\"routes\":[{\"name\":\"r\"}],\"pools\":[{"
						 "\"name\":\"cpu\",\"zone\":\"us-central1-a\",\"backends\":[{\"name\":"
						 "\"default\"},{\"name\":\"v2\"}]}]}"));
	if (text_starts(path, BUCKET_PREFIX))
		json_merge(spec, json_parse_text("{\"backends\":[" SITE
						 "],\"routes\":[{\"name\":\"r\",\"backend\":\"site\"}]}"));
	if (text_equal(path, POOL_PREFIX "role") || text_starts(path, "training."))
		json_merge(
			spec, json_parse_text("{\"training\":{},\"pools\":[{\"name\":\"cpu\",\"zone\":"
					      "\"us-central1-a\"},{\"name\":\"w\",\"zone\":\"us-central1-a\","
					      "\"role\":\"WORKER\"},{\"name\":\"web\",\"zone\":\"us-central1-a\"}]}"));
	if (owner_name(path))
		json_set_object(spec, owner_name(path));
	return object;
}

static void apply(struct run_of_leaves *run, const char *path, const cJSON *value)
{
	const struct example *example = example_of(path);
	struct owner owner = owner_of(path);
	cJSON *object = object_for(path);

	if (example && example->with)
		json_merge(json_at(object, owner.place), json_parse_text(example->with));
	put(json_at(object, owner.place), owner.schema, path, path + owner.length, value);
	apiserver_apply(&run->world.api, json_print(object));
	run->edits++;
	if (!world_until_ready(&run->world, KEY, LONG))
		world_complain(&run->world, "%s = %s: not Ready: %s", path, value ? json_print(value) : "nothing",
			json_text_or(
				json_at(apiserver_get(&run->world.api, KEY), "status.conditions[0]"), "message", ""));
}

/* From each to each other: 0 1 0 2 0 1 2 1, and nothing at the end. */
static void change(struct run_of_leaves *run, const char *path, const cJSON *values, bool may_be_absent)
{
	const cJSON *states[VALUES_MAX] = {NULL};
	int count = may_be_absent ? 1 : 0;
	const cJSON *value;

	cJSON_ArrayForEach(value, values) states[count++] = value;
	for (int i = 0; i < count; i++) {
		for (int j = i + 1; j < count; j++) {
			apply(run, path, states[i]);
			apply(run, path, states[j]);
		}
		apply(run, path, states[i]);
	}
	check_settled(&run->world);
	judge_nothing_refused(&run->world);
}

static void leaf(struct run_of_leaves *run, const cJSON *schema, const char *path, bool may_be_absent)
{
	JSON_WORK(work);
	bool mine = run->only ? text_equal(run->only, path) : run->leaf % run->parts == run->part;
	size_t complaints = run->world.complaints.count;

	run->leaf++;
	if (!mine)
		return;
	change(run, path, values_of(schema, path), may_be_absent);
	for (; complaints < run->world.complaints.count; complaints++)
		printf("  %s: %s\n", path, (char *)run->world.complaints.own_items[complaints]);
}

/* To the object that all leaves start from, whichever was the last. */
static void go_back(struct run_of_leaves *run)
{
	JSON_WORK(work);

	apiserver_apply(&run->world.api, json_print(object_for("")));
	if (!world_until_ready(&run->world, KEY, LONG))
		world_complain(&run->world, "not Ready at the end");
}

/* What a pool has over the spec is another test's; its name and place can't be left out, and which scheme one can have depends on the
 * one it was born with. What makes up tls stands among the examples as a whole. */
static bool is_no_leaf(const char *path)
{
	return text_equal(path, POOL_PREFIX "name") || text_equal(path, POOL_PREFIX "template") ||
	       text_equal(path, POOL_PREFIX "updatePolicy") || text_equal(path, FRONT_PREFIX "loadBalancingScheme") ||
	       text_equal(path, TLS_PREFIX "port") || text_equal(path, TLS_PREFIX "httpPolicy") ||
	       text_equal(path, TLS_PREFIX "certificates") || text_equal(path, TLS_PREFIX "certificateMap") ||
	       text_equal(path, "serving.strongSessionAffinityCookie");
}

static bool is_needed(const char *path)
{
	return text_equal(path, "image") || text_equal(path, POOL_PREFIX "zone") ||
	       text_equal(path, POOL_PREFIX "region");
}

/* above: with its dot. */
static void leaves(struct run_of_leaves *run, const cJSON *schema, const char *above)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, json_member(schema, "properties"))
	{
		char *path = arena_printf(json_arena(), "%s%s", above, member->string);
		const struct example *example = example_of(path);
		bool may_be_absent = !is_required(schema, member->string) && !is_needed(path);

		if (is_no_leaf(path))
			continue;
		if (json_member(member, "properties") && !(example && example->values))
			leaves(run, member, arena_printf(json_arena(), "%s.", path));
		else
			leaf(run, member, path, may_be_absent);
	}
}

/* An edit never gives an address away, and not every part has leaves that reserve one for IPv6. */
static void keep_addresses(struct world *world)
{
	JSON_WORK(work);
	const cJSON *item;

	cJSON_ArrayForEach(item, world_list(world, "global/addresses")) world->more.addresses +=
		text_ends(json_text_or(item, "name", ""), "-ipv6-address");
}

int main(int argc, char **argv)
{
	JSON_WORK(work);
	struct run_of_leaves run = {.part = 0, .parts = 1};
	size_t told;
	int failed;

	if (argc > 1)
		sscanf(argv[1], "%d/%d", &run.part, &run.parts);
	run.only = argc > 2 ? argv[2] : NULL;
	world_init(&run.world, 1);
	world_do(&run.world, "POST", "global/networks", "{\"name\":\"ml\",\"autoCreateSubnetworks\":true}");
	world_do(&run.world, "POST", "global/addresses", "{\"name\":\"ip\"}");
	world_do(&run.world, "POST", "global/addresses", "{\"name\":\"ip6\",\"ipVersion\":\"IPV6\"}");
	world_do(&run.world, "POST", "global/sslPolicies", "{\"name\":\"modern\"}");
	make_certificate(&run.world, "web");
	make_certificate(&run.world, "other");
	apiserver_policy(&run.world.api, "all", ALL_ALLOWED);
	apiserver_opaque(&run.world.api, "default", "texts", TRANSITION_TEXTS);
	world_start(&run.world);
	leaves(&run, spec_schema("template"), "");
	leaves(&run, spec_schema("updatePolicy"), POLICY_PREFIX);
	leaves(&run, spec_schema("frontend"), FRONT_PREFIX);
	leaves(&run, json_member(json_member(spec_schema("frontend"), "properties"), "tls"), TLS_PREFIX);
	leaves(&run, spec_schema("firewall"), WALL_PREFIX);
	leaves(&run, spec_schema("autoHealing"), HEALING_PREFIX);
	leaves(&run, spec_schema("allInstancesConfig"), "allInstancesConfig.");
	leaves(&run, spec_schema("serving"), "serving.");
	leaf(&run, spec_schema("serving"), SPEC_PREFIX "serving", true);
	leaves(&run, spec_schema("healthCheck"), "healthCheck.");
	leaves(&run, spec_schema("rollout"), "rollout.");
	leaves(&run, spec_schema("training"), "training.");
	leaf(&run, spec_schema("minHealthyPercent"), SPEC_PREFIX "minHealthyPercent", true);
	leaf(&run, spec_schema("routeTests"), SPEC_PREFIX "routeTests", true);
	leaves(&run, json_member(spec_schema("routes"), "items"), ROUTE_PREFIX);
	leaves(&run, json_at(spec_schema("backends"), "items.properties.bucket"), BUCKET_PREFIX);
	leaves(&run, json_member(spec_schema("pools"), "items"), POOL_PREFIX);
	go_back(&run);
	world_run(&run.world, 10 * MINUTE); /* autoscalers look at what was changed a while later */
	told = run.world.complaints.count;
	keep_addresses(&run.world);
	check_rest(&run.world, 1, 1);
	for (; told < run.world.complaints.count; told++)
		printf("  at the end: %s\n", (char *)run.world.complaints.own_items[told]);
	failed = (int)run.world.complaints.count;
	printf("%d leaves, %d edits, %d complaints\n", run.leaf, run.edits, failed);
	world_done(&run.world);
	return failed > 0;
}
