/* Who may use what: policies that come, change and go while objects live. A refusal stops writes and never deletes. */
#include <stdio.h>
#include <string.h>

#include "sim/script.h"

#define ALLOW(members) "{\"namespaceSelector\":{},\"allow\":{\"projects\":[\"my-project\"]" members "}}"
#define SELECT(label, members)                                                                                         \
	"{\"namespaceSelector\":{\"matchLabels\":{\"team\":\"" label                                                   \
	"\"}},\"allow\":{\"projects\":[\"my-project\"]" members "}}"
#define LOCK "{\"namespaceSelector\":{},\"allow\":{\"projects\":[]}}"
#define SMALL OBJECT("default", "tf", TEMPLATE "," POOL)

static void check_untouched(struct world *world)
{
	JSON_WORK(work);

	if (world->cloud_writes)
		world_complain(world, "%d writes to the cloud", (int)world->cloud_writes);
	if (json_at(apiserver_get(&world->api, KEY), "metadata.finalizers"))
		world_complain(world, "a finalizer although nothing may be made");
}

static void check_told(struct world *world, const char *start, int count)
{
	int found = 0;

	for (size_t i = 0; i < world->api.event_notes.count; i++)
		found += text_starts(world->api.event_notes.own_items[i], start);
	if (found < count || found > for_each(world, count))
		world_complain(world, "%d events \"%s\", %d expected", found, start, count);
}

/* Seen and refused; allowed, and made. */
void policies_denied(struct world *world)
{
	apiserver_policy(&world->api, "lock", LOCK);
	start_with(world, SMALL);
	check_reason(world, KEY, "PolicyDenied", "spec.project: policy lock does not allow project my-project");
	check_stalled(world, KEY);
	world_run(world, 10 * MINUTE);
	check_untouched(world);
	check_told(world, "PolicyDenied: spec.project", 1);
	apiserver_policy(&world->api, "ml", ALLOW(",\"machineTypes\":[\"n2-*\"]"));
	check_reason(world, KEY, "PolicyDenied", "spec.template.machineType: policy ml");
	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n2-standard-4\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

static void delete_rule(struct world *world)
{
	JSON_WORK(work);
	const cJSON *item;

	cJSON_ArrayForEach(item, world_list(world, "global/forwardingRules"))
	{
		char *path = arena_printf(json_arena(), "global/forwardingRules/%s", json_text(item, "name"));

		world_do(world, "DELETE", path, NULL);
		return;
	}
	world_complain(world, "no forwarding rule");
}

/* Tightened while it serves: nothing is written any more, not even what would mend it, and nothing is deleted. */
void policies_tightened(struct world *world)
{
	uint64_t writes;

	apiserver_policy(&world->api, "ml", ALLOW(""));
	start_with(world, SMALL);
	check_ready(world, KEY);
	check_settled(world);
	apiserver_policy(&world->api, "ml", ALLOW(",\"regions\":[\"europe-*\"]"));
	check_reason(world, KEY, "PolicyDenied", "spec.pools[0].zone: policy ml does not allow region us-central1");
	check_stalled(world, KEY);
	writes = world->cloud_writes;
	delete_rule(world);
	apiserver_edit(&world->api, KEY, "{\"replicas\":7}");
	world_run(world, 10 * MINUTE);
	check_no_writes(world, writes);
	judge_machines(world, "us-central1-a", 3);
	check_deleted(world, KEY);
	judge_nothing(world);
}

/* A namespace comes under a policy, and leaves it, by its labels. */
void policies_labels(struct world *world)
{
	apiserver_policy(&world->api, "web", SELECT("web", ",\"machineTypes\":[\"e2-*\"]"));
	start_with(world, SMALL);
	check_ready(world, KEY);
	apiserver_label(&world->api, "default", "{\"team\":\"web\"}");
	check_reason(world, KEY, "PolicyDenied", "policy web");
	apiserver_label(&world->api, "default", "{\"team\":\"ml\"}");
	check_ready(world, KEY);
	apiserver_label(&world->api, "default", "{\"team\":\"web\"}");
	check_reason(world, KEY, "PolicyDenied", "policy web");
	apiserver_policy(&world->api, "web", NULL);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* A namespace that can't be read is not one without labels: nothing is written until somebody knows which policies select it. */
static void nest_namespace(struct world *world, int depth)
{
	JSON_WORK(work);
	cJSON *object = cJSON_CreateObject(), *metadata = json_set_object(object, "metadata"), *inner;

	json_set_text(metadata, "name", "default");
	json_set_text(json_set_object(metadata, "labels"), "team", "web");
	inner = json_set_object(metadata, "annotations");
	for (int i = 0; i < depth; i++)
		inner = json_set_object(inner, "in");
	shelf_put(&world->api.namespaces, "default", object, ++world->api.version);
}

void policies_namespace_unreadable(struct world *world)
{
	uint64_t writes;

	apiserver_policy(&world->api, "web", SELECT("web", ",\"machineTypes\":[\"e2-*\"]"));
	start_with(world, SMALL);
	check_ready(world, KEY);
	check_settled(world);
	writes = world->cloud_writes;
	nest_namespace(world, 100);
	apiserver_edit(&world->api, KEY, "{\"replicas\":4}");
	check_reason(world, KEY, "Pending", "namespace default is too large or nested too deep to be read");
	check_no_writes(world, writes);
	nest_namespace(world, 1);
	check_reason(world, KEY, "PolicyDenied", "policy web");
	apiserver_label(&world->api, "default", "{}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

static void of_project(struct world *world, const char *project)
{
	for (int i = 0; i < world->replica_count; i++)
		fake_env_variable(&world->replicas[i].env, "GOOGLE_CLOUD_PROJECT", project);
}

/* Without a policy: the project of the controller's own credentials, and no service account. */
void policies_built_in(struct world *world)
{
	of_project(world, "other-project");
	start_with(world, SMALL);
	check_reason(world, KEY, "PolicyDenied", "the built-in policy allows only other-project");
	check_untouched(world);
	world_kill(world);
	of_project(world, "my-project");
	world_start(world);
	check_ready(world, KEY);
	apiserver_edit(
		&world->api, KEY, "{\"template\":{\"serviceAccount\":\"tf@my-project.iam.gserviceaccount.com\"}}");
	check_reason(world, KEY, "PolicyDenied", "spec.template.serviceAccount: the built-in policy allows no");
	apiserver_policy(&world->api, "ml", ALLOW(",\"serviceAccounts\":[\"tf@*.iam.gserviceaccount.com\"]"));
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* --- whom the controller acts as --- */

#define TEAM_A "a@team-a.iam.gserviceaccount.com"
#define TEAM_B "b@team-b.iam.gserviceaccount.com"
#define AS(email)                                                                                                      \
	"{\"namespaceSelector\":{},\"allow\":{\"projects\":[\"my-project\"]},\"impersonateServiceAccount\":\"" email   \
	"\"}"

/* Hears every call, and gives out tokens whose names tell whose they are. */
struct ear {
	struct world *world;
	int own, a, b, others; /* calls to Compute Engine, by whose token they bear */
};

static void give_token(struct ear *ear, struct fake_call *call)
{
	const char *email = strrchr(call->path, '/') + 1;
	AUTO_FREE char *body = mem_printf("{\"accessToken\":\"%s\",\"expireTime\":\"2027-01-01T00:00:00Z\"}",
		text_starts(email, TEAM_A)   ? "of-a"
		: text_starts(email, TEAM_B) ? "of-b"
					     : "of-nobody");

	if (!text_equal(fake_header(call, "Authorization"), "Bearer our-own"))
		world_complain(ear->world, "a token is asked for with %s", fake_header(call, "Authorization"));
	fake_answer(call, 200, "application/json", body);
}

static void count_call(struct ear *ear, const struct fake_call *call)
{
	const char *header = fake_header(call, "Authorization");

	*(text_equal(header, "Bearer our-own")      ? &ear->own
		: text_equal(header, "Bearer of-a") ? &ear->a
		: text_equal(header, "Bearer of-b") ? &ear->b
						    : &ear->others) += 1;
}

static bool on_call(void *arg, struct replica *replica, struct fake_call *call)
{
	struct ear *ear = arg;

	if (strstr(call->path, ":generateAccessToken")) {
		give_token(ear, call);
		return true;
	}
	if (strstr(call->path, "/compute/v1/"))
		count_call(ear, call);
	return false;
}

static void check_calls(struct ear *ear, const char *when, bool own, bool a, bool b)
{
	if (!!ear->own != own || !!ear->a != a || !!ear->b != b || ear->others)
		world_complain(ear->world, "%s: %d calls as ourselves, %d as a, %d as b, %d as others", when, ear->own,
			ear->a, ear->b, ear->others);
	ear->own = ear->a = ear->b = ear->others = 0;
}

static void live_as(struct ear *ear)
{
	struct world *world = ear->world;

	apiserver_policy(&world->api, "team", AS(TEAM_A));
	start_with(world, SMALL);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_calls(ear, "made", false, true, false);
	apiserver_policy(&world->api, "team", AS(TEAM_B));
	world_run(world, 5 * MINUTE); /* what the account has left is looked at a few times more */
	ear->a = 0;
	check_rest(world, 1, 1);
	check_calls(ear, "another account", false, false, true);
	apiserver_policy(&world->api, "team", ALLOW(""));
	world_run(world, 5 * MINUTE); /* what the account has left is looked at a few times more */
	ear->b = 0;
	check_rest(world, 1, 1);
	check_calls(ear, "none", true, false, false);
	apiserver_policy(&world->api, "team", AS(TEAM_A));
	world_run(world, 5 * MINUTE); /* what the account has left is looked at a few times more */
	ear->own = 0;
	check_deleted(world, KEY);
	judge_nothing(world);
	check_calls(ear, "deleted", false, true, false);
	check_told(world, "Orphaned", 0);
}

static void listen(struct world *world, void (*live)(struct ear *ear))
{
	struct ear ear = {.world = world};

	world->faults = (struct world_hooks){.call = on_call, .arg = &ear};
	for (int i = 0; i < world->replica_count; i++)
		fake_env_file(&world->replicas[i].env, "/token", "our-own\n");
	world->token_file = "/token";
	live(&ear);
	world_kill(world);
	world->faults = (struct world_hooks){0};
}

void policies_identity(struct world *world)
{
	listen(world, live_as);
}

#define NAMESPACE_AS(label, email)                                                                                     \
	"{\"namespaceSelector\":{\"matchLabels\":{\"team\":\"" label                                                   \
	"\"}},\"allow\":{\"projects\":[\"my-project\"]},\"impersonateServiceAccount\":\"" email "\"}"

/* A chain goes to a namespace of another account: from then on nothing is done as the first one any more. */
static void move_as(struct ear *ear)
{
	struct world *world = ear->world;

	apiserver_policy(&world->api, "a", NAMESPACE_AS("a", TEAM_A));
	apiserver_policy(&world->api, "b", NAMESPACE_AS("b", TEAM_B));
	apiserver_label(&world->api, "default", "{\"team\":\"a\"}");
	apiserver_label(&world->api, "other", "{\"team\":\"b\"}");
	start_with(world, SMALL);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	check_calls(ear, "made", false, true, false);
	apiserver_edit(&world->api, KEY, "{\"moveTo\":{\"namespace\":\"other\",\"name\":\"tf\"}}");
	apiserver_apply(&world->api,
		OBJECT("other", "tf", TEMPLATE "," POOL ",\"moveFrom\":{\"namespace\":\"default\",\"name\":\"tf\"}"));
	check_ready(world, "other/tf");
	check_reason(world, KEY, "Moving", "delete this object");
	check_deleted(world, KEY);
	world_run(world, 5 * MINUTE);
	ear->a = 0;
	check_rest(world, 1, 1);
	check_calls(ear, "moved", false, false, true);
	check_deleted(world, "other/tf");
	judge_nothing(world);
	check_told(world, "Orphaned", 0);
}

void policies_moved(struct world *world)
{
	listen(world, move_as);
}

/* --- how many --- */

#define OTHER "default/other"

static char *sized(const char *name, int replicas)
{
	return mem_printf(OBJECT("default", "%s", "\"replicas\":%d," TEMPLATE "," POOL), name, replicas);
}

/* Who comes later does not freeze who is there, and what is given up is there for others, also after a restart. */
void policies_machines(struct world *world)
{
	AUTO_FREE char *first = sized("tf", 3), *second = sized("other", 3);

	apiserver_policy(&world->api, "ml",
		"{\"namespaceSelector\":{},\"allow\":{\"projects\":[\"my-project\"]},\"maxMachinesPerNamespace\":5}");
	start_with(world, first);
	check_ready(world, KEY);
	apiserver_apply(&world->api, second);
	check_reason(world, OTHER, "PolicyDenied", "3 are wanted here, and others have 3");
	apiserver_edit(&world->api, KEY, "{\"replicas\":6}");
	check_reason(world, KEY, "PolicyDenied", "6 are wanted here, and others have 0");
	judge_machines(world, "us-central1-a", 3);
	world_kill(world);
	world_start(world);
	world_run(world, 2 * MINUTE);
	check_reason(world, OTHER, "PolicyDenied", "others have 3");
	apiserver_edit(&world->api, KEY, "{\"replicas\":2}");
	check_ready(world, KEY);
	check_ready(world, OTHER);
	apiserver_edit(&world->api, OTHER, "{\"replicas\":4}");
	check_reason(world, OTHER, "PolicyDenied", "4 are wanted here, and others have 2");
	check_deleted(world, KEY);
	check_ready(world, OTHER);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-a", 4);
}

/* A policy that nobody can read closes, and does not open. */
void policies_unreadable(struct world *world)
{
	apiserver_policy(&world->api, "future", "{\"namespaceSelector\":{},\"allow\":{\"projects\":\"all of them\"}}");
	start_with(world, SMALL);
	check_reason(
		world, KEY, "PolicyDenied", "policy future can't be read, and so allows nothing: spec.allow.projects");
	check_untouched(world);
	apiserver_policy(&world->api, "ml", ALLOW(""));
	check_ready(world, KEY);
	apiserver_policy(&world->api, "ml", NULL);
	check_reason(world, KEY, "PolicyDenied", "policy future");
	apiserver_policy(&world->api, "future", NULL);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}

/* Nothing is written before the policies are known, whatever was written before. */
void policies_restart(struct world *world)
{
	uint64_t writes;

	start_with(world, SMALL);
	check_ready(world, KEY);
	check_settled(world);
	world_kill(world);
	apiserver_policy(&world->api, "lock", LOCK);
	apiserver_edit(&world->api, KEY, "{\"replicas\":7}");
	world->api.installed = false;
	writes = world->cloud_writes;
	world_start(world);
	world_run(world, 2 * MINUTE);
	world->api.installed = true;
	check_reason(world, KEY, "PolicyDenied", "policy lock");
	world_run(world, 10 * MINUTE);
	check_no_writes(world, writes);
	judge_machines(world, "us-central1-a", 3);
	apiserver_policy(&world->api, "lock", NULL);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
}
