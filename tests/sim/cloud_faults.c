/* F9, F11, F12: what colleagues, the token service and quotas may do to the cloud's side. */
#include <string.h>

#include "sim/fault.h"

/* --- F9: somebody else --- */

enum act { ACT_CHANGE, ACT_DELETE, ACT_REPLACE, ACT_DEPEND, ACTS };
enum { DEPENDANT_MS = 360000, FOREIGN_MS = 300000 };

#define CLOUD_URL "https://www.googleapis.com/compute/v1/projects/my-project/"

static const struct prey {
	const char *collection;
	const char *change; /* body of a PATCH; NULL: see verb */
	const char *verb;   /* of a POST, with its query; NULL: it can't be changed */
	const char *dependant,
		*dependant_body; /* another collection, and a body with the link to the prey in it; NULL: none */
} preys[] = {
	{.collection = "global/addresses"},
	{.collection = "global/firewalls", .change = "{\"sourceRanges\":[\"10.0.0.0/8\"]}"},
	{"global/healthChecks", "{\"checkIntervalSec\":77}", NULL, "global/backendServices",
		"{\"name\":\"foreign\",\"loadBalancingScheme\":\"EXTERNAL\",\"protocol\":\"HTTP\",\"healthChecks\":[\"%"
		"s\"]}"},
	{"global/instanceTemplates", NULL, NULL, "zones/us-central1-a/instanceGroupManagers",
		"{\"name\":\"foreign\",\"baseInstanceName\":\"foreign\",\"targetSize\":0,\"instanceTemplate\":\"%s\"}"},
	{.collection = "zones/us-central1-a/instanceGroupManagers", .verb = "resize?size=7"},
	{"global/backendServices", "{\"timeoutSec\":88}", NULL, "global/urlMaps",
		"{\"name\":\"foreign\",\"defaultService\":\"%s\"}"},
	{"global/urlMaps",
		"{\"hostRules\":[{\"hosts\":[\"a.example.com\"],\"pathMatcher\":\"m\"}],\"pathMatchers\":[{\"name\":"
		"\"m\","
		"\"defaultUrlRedirect\":{\"httpsRedirect\":true,\"stripQuery\":false}}]}",
		NULL, "global/targetHttpProxies", "{\"name\":\"foreign\",\"urlMap\":\"%s\"}"},
	{"global/targetHttpProxies", NULL, NULL, "global/forwardingRules",
		"{\"name\":\"foreign\",\"loadBalancingScheme\":\"EXTERNAL\",\"IPProtocol\":\"TCP\",\"portRange\":"
		"\"80\",\"target\":"
		"\"%s\"}"},
	{.collection = "global/forwardingRules"},
	{.collection = "zones/us-central1-a/instances"},
};

static bool is_victim(const struct injector *injector, const struct prey *prey, const char *name)
{
	if (strstr(prey->collection, "/instances"))
		return text_starts(name, "tf-instance");
	return text_starts(name, "tflb-") && (injector->aim != AIM_OBJECT || strstr(name, "-tf-"));
}

/* "COLLECTION/NAME" of the first that is ours, in the arena; NULL: there is none yet. */
static char *victim_of(const struct injector *injector, const struct prey *prey)
{
	const char *text = world_cloud_begin(injector->world, "GET", prey->collection, NULL);
	const cJSON *item;

	cJSON_ArrayForEach(item, json_member(json_parse_text(text), "items"))
	{
		if (is_victim(injector, prey, json_text_or(item, "name", "")))
			return arena_printf(json_arena(), "%s/%s", prey->collection, json_text(item, "name"));
	}
	return NULL;
}

static void remove_foreign(struct injector *injector, struct fake_call *call, void *own_data)
{
	world_cloud_begin(injector->world, "DELETE", own_data, NULL);
	injector_lasts(injector, 61000);
	if (injector->world->direct_status >= 300 && injector->world->direct_status != 404)
		injector_later(injector, 30000, remove_foreign, NULL, own_data);
	else
		mem_free(own_data);
}

struct replacement {
	char *own_collection, *own_path, *own_body;
	int tries;
};

/* As soon as the name is free. */
static void replace(struct injector *injector, struct fake_call *call, void *own_data)
{
	struct replacement *replacement = own_data;

	world_cloud_begin(injector->world, "POST", replacement->own_collection, replacement->own_body);
	if (injector->world->direct_status == 409 && replacement->tries-- > 0) {
		injector_lasts(injector, 2000);
		injector_later(injector, 200, replace, NULL, own_data);
		return;
	}
	if (injector->world->direct_status < 300) {
		injector_lasts(injector, FOREIGN_MS + 1000);
		injector_later(injector, FOREIGN_MS, remove_foreign, NULL, TAKE(replacement->own_path));
	}
	mem_free(replacement->own_collection);
	mem_free(replacement->own_path);
	mem_free(replacement->own_body);
	mem_free(replacement);
}

static void begin_replace(struct injector *injector, const struct prey *prey, const char *victim)
{
	struct world *world = injector->world;
	static const char *const outputs[] = {"kind", "id", "selfLink", "creationTimestamp", "fingerprint",
		"labelFingerprint", "region", "zone", "status", "instanceGroup", "currentActions", "users",
		"selfLinkWithId", "instanceGroupManager", "usedBy", "size", "namedPorts"};
	cJSON *body = json_parse_text(world_cloud_begin(world, "GET", victim, NULL));
	struct replacement *replacement;

	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
		json_remove(body, outputs[i]);
	json_set_text(body, "description", "somebody else's");
	world_cloud_begin(world, "DELETE", victim, NULL);
	if (world->direct_status >= 300)
		return; /* the cloud does not let it go */
	replacement = mem_alloc(sizeof(*replacement));
	replacement->own_collection = mem_strdup(prey->collection);
	replacement->own_path = mem_strdup(victim);
	replacement->own_body = json_print_owned(body);
	replacement->tries = 500;
	replace(injector, NULL, replacement);
}

static void begin_dependant(struct injector *injector, const struct prey *prey, const char *victim)
{
	char *link = arena_printf(json_arena(), CLOUD_URL "%s", victim);
	cJSON *body = json_parse_text(prey->dependant_body);
	cJSON *member;

	/* The one member with a hole in it. */
	cJSON_ArrayForEach(member, body)
	{
		cJSON *text = cJSON_IsArray(member) ? member->child : member;

		if (cJSON_IsString(text) && !strcmp(text->valuestring, "%s"))
			text->valuestring = link;
	}
	world_cloud_begin(injector->world, "POST", prey->dependant, json_print(body));
	if (injector->world->direct_status >= 300)
		return;
	injector_lasts(injector, DEPENDANT_MS);
	injector_later(injector, DEPENDANT_MS - 60000, remove_foreign, NULL, mem_printf("%s/foreign", prey->dependant));
}

bool strike_meddler(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call)
{
	JSON_WORK(work);
	const struct prey *prey = &preys[fault->variant / ACTS];
	char *victim = victim_of(injector, prey);

	if (!victim)
		return false;
	injector->world->meddled = true;
	injector_lasts(injector, 60000);
	switch ((enum act)(fault->variant % ACTS)) {
	case ACT_CHANGE:
		if (prey->change)
			world_cloud_begin(injector->world, "PATCH", victim, prey->change);
		else if (prey->verb)
			world_cloud_begin(
				injector->world, "POST", arena_printf(json_arena(), "%s/%s", victim, prey->verb), NULL);
		break;
	case ACT_DELETE:
		world_cloud_begin(injector->world, "DELETE", victim, NULL);
		break;
	case ACT_REPLACE:
		if (!strstr(prey->collection, "/instances"))
			begin_replace(injector, prey, victim);
		break;
	default:
		if (prey->dependant)
			begin_dependant(injector, prey, victim);
		break;
	}
	return false;
}

/* --- F11: credentials --- */

enum {
	TOKEN_EXPIRED,
	TOKEN_MISSING,
	TOKEN_GARBAGE,
	TOKEN_ROTATED,
	ACCOUNT_DISABLED,
	CLOCK_SKEW,
	KUBE_ROTATED,
	KUBE_DISABLED,
};
enum { TROUBLE_MS = 60000, DISABLED_MS = 130000 };

static const char CLOUD_FILE[] = "/cloud-token", KUBE_FILE[] = "/kube-token";
static const char CLOUD_NEW[] = "ya29.sesame-cloud-two", KUBE_NEW[] = "sesame-kube-two";

static void give(struct injector *injector, const char *file, const char *text)
{
	for (int i = 0; i < REPLICAS_MAX; i++)
		fake_env_file(&injector->world->replicas[i].env, file, text);
}

static void give_cloud(struct injector *injector, struct fake_call *call, void *own_data)
{
	give(injector, CLOUD_FILE, CLOUD_NEW);
	injector->cloud_token = CLOUD_NEW;
}

static void give_kube(struct injector *injector, struct fake_call *call, void *own_data)
{
	give(injector, KUBE_FILE, KUBE_NEW);
	injector->kube_token = KUBE_NEW;
}

static void recover(struct injector *injector, int64_t ms, late_fn fn)
{
	injector_later(injector, ms, fn, NULL, NULL);
	injector_lasts(injector, ms);
}

bool strike_credential(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call)
{
	switch (fault->variant) {
	case TOKEN_EXPIRED:
		injector->cloud_token = CLOUD_NEW;
		recover(injector, TROUBLE_MS, give_cloud);
		break;
	case TOKEN_MISSING:
		give(injector, CLOUD_FILE, NULL);
		recover(injector, TROUBLE_MS, give_cloud);
		break;
	case TOKEN_GARBAGE:
		give(injector, CLOUD_FILE, "two words\n\x01");
		recover(injector, TROUBLE_MS, give_cloud);
		break;
	case TOKEN_ROTATED:
		give_cloud(injector, NULL, NULL);
		break;
	case ACCOUNT_DISABLED:
		injector->cloud_token = "nobody's";
		recover(injector, DISABLED_MS, give_cloud);
		break;
	case CLOCK_SKEW:
		fake_env_set_wall(&replica->env, env_wall_us(&replica->env.env) + INT64_C(600) * 1000000);
		break;
	case KUBE_ROTATED:
		give_kube(injector, NULL, NULL);
		break;
	case KUBE_DISABLED:
		injector->kube_token = KUBE_NEW;
		injector->world->mute_until = injector->world->loop.now_ms + TROUBLE_MS;
		recover(injector, TROUBLE_MS, give_kube);
		break;
	}
	return false;
}

bool credential_refuses(struct injector *injector, struct fake_call *call)
{
	bool for_cloud = world_is_for_cloud(call);
	const char *wanted = for_cloud ? injector->cloud_token : injector->kube_token;
	const char *given = fake_header(call, "Authorization");
	struct fault fault = {.family = FAULT_REFUSAL, .variant = 1};

	if (!wanted || (given && strstr(given, wanted)))
		return false;
	strike_refusal(injector, &fault, NULL, call);
	return true;
}

/* --- F12: quotas --- */

enum { RATES = 5 };

static const struct {
	int minutes;
	bool only_writes, only_reads;
} rates[RATES] = {{.minutes = 1}, {.minutes = 3}, {.minutes = 10}, {.minutes = 3, .only_writes = true},
	{.minutes = 3, .only_reads = true}};

static const struct {
	const char *metric, *region;
} counts[] = {
	{"STATIC_ADDRESSES", NULL},
	{"FIREWALLS", NULL},
	{"HEALTH_CHECKS", NULL},
	{"INSTANCE_TEMPLATES", NULL},
	{"INSTANCE_GROUP_MANAGERS", "us-central1"},
	{"BACKEND_SERVICES", NULL},
	{"URL_MAPS", NULL},
	{"TARGET_HTTP_PROXIES", NULL},
	{"FORWARDING_RULES", NULL},
	{"CPUS", "us-central1"},
};

enum { RAISED_MS = 400000 };

static void set_quota(struct injector *injector, int index, bool full)
{
	AUTO_FREE char *region =
		counts[index].region ? mem_printf(",\"region\":\"%s\"", counts[index].region) : mem_strdup("");
	AUTO_FREE char *body = mem_printf("{\"quota\":{\"project\":\"my-project\",\"metric\":\"%s\",\"limit\":%s%s}}",
		counts[index].metric, full ? "0" : "null", region);

	world_cloud_begin(injector->world, "POST", "/emulator/v1/world", body);
}

static void raise(struct injector *injector, struct fake_call *call, void *own_data)
{
	for (int i = 0; i < (int)(sizeof(counts) / sizeof(counts[0])); i++)
		set_quota(injector, i, false);
}

bool strike_quota(struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call)
{
	if (fault->variant >= RATES) {
		set_quota(injector, fault->variant - RATES, true);
		recover(injector, RAISED_MS, raise);
		return false;
	}
	injector->throttled_until = injector->world->loop.now_ms + rates[fault->variant].minutes * 60000;
	injector->only_writes = rates[fault->variant].only_writes;
	injector->only_reads = rates[fault->variant].only_reads;
	injector_lasts(injector, rates[fault->variant].minutes * 60000);
	return false;
}
