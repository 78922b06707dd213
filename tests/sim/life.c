/* Lives. */
#include "sim/life.h"

#include <stdio.h>
#include <string.h>

#include "sim/script.h"

enum {
	STEP = 500,
	SWEEP = 60000,
	BOUND = 15 * MINUTE,      /* for everything to be well again */
	STRIKES = 12 * MINUTE,    /* so long faults are waited for that may never come */
	FAULTS_MOST = 90 * MINUTE /* and for their ends */
};

#define TWO_POOLS                                                                                                      \
	"{\"pools\":[{\"name\":\"tf\",\"zone\":\"us-central1-a\",\"baseInstanceName\":\"tf-instance\"},{\"name\":"     \
	"\"b\",\"zone\":"                                                                                              \
	"\"us-central1-b\",\"replicas\":1}]}"

#define GIVEN "\"zone\":\"us-central1-a\",\"baseInstanceName\":\"tf-instance\""
#define SCALER "{\"pools\":[{\"name\":\"tf\"," GIVEN ",\"autoscaling\":{\"minReplicas\":2,\"maxReplicas\":5}}]}"
/* A second model, by its path, with machines of its own; and files. */
#define TRAFFIC                                                                                                        \
	"{\"backends\":[{\"name\":\"v2\",\"serving\":{\"port\":8501},\"healthCheck\":{\"requestPath\":\"/v2\"}},"      \
	"{\"name\":\"files\",\"bucket\":{\"bucketName\":\"some-files\"}}],"                                            \
	"\"pools\":[{\"name\":\"tf\"," GIVEN                                                                           \
	"},{\"name\":\"b\",\"zone\":\"us-central1-b\",\"replicas\":1,\"backends\":[{\"name\":\"v2\"}]}],"              \
	"\"routes\":[{\"name\":\"api\",\"hosts\":[\"a.example.com\"],\"pathRules\":["                                  \
	"{\"name\":\"v2\",\"paths\":[\"/v2/*\"],\"backend\":\"v2\"},{\"name\":\"files\",\"paths\":[\"/files/"          \
	"*\"],\"backend\":\"files\"}]}]}"
#define TRAINING                                                                                                       \
	OBJECT("default", "tf",                                                                                        \
		"\"training\":{}," TEMPLATE ",\"pools\":[{\"name\":\"tf\"," GIVEN                                      \
		",\"role\":\"WORKER\",\"replicas\":2},"                                                                \
		"{\"name\":\"ps\",\"zone\":\"us-central1-b\",\"role\":\"PS\",\"replicas\":1}]")
#define MORE_WORKERS                                                                                                   \
	"{\"pools\":[{\"name\":\"tf\"," GIVEN ",\"role\":\"WORKER\",\"replicas\":3},"                                  \
	"{\"name\":\"ps\",\"zone\":\"us-central1-b\",\"role\":\"PS\",\"replicas\":1}]}"

static const struct life lives[] = {
	{"create", .begins_empty = true},
	{"place", .edit = "{\"replicas\":4,\"healthCheck\":{\"checkIntervalSec\":7},\"serving\":{\"timeoutSec\":55}}"},
	{"roll", .edit = "{\"template\":{\"machineType\":\"n1-standard-8\"}}"},
	{"check", .edit = "{\"healthCheck\":{\"requestPath\":\"/healthz\"}}"},
	{"front", .edit = "{\"frontend\":{\"port\":8080}}"},
	{"group",
		.edit = "{\"pools\":[{\"name\":\"tf\",\"zone\":\"us-central1-f\",\"baseInstanceName\":\"tf-"
			"instance\"}]}",
		.gap = true},
	{"pools", .edit = TWO_POOLS},
	{"scaler", .edit = SCALER},
	{"traffic", .edit = TRAFFIC},
	{"training", .object = TRAINING, .edit = MORE_WORKERS},
	{"delete", .deletes = true},
	{"beside-tf", .edit = "{\"template\":{\"machineType\":\"n1-standard-8\"}}", .aim = AIM_OBJECT},
	{"beside-new", .begins_empty = true, .aim = AIM_OBJECT},
	{"beside-project", .begins_empty = true, .aim = AIM_PROJECT},
	{"three", .edit = "{\"template\":{\"machineType\":\"n1-standard-2\"}}", .objects = 3},
	{"leader-create", .begins_empty = true, .election = true},
	{"leader-roll", .edit = "{\"template\":{\"machineType\":\"n1-standard-8\"}}", .election = true},
	{"leader-delete", .deletes = true, .election = true},
	{"both-create", .begins_empty = true, .all_active = true},
	{"both-roll", .edit = "{\"template\":{\"machineType\":\"n1-standard-8\"}}", .all_active = true},
	{"both-delete", .deletes = true, .all_active = true},
};

/* Found by name only. What users do to an object that gives its resources away ends otherwise than with any other. */
static const struct life apart[] = {
	{"move", .deletes = true, .moves = true},
	{"both-move", .deletes = true, .moves = true, .all_active = true},
};

const struct life *life_at(size_t index)
{
	return index < sizeof(lives) / sizeof(lives[0]) ? &lives[index] : NULL;
}

const struct life *life_find(const char *name)
{
	for (size_t i = 0; life_at(i); i++) {
		if (!strcmp(life_at(i)->name, name))
			return life_at(i);
	}
	for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++) {
		if (!strcmp(apart[i].name, name))
			return &apart[i];
	}
	return NULL;
}

static void apply_others(struct stage *stage)
{
	for (int i = 1; i < stage->life->objects; i++) {
		AUTO_FREE char *object =
			mem_printf(OBJECT("default", "tf%d", "\"replicas\":1,%s,%s"), i, TEMPLATE, POOL);

		apiserver_apply(&stage->world.api, object);
	}
}

static void give_tokens(struct stage *stage)
{
	struct world *world = &stage->world;

	world->token_file = "/cloud-token";
	world->config.own_token_file = mem_strdup("/kube-token");
	for (int i = 0; i < REPLICAS_MAX; i++) {
		fake_env_file(&world->replicas[i].env, "/cloud-token", "ya29.sesame-cloud-one");
		fake_env_file(&world->replicas[i].env, "/kube-token", "sesame-kube-one");
		fake_env_variable(
			&world->replicas[i].env, "GOOGLE_CLOUD_PROJECT", "my-project"); /* a token does not tell */
	}
	stage->injector.cloud_token = "ya29.sesame-cloud-one";
	stage->injector.kube_token = "sesame-kube-one";
}

#define BESIDE(name, project)                                                                                          \
	"{\"apiVersion\":\"tflb.dev/v1alpha1\",\"kind\":\"TFLoadBalancer\",\"metadata\":{\"namespace\":\"default\","   \
	"\"name\":\"" name "\"},\"spec\":{\"project\":\"" project "\"," TEMPLATE                                       \
	",\"replicas\":1,\"pools\":[{\"name\":\"cpu\",\"zone\":\"us-central1-b\"}]}}"

static void on_edit(void *arg)
{
	enum { EDIT_MS = 13000 };
	struct stage *stage = arg;

	i11_edit(&stage->judge);
	timer_start(&stage->world.loop.loop, &stage->editing, EDIT_MS, on_edit, stage);
}

/* They are there, are edited again and again, and it is known how long that takes. */
static void set_neighbours(struct stage *stage)
{
	enum { LEARNING = 3 * MINUTE };
	struct world *world = &stage->world;

	if (stage->life->aim == AIM_ALL)
		return;
	apiserver_policy(&world->api, "all", ALL_ALLOWED);
	apiserver_apply(&world->api, BESIDE("far", OTHER_PROJECT));
	i11_watch(&stage->judge, "default/far", "-far-", true);
	if (stage->life->aim == AIM_OBJECT) {
		apiserver_apply(&world->api, BESIDE("near", "my-project"));
		i11_watch(&stage->judge, "default/near", "-near-", false);
	}
	i3_convergence(&stage->judge, LONG, true);
	on_edit(stage);
	world_run(world, LEARNING);
	i11_begin(&stage->judge);
}

static void leave_neighbours(struct stage *stage)
{
	timer_stop(&stage->world.loop.loop, &stage->editing);
	world_run(&stage->world, SWEEP); /* the last edit is taken in, and what the last fault left is seen by then */
	i11_end(&stage->judge);
}

void stage_set(struct stage *stage, const struct life *life, uint64_t seed)
{
	struct world *world = &stage->world;

	stage->life = life;
	world_init(world, seed);
	injector_init(&stage->injector, world);
	judge_init(&stage->judge, world);
	give_tokens(stage);
	world->election = life->election;
	world->replica_count = life->election || life->all_active ? 2 : 1;
	stage->judge.several = life->election || life->all_active;
	world_start(world);
	world_run(world, life->election ? 20000 : 2000);
	stage->injector.aim = life->aim;
	if (!life->begins_empty) {
		apiserver_apply(&world->api, life->object ? life->object : SEED_OBJECT);
		apply_others(stage);
		i3_convergence(&stage->judge, LONG, true);
	}
	set_neighbours(stage);
}

void stage_done(struct stage *stage)
{
	timer_stop(&stage->world.loop.loop, &stage->editing);
	injector_done(&stage->injector);
	judge_done(&stage->judge);
	world_done(&stage->world);
}

/* The same spec under another name, and both agree. */
static void begin_move(struct apiserver *api)
{
	JSON_WORK(work);
	cJSON *taker = json_parse_text(SEED_OBJECT);

	json_set_text(json_member(taker, "metadata"), "name", "new");
	json_set(
		json_member(taker, "spec"), "moveFrom", json_parse_text("{\"namespace\":\"default\",\"name\":\"tf\"}"));
	apiserver_apply(api, json_print(taker));
	apiserver_edit(api, KEY, "{\"moveTo\":{\"namespace\":\"default\",\"name\":\"new\"}}");
}

static void act(struct stage *stage)
{
	struct apiserver *api = &stage->world.api;

	if (stage->life->moves) {
		stage->judge.giver = KEY;
		stage->judge.taker = "default/new";
		begin_move(api);
	}
	if (stage->life->begins_empty)
		apiserver_apply(api, SEED_OBJECT);
	else if (stage->life->deletes)
		apiserver_delete(api, KEY);
	else
		apiserver_edit(api, KEY, stage->life->edit);
}

void stage_excuse(struct stage *stage)
{
	struct judge *judge = &stage->judge;

	for (size_t i = 0; i < stage->injector.count; i++) {
		const struct fault *fault = &stage->injector.faults[i];

		judge->unforeseen |= fault->family == FAULT_MEDDLER;
		judge->gap_allowed |=
			fault->family == FAULT_USER || fault->family == FAULT_STALE || fault->family == FAULT_RUN;
		judge->stripped |= fault->family == FAULT_STALE || (fault->family == FAULT_USER && fault->variant == 5);
		/* An object of before claims what was true then, until it is looked at. */
		if (fault->family == FAULT_STALE)
			judge->wild_until = INT64_MAX;
	}
}

/* Where a life without faults ends. */
static bool is_lived(struct stage *stage)
{
	struct world *world = &stage->world;

	return stage->life->deletes ? world_until_gone(world, KEY, STEP) : world_until_settled(world, STEP);
}

/* Of two that both believe they lead, one may still be in trouble that the other is out of: they write over each other's status
 * until both are. */
static void wait_for_agreement(struct stage *stage)
{
	enum { QUIET = 2 * 55000 };
	struct world *world = &stage->world;
	int64_t until = world->loop.now_ms + BOUND;
	uint64_t writes;

	if (!stage->life->all_active)
		return;
	do {
		writes = world->api.status_writes;
		world_run(world, QUIET);
	} while (world->api.status_writes != writes && world->loop.now_ms < until);
}

/* Whoever suspended it has resumed it, and a restore may have brought that back. */
static void resume(struct world *world)
{
	JSON_WORK(work);

	if (json_bool(apiserver_get(&world->api, KEY), "spec.suspend", false))
		apiserver_edit(&world->api, KEY, "{\"suspend\":false}");
}

/* Those that have not struck by then never will; those that have are waited for to their end. */
static bool is_over(struct injector *injector, int64_t passed)
{
	if (passed > STRIKES) {
		injector->counting = false;
		injector->count = injector->struck;
		injector->boundary = NULL;
	}
	return (injector_over(injector) && !injector->boundary) || passed > FAULTS_MOST;
}

static void wait_for_faults(struct stage *stage)
{
	struct injector *injector = &stage->injector;
	bool planned = injector->count > 0 || injector->boundary;
	int64_t since = stage->world.loop.now_ms, passed = 0;
	bool lived = false;

	while (!is_over(injector, passed) || !(planned || lived)) {
		if (planned || lived)
			world_run(&stage->world, STEP);
		else
			lived = passed > STRIKES || is_lived(stage);
		passed = stage->world.loop.now_ms - since;
	}
	injector->counting = false;
	resume(&stage->world);
}

/* All that stands in my-project. */
static void check_chains(struct world *world)
{
	int objects = 0, pools = 0;

	for (size_t i = 0; i < world->api.objects.count; i++) {
		JSON_WORK(work);
		const cJSON *object = json_parse_text(world->api.objects.own_entries[i].value);

		if (text_equal(json_text(object, "spec.project"), OTHER_PROJECT))
			continue;
		objects++;
		pools += cJSON_GetArraySize(json_at(object, "spec.pools"));
	}
	judge_chain(world, objects, pools);
}

static bool is_leaving(const struct world *world, const char *key)
{
	JSON_WORK(work);

	return json_text(apiserver_get(&world->api, key), "metadata.deletionTimestamp") != NULL;
}

static void delete_all(struct stage *stage)
{
	struct world *world = &stage->world;

	for (size_t i = world->api.objects.count; i-- > 0;)
		apiserver_delete(&world->api, world->api.objects.own_entries[i].own_key);
	while (world->api.objects.count && !world->complaints.count) {
		AUTO_FREE char *key = mem_strdup(world->api.objects.own_entries[0].own_key);

		i6_deletion_ends(&stage->judge, key, BOUND);
	}
}

/* What others did made new machines ill, and the update went back. That is over, and somebody asks for it once more. */
static void roll_again(struct stage *stage)
{
	JSON_WORK(work);
	struct world *world = &stage->world;
	const cJSON *ready = judge_condition(apiserver_get(&world->api, KEY), "Ready");

	if (stage->judge.unforeseen && text_ends(json_text_or(ready, "reason", ""), "Back"))
		apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-2\"}}");
}

void stage_play(struct stage *stage)
{
	struct world *world = &stage->world;

	stage->judge.gap_allowed |= stage->life->gap;
	stage_excuse(stage);
	stage->injector.counting = true;
	act(stage);
	world_run(world, STEP);
	wait_for_faults(stage);
	leave_neighbours(stage);
	stage->judge.wild_until = 0;
	roll_again(stage);
	if (is_leaving(world, KEY))
		i6_deletion_ends(&stage->judge, KEY, BOUND);
	i3_convergence(&stage->judge, BOUND, true);
	check_chains(world);
	wait_for_agreement(stage);
	i4_stability(&stage->judge);
	delete_all(stage);
	if (!world->complaints.count)
		i1_no_leak(&stage->judge);
}
