/* A running chain passes from one object to another, and nobody who uses it notices: while it does, nothing but descriptions
 * may change. */
#include <string.h>

#include "sim/plane.h"
#include "sim/script.h"

#define SPEC TEMPLATE "," POOL
#define FROM(namespace, name) "\"moveFrom\":{\"namespace\":\"" namespace "\",\"name\":\"" name "\"}"
#define TO(namespace, name) "\"moveTo\":{\"namespace\":\"" namespace "\",\"name\":\"" name "\"}"
#define TAKER "other/new"

static const char OLD[] = OBJECT("default", "tf", SPEC);
static const char NEW[] = OBJECT("other", "new", SPEC "," FROM("default", "tf"));

/* --- words --- */

static void set_up(struct world *world, const char *object, const char *key)
{
	world->at_rest = true;
	start_with(world, object);
	check_ready(world, key);
	check_settled(world);
	world_run(world, MINUTE);
}

/* The old one stands, and both say that it moves. */
static void agree(struct world *world, struct plane *plane)
{
	set_up(world, OLD, KEY);
	plane_watch(plane, world);
	apiserver_apply(&world->api, NEW);
	apiserver_edit(&world->api, KEY, "{" TO("other", "new") "}");
}

static char *prefix_of(const struct world *world, const char *key)
{
	return arena_strdup(
		json_arena(), json_text_or(apiserver_get(&world->api, key), "status.resourcePrefix", "none"));
}

/* Resources of these collections that bear the mark of the object, of all that can have another mark. */
static int count_marked(struct world *world, const char *name)
{
	static const char *const paths[] = {"global/firewalls", "global/healthChecks", "global/backendServices",
		"global/urlMaps", "zones/us-central1-a/instanceGroupManagers"};
	char *words = arena_printf(json_arena(), "\"name\":\"%s\"", name);
	int count = 0;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const cJSON *item;

		cJSON_ArrayForEach(item, world_list(world, paths[i])) count +=
			strstr(json_text_or(item, "description", ""), words) != NULL;
	}
	return count;
}

enum { MARKED = 6 }; /* of a chain with one pool */

static void check_marked(struct world *world, const char *name, int expected)
{
	JSON_WORK(work);
	int count = count_marked(world, name);

	if (count != expected)
		world_complain(world, "%d resources bear the mark of %s, %d expected", count, name, expected);
}

static bool on_call(void *arg, struct replica *replica, struct fake_call *call)
{
	if (!text_equal(call->method, "PATCH") || !strstr(call->path, "/urlMaps/"))
		return false;
	fake_answer(call, 503, "text/plain", "later");
	return true;
}

/* The URL map cannot be written, and all the rest bears the mark of the taker. */
static void until_half_way(struct world *world)
{
	world->faults = (struct world_hooks){.call = on_call, .arg = world};
	for (int64_t passed = 0; passed < LONG; passed += 20) {
		JSON_WORK(work);

		if (count_marked(world, "new") == MARKED - 1)
			return;
		world_run(world, 20);
	}
	world_complain(world, "%d resources move", count_marked(world, "new"));
}

static void let_go(struct world *world)
{
	world->faults = (struct world_hooks){0};
}

static void end_with(struct world *world, const char *key)
{
	check_deleted(world, key);
	world_run(world, MINUTE);
	judge_nothing(world);
}

/* --- scenarios --- */

void move(struct world *world)
{
	struct plane plane;
	JSON_WORK(work);
	char *prefix;

	set_up(world, OLD, KEY);
	prefix = prefix_of(world, KEY);
	plane_watch(&plane, world);
	apiserver_apply(&world->api, NEW);
	check_reason(world, TAKER, "Moving", "default/tf agrees by spec.moveTo {namespace: other, name: new}");
	check_stalled(world, TAKER);
	world->at_rest = false;
	apiserver_edit(&world->api, KEY, "{" TO("other", "new") "}");
	check_ready(world, TAKER);
	check_reason(world, KEY, "Moving", "everything belongs to TFLoadBalancer other/new now; delete this object");
	check_marked(world, "new", MARKED);
	if (json_at(apiserver_get(&world->api, KEY), "status.resources[0]"))
		world_complain(world, "who gave everything away still shows resources");
	if (!text_equal(prefix, prefix_of(world, TAKER)))
		world_complain(world, "names begin with %s, before with %s", prefix_of(world, TAKER), prefix);
	if (!world->kill_at && !world->silent_at) {
		check_event(world, "Moving", "takes over the resources of TFLoadBalancer default/tf");
		check_event(world, "Moving", "the resources go to TFLoadBalancer other/new");
		check_event(world, "Moved", "everything belongs to TFLoadBalancer other/new");
	}
	check_deleted(world, KEY);
	check_rest(world, 1, 1);
	if (world->kill_at) {
		plane_done(&plane);
		end_with(world, TAKER);
		return;
	}
	world_kill(world);
	world_start(world);
	check_rest(world, 1, 1);
	plane_done(&plane);
	apiserver_edit(&world->api, TAKER, "{\"replicas\":4,\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_ready(world, TAKER);
	check_rest(world, 1, 1);
	end_with(world, TAKER);
}

/* Only one of them agrees: he who has it works on, and nothing moves. */
void move_one_sided(struct world *world)
{
	struct plane plane;
	uint64_t writes;

	set_up(world, OLD, KEY);
	plane_watch(&plane, world);
	writes = world->cloud_writes;
	apiserver_edit(&world->api, KEY, "{" TO("other", "new") "}");
	check_reason(world, KEY, "Serving",
		"other/new does not exist; create it with spec.moveFrom {namespace: default, name: tf}");
	apiserver_apply(&world->api, OBJECT("other", "new", SPEC "," FROM("default", "another")));
	check_reason(world, KEY, "Serving", "other/new must be created with spec.moveFrom");
	check_reason(world, TAKER, "Moving", "default/another, which does not exist");
	check_stalled(world, TAKER);
	check_deleted(world, TAKER);
	apiserver_edit(&world->api, KEY, "{\"moveTo\":null}");
	apiserver_apply(&world->api, NEW);
	check_reason(world, TAKER, "Moving", "agrees by spec.moveTo");
	world_run(world, 10 * MINUTE);
	check_no_writes(world, writes);
	plane_done(&plane);
	apiserver_edit(&world->api, KEY, "{\"replicas\":2}");
	check_ready(world, KEY);
	check_deleted(world, TAKER);
	check_rest(world, 1, 1);
	judge_machines(world, "us-central1-a", 2);
	end_with(world, KEY);
}

/* The old one is deleted before there is a new one: it waits, and then it goes. */
void move_deleted_first(struct world *world)
{
	struct plane plane;

	set_up(world, OLD, KEY);
	plane_watch(&plane, world);
	world->at_rest = false;
	apiserver_edit(&world->api, KEY, "{" TO("other", "new") "}");
	apiserver_delete(&world->api, KEY);
	check_reason(world, KEY, "Moving", "to delete the resources remove spec.moveTo");
	check_stalled(world, KEY);
	world_run(world, 10 * MINUTE);
	apiserver_apply(&world->api, NEW);
	check_gone(world, KEY);
	check_ready(world, TAKER);
	check_rest(world, 1, 1);
	check_marked(world, "new", MARKED);
	plane_done(&plane);
	world->at_rest = true;
	end_with(world, TAKER);
}

/* Who gives takes its word back when half of it is gone. Both stand still, until one of them is told to give. */
void move_taken_back(struct world *world)
{
	struct plane plane;
	uint64_t writes;

	agree(world, &plane);
	until_half_way(world);
	apiserver_edit(&world->api, KEY, "{\"moveTo\":null}");
	world_run(world, MINUTE);
	let_go(world);
	check_reason(world, KEY, "Conflict", "set spec.moveTo again");
	check_reason(world, TAKER, "Conflict", "set spec.moveTo again");
	check_stalled(world, KEY);
	check_stalled(world, TAKER);
	writes = world->cloud_writes;
	world_run(world, 10 * MINUTE);
	check_no_writes(world, writes);
	apiserver_edit(&world->api, TAKER, "{" TO("default", "tf") "}");
	check_ready(world, KEY);
	check_reason(world, TAKER, "Moving", "everything belongs to TFLoadBalancer default/tf now");
	check_marked(world, "tf", MARKED);
	plane_done(&plane);
	check_deleted(world, TAKER);
	check_rest(world, 1, 1);
	end_with(world, KEY);
}

/* Who takes is deleted half-way: what it has goes back. */
void move_taker_deleted(struct world *world)
{
	struct plane plane;

	agree(world, &plane);
	until_half_way(world);
	world->at_rest = false;
	apiserver_delete(&world->api, TAKER);
	let_go(world);
	check_gone(world, TAKER);
	check_ready(world, KEY);
	check_reason(world, KEY, "Serving", "other/new does not exist");
	check_rest(world, 1, 1);
	check_marked(world, "tf", MARKED);
	plane_done(&plane);
	world->at_rest = true;
	apiserver_edit(&world->api, KEY, "{\"moveTo\":null}");
	end_with(world, KEY);
}

/* Who takes stops half-way, by suspend, by driftPolicy, by a controller that is gone; then it goes on. */
void move_suspended(struct world *world)
{
	struct plane plane;
	uint64_t writes;

	set_up(world, OLD, KEY);
	plane_watch(&plane, world);
	apiserver_apply(&world->api, OBJECT("other", "new", SPEC ",\"driftPolicy\":\"Report\"," FROM("default", "tf")));
	apiserver_edit(&world->api, KEY, "{" TO("other", "new") "}");
	check_reason(world, TAKER, "Moving", "driftPolicy is Report: set it to Correct");
	check_reason(world, KEY, "Serving", "other/new can't take over yet");
	apiserver_edit(&world->api, TAKER, "{\"driftPolicy\":\"Correct\"}");
	until_half_way(world);
	apiserver_edit(&world->api, TAKER, "{\"suspend\":true}");
	check_reason(world, TAKER, "Suspended", "suspend");
	let_go(world);
	world_run(world, MINUTE);
	writes = world->cloud_writes;
	world_run(world, 10 * MINUTE);
	check_no_writes(world, writes);
	world_kill(world);
	world_start(world);
	world_run(world, 10 * MINUTE);
	check_no_writes(world, writes);
	apiserver_edit(&world->api, TAKER, "{\"suspend\":false}");
	check_ready(world, TAKER);
	check_reason(world, KEY, "Moving", "delete this object");
	plane_done(&plane);
	check_deleted(world, KEY);
	check_rest(world, 1, 1);
	end_with(world, TAKER);
}

/* The old one is created again: what has its names is another one's now, and stays so. */
void move_recreated(struct world *world)
{
	struct plane plane;
	uint64_t writes;

	agree(world, &plane);
	check_ready(world, TAKER);
	check_deleted(world, KEY);
	check_rest(world, 1, 1);
	writes = world->cloud_writes;
	apiserver_apply(&world->api, OLD);
	check_reason(world, KEY, "Conflict", "moved to TFLoadBalancer other/new");
	check_stalled(world, KEY);
	check_deleted(world, KEY);
	apiserver_apply(&world->api, OBJECT("default", "tf", SPEC "," TO("other", "new")));
	check_reason(world, KEY, "Moving", "everything belongs to TFLoadBalancer other/new now");
	world_kill(world);
	world_start(world);
	world_run(world, 10 * MINUTE);
	check_no_writes(world, writes);
	plane_done(&plane);
	check_deleted(world, TAKER);
	world_run(world, 10 * MINUTE);
	judge_nothing(world);
	check_reason(world, KEY, "Moving", "nothing is made while spec.moveTo is set");
	apiserver_edit(&world->api, KEY, "{\"moveTo\":null}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	end_with(world, KEY);
}

/* From the first to the second to the third, each restarted and each before it deleted. */
void move_twice(struct world *world)
{
	struct plane plane;
	JSON_WORK(work);
	char *prefix;

	set_up(world, OLD, KEY);
	prefix = prefix_of(world, KEY);
	plane_watch(&plane, world);
	apiserver_apply(&world->api, NEW);
	apiserver_edit(&world->api, KEY, "{" TO("other", "new") "}");
	check_ready(world, TAKER);
	apiserver_edit(&world->api, TAKER, "{" TO("third", "tf") "}");
	check_reason(world, TAKER, "Serving", "create it with spec.moveFrom {namespace: default, name: tf}");
	apiserver_apply(&world->api, OBJECT("third", "tf", SPEC "," FROM("default", "tf")));
	check_ready(world, "third/tf");
	check_reason(world, TAKER, "Moving", "belongs to TFLoadBalancer third/tf now");
	check_reason(world, KEY, "Moving", "belongs to TFLoadBalancer third/tf now");
	apiserver_delete(&world->api, KEY);
	apiserver_delete(&world->api, TAKER);
	check_gone(world, KEY);
	check_gone(world, TAKER);
	check_rest(world, 1, 1);
	world_kill(world);
	world_start(world);
	check_rest(world, 1, 1);
	if (!text_equal(prefix, prefix_of(world, "third/tf")))
		world_complain(world, "names begin with %s, before with %s", prefix_of(world, "third/tf"), prefix);
	plane_done(&plane);
	end_with(world, "third/tf");
}

/* What others break on the way is mended by who has it in the end. */
void move_drift(struct world *world)
{
	JSON_WORK(work);
	char *rule, *map;

	set_up(world, OLD, KEY);
	rule = first_name(world, "global/forwardingRules");
	map = first_name(world, "global/urlMaps");
	apiserver_apply(&world->api, NEW);
	apiserver_edit(&world->api, KEY, "{" TO("other", "new") "}");
	until_half_way(world);
	world_do(world, "DELETE", arena_printf(json_arena(), "global/forwardingRules/%s", rule), NULL);
	world_do(world, "PATCH", arena_printf(json_arena(), "global/urlMaps/%s", map), "{\"description\":\"mine\"}");
	let_go(world);
	check_reason(world, TAKER, "Conflict", "does not carry our mark");
	world_do(world, "PATCH", arena_printf(json_arena(), "global/urlMaps/%s", map),
		"{\"description\":\"{\\\"manager\\\":\\\"tflb.dev\\\",\\\"cluster\\\":\\\"c1u5-7e4\\\","
		"\\\"namespace\\\":"
		"\\\"default\\\",\\\"name\\\":\\\"tf\\\",\\\"uid\\\":\\\"u\\\",\\\"role\\\":\\\"url-map\\\"}\"}");
	world->meddled = true;
	check_ready(world, TAKER);
	check_deleted(world, KEY);
	check_rest(world, 1, 1);
	check_marked(world, "new", MARKED);
	end_with(world, TAKER);
}

/* The namespace that it moves to is not allowed to have it, and until it is the old one works on. */
void move_policy(struct world *world)
{
	static const char DENIED[] = "{\"namespaceSelector\":{\"matchLabels\":{\"team\":\"b\"}},\"allow\":{"
				     "\"projects\":[\"another-project\"]}}";
	static const char ALLOWED[] =
		"{\"namespaceSelector\":{\"matchLabels\":{\"team\":\"b\"}},\"allow\":{\"projects\":"
		"[\"my-project\"]}}";
	struct plane plane;
	uint64_t writes;

	apiserver_policy(&world->api, "b", DENIED);
	set_up(world, OLD, KEY);
	plane_watch(&plane, world);
	writes = world->cloud_writes;
	apiserver_apply(&world->api, NEW);
	apiserver_label(&world->api, "other", "{\"team\":\"b\"}");
	apiserver_edit(&world->api, KEY, "{" TO("other", "new") "}");
	check_reason(world, TAKER, "PolicyDenied", "policy b does not allow project my-project");
	check_reason(world, KEY, "Serving", "other/new can't take over yet");
	world_run(world, 10 * MINUTE);
	check_no_writes(world, writes);
	apiserver_policy(&world->api, "b", ALLOWED);
	check_ready(world, TAKER);
	check_reason(world, KEY, "Moving", "delete this object");
	check_marked(world, "new", MARKED);
	plane_done(&plane);
	check_deleted(world, KEY);
	check_rest(world, 1, 1);
	end_with(world, TAKER);
}

#define NAMED SPEC ",\"frontend\":{\"address\":{\"type\":\"Named\",\"name\":\"web\"}}"

/* A new name in the same namespace: what moves is counted once, and what both name is no conflict; a third one has no room. */
void move_within(struct world *world)
{
	struct plane plane;

	apiserver_policy(&world->api, "ml",
		"{\"namespaceSelector\":{},\"allow\":{\"projects\":[\"my-project\"]},\"maxMachinesPerNamespace\":3}");
	world_do(world, "POST", "global/addresses", "{\"name\":\"web\"}");
	set_up(world, OBJECT("default", "tf", NAMED), KEY);
	plane_watch(&plane, world);
	apiserver_apply(&world->api, OBJECT("default", "new", NAMED "," FROM("default", "tf")));
	check_reason(world, "default/new", "Moving", "agrees by spec.moveTo");
	apiserver_edit(&world->api, KEY, "{" TO("default", "new") "}");
	check_ready(world, "default/new");
	check_reason(world, KEY, "Moving", "delete this object");
	apiserver_apply(&world->api, OBJECT("default", "third", SPEC));
	check_reason(world, "default/third", "PolicyDenied", "3 are wanted here, and others have 3");
	check_deleted(world, "default/third");
	check_deleted(world, KEY);
	check_settled(world);
	plane_done(&plane);
	check_deleted(world, "default/new");
	check_nothing_refused(world);
}
