/* tflb-judge [NAME]: the judge sees what it is there for. Each case does one thing that no controller may do, most of them by calls in a
 * controller's name, and the invariant that forbids it must complain. */
#include <stdio.h>
#include <string.h>

#include "sim/case.h"
#include "sim/judge.h"
#include "sim/script.h"

#define CLOUD "http://127.0.0.1:1/compute/v1/projects/my-project/"
#define OBJECTS "http://127.0.0.1:2/apis/tflb.dev/v1alpha1/namespaces/default/tfloadbalancers/tf"
#define STATUS OBJECTS "/status?fieldManager=tflb-controller&force=true"

enum { A_MOMENT = 200, LONG_SEEN = 3 * MINUTE /* what somebody else touched is the judge's to watch again */ };

/* --- a call in the controller's name --- */

static void on_end(void *arg, const struct error *err)
{
}

static bool on_data(void *arg, const char *bytes, size_t length)
{
	return true;
}

static void begin_call(struct world *world, const char *method, const char *url, const char *body)
{
	static const struct http_handler handler = {.data = on_data, .end = on_end};
	bool cloud = text_starts(url, CLOUD) || strstr(url, "/compute/v1/");
	bool status = strstr(url, "/status") != NULL;
	struct http_request request = {.method = method,
		.url = url,
		.headers = {{"Authorization", cloud ? "Bearer ya29.sesame-cloud-one" : "Bearer sesame-kube-one"},
			{"Content-Type", cloud    ? "application/json"
					 : status ? "application/apply-patch+yaml"
						  : "application/json-patch+json"}},
		.body = body,
		.body_length = body ? strlen(body) : 0};

	http_send(&world->replicas[0].http.http, &request, &handler);
}

/* A requestId of its own for each change of the cloud. */
static char *with_id(const char *method, const char *url)
{
	static unsigned changes;

	if (text_equal(method, "GET") || !strstr(url, "/compute/v1/"))
		return arena_strdup(json_arena(), url);
	return arena_printf(json_arena(), "%s?requestId=11111111-2222-4333-8444-%012u", url, ++changes);
}

static void call(struct world *world, const char *method, const char *url, const char *body)
{
	begin_call(world, method, with_id(method, url), body);
	world_run(world, A_MOMENT);
}

/* Of the first of ours in the collection; more: behind its name. */
static char *url_of(struct world *world, const char *collection, const char *more)
{
	return arena_printf(json_arena(), CLOUD "%s/%s%s", collection, first_name(world, collection), more);
}

/* What it does to the cloud is nobody's the judge knows of. */
static void unseen(struct world *world, const char *method, const char *path)
{
	struct world_hooks witness = world->witness;

	world->witness.meddled = NULL;
	world_do(world, method, path, NULL);
	world->witness = witness;
}

static void write_status(struct world *world, const char *status)
{
	char *body = arena_printf(json_arena(), "{\"status\":%s}", status);

	call(world, "PATCH", STATUS, body);
}

/* Later, while the judge is looking on. */
struct later {
	struct world *world;
	struct timer timer;
	const char *method, *url, *body;
};

static void on_later(void *arg)
{
	struct later *later = arg;

	begin_call(later->world, later->method, later->url, later->body);
}

static void at_rest_but_for(struct stage *stage, const char *method, const char *url, const char *body)
{
	struct later later = {.world = &stage->world, .method = method, .url = url, .body = body};

	timer_start(&stage->world.loop.loop, &later.timer, 2 * MINUTE, on_later, &later);
	i4_stability(&stage->judge);
	timer_stop(&stage->world.loop.loop, &later.timer);
}

/* --- one thing each --- */

#define CHECK "{\"name\":\"%s\",\"type\":\"TCP\",\"tcpHealthCheck\":{\"port\":80}%s}"

static void leaves_something(struct stage *stage)
{
	struct world *world = &stage->world;
	const cJSON *check = json_parse_text(world_cloud(world, "GET",
		arena_printf(json_arena(), "global/healthChecks/%s", first_name(world, "global/healthChecks")), NULL));
	cJSON *body = json_parse_text(arena_printf(json_arena(), CHECK, "left", ""));

	json_set_text(body, "description", json_text(check, "description"));
	check_deleted(world, KEY);
	call(world, "POST", CLOUD "global/healthChecks", json_print(body));
	world_run(world, MINUTE);
	i1_no_leak(&stage->judge);
}

static void steals(struct stage *stage)
{
	struct world *world = &stage->world;

	world_do(world, "POST", "global/healthChecks", arena_printf(json_arena(), CHECK, "theirs", ""));
	world_run(world, LONG_SEEN);
	call(world, "DELETE", CLOUD "global/healthChecks/theirs", NULL);
	world_run(world, MINUTE);
}

static void changes_what_is_theirs(struct stage *stage)
{
	struct world *world = &stage->world;

	world_do(world, "POST", "global/healthChecks", arena_printf(json_arena(), CHECK, "theirs", ""));
	world_run(world, LONG_SEEN);
	call(world, "PATCH", CLOUD "global/healthChecks/theirs", "{\"checkIntervalSec\":77}");
	world_run(world, MINUTE);
}

static void does_nothing(struct stage *stage)
{
	world_kill(&stage->world);
	apiserver_edit(&stage->world.api, KEY, "{\"replicas\":4}");
	i3_convergence(&stage->judge, MINUTE, true);
}

static void goes_round_in_circles(struct stage *stage)
{
	enum { CALLS = 400 };

	apiserver_edit(&stage->world.api, KEY, "{\"replicas\":4}");
	for (int i = 0; i < CALLS; i++)
		begin_call(&stage->world, "GET", CLOUD "global/urlMaps", NULL);
	i3_convergence(&stage->judge, 15 * MINUTE, true);
}

static void writes_at_rest(struct stage *stage)
{
	at_rest_but_for(stage, "PATCH", url_of(&stage->world, "global/firewalls", ""), "{\"priority\":1000}");
}

static void talks_at_rest(struct stage *stage)
{
	at_rest_but_for(stage, "PATCH", STATUS, "{\"status\":{}}");
}

static void writes_what_stands(struct stage *stage)
{
	world_run(&stage->world, MINUTE);
	call(&stage->world, "PATCH", url_of(&stage->world, "global/firewalls", ""), "{\"priority\":1000}");
}

/* Both leave before either is carried out, and nobody has looked in between. */
static void writes_again(struct stage *stage)
{
	static const char same[] = "{\"unhealthyThreshold\":7}";
	struct world *world = &stage->world;
	char *url = url_of(world, "global/healthChecks", "");

	int64_t swept;

	world_run(world, LONG_SEEN);
	for (swept = stage->judge.rules_read_at; stage->judge.rules_read_at == swept;)
		world_run(world, A_MOMENT);
	call(world, "PATCH", url, same);
	for (int s = 0; s < 30 && !world->complaints.count; s++) {
		world_run(world, 1000);
		call(world, "PATCH", url, same);
	}
}

#define OF_UID "{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"%s\"},"
#define REMOVE "{\"op\":\"remove\",\"path\":\"/metadata/finalizers/0\"}]"

static void lets_go_early(struct stage *stage)
{
	const char *uid = json_text(apiserver_get(&stage->world.api, KEY), "metadata.uid");

	call(&stage->world, "PATCH", OBJECTS, arena_printf(json_arena(), "[" OF_UID REMOVE, uid));
}

static void lets_go_of_whomever(struct stage *stage)
{
	call(&stage->world, "PATCH", OBJECTS, "[" REMOVE);
}

static void holds_on(struct stage *stage)
{
	world_kill(&stage->world);
	apiserver_delete(&stage->world.api, KEY);
	i6_deletion_ends(&stage->judge, KEY, MINUTE);
}

/* As it was said of the spec before. */
static void says_ready(struct stage *stage, const char *edit)
{
	struct world *world = &stage->world;
	cJSON *status = json_copy(json_member(apiserver_get(&world->api, KEY), "status"));
	int64_t generation;
	cJSON *condition;

	world_kill(world);
	apiserver_edit(&world->api, KEY, edit);
	generation = json_int(apiserver_get(&world->api, KEY), "metadata.generation", 0);
	json_set_int(status, "observedGeneration", generation);
	cJSON_ArrayForEach(condition, json_member(status, "conditions"))
	{
		json_set_int(condition, "observedGeneration", generation);
	}
	write_status(world, json_print(status));
	world_run(world, 10000);
}

static void lies_about_a_check(struct stage *stage)
{
	says_ready(stage, "{\"healthCheck\":{\"requestPath\":\"/other\"}}");
}

static void lies_about_a_size(struct stage *stage)
{
	says_ready(stage, "{\"replicas\":4}");
}

static void lies_about_machines(struct stage *stage)
{
	says_ready(stage, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
}

static void looks_away(struct stage *stage)
{
	world_kill(&stage->world);
	world_run(&stage->world, 10 * MINUTE);
}

static void makes_it_twice(struct stage *stage)
{
	struct world *world = &stage->world;

	unseen(world, "DELETE",
		arena_printf(json_arena(), "global/firewalls/%s", first_name(world, "global/firewalls")));
	world_run(world, 2 * MINUTE);
}

static void deletes_what_is_used(struct stage *stage)
{
	call(&stage->world, "DELETE", url_of(&stage->world, "global/urlMaps", ""), NULL);
}

static void closes_the_way(struct stage *stage)
{
	struct world *world = &stage->world;

	unseen(world, "DELETE",
		arena_printf(json_arena(), "global/forwardingRules/%s", first_name(world, "global/forwardingRules")));
	world_run(world, 10000);
}

static void deletes_unasked(struct stage *stage)
{
	call(&stage->world, "DELETE", url_of(&stage->world, "global/firewalls", ""), NULL);
}

static void deletes_unread(struct stage *stage)
{
	char *url = url_of(&stage->world, "global/firewalls", "");

	world_kill(&stage->world);
	world_start(&stage->world);
	call(&stage->world, "DELETE", url, NULL);
}

static void deletes_by_an_old_spec(struct stage *stage)
{
	struct world *world = &stage->world;

	call(world, "GET", OBJECTS, NULL);
	apiserver_edit(&world->api, KEY, "{\"suspend\":true}");
	world_run(world, 10000);
	call(world, "DELETE", url_of(world, "global/firewalls", ""), NULL);
}

static void delay_neighbour(struct stage *stage, const char *fault)
{
	struct world *world = &stage->world;

	world_do(world, "POST", "/emulator/v1/faults", fault);
	stage_play(stage);
}

static void lets_a_neighbour_wait(struct stage *stage)
{
	delay_neighbour(stage, "{\"method\":\"PATCH\",\"path\":\"*-near-*\",\"count\":1,\"answer\":{\"status\":503,"
			       "\"reason\":\"backendError\",\"message\":\"Backend Error\"}}");
}

static void lets_another_project_wait(struct stage *stage)
{
	delay_neighbour(stage,
		"{\"method\":\"PATCH\",\"path\":\"*/other-project/*\",\"count\":1,\"answer\":{\"status\":503,"
		"\"reason\":\"backendError\",\"message\":\"Backend Error\"}}");
}

static void asks_too_much(struct stage *stage)
{
	enum { CALLS = 1000 };

	for (int i = 0; i < CALLS; i++) {
		begin_call(&stage->world, "GET", CLOUD "global/urlMaps/none", NULL);
		if (i % 20 == 0)
			world_run(&stage->world, 100);
	}
}

static void does_not_rest(struct stage *stage)
{
	stage->injector.faults[0] = (struct fault){.family = FAULT_REFUSAL, .variant = 9, .at = 1};
	stage->injector.count = 1;
	stage->injector.counting = true;
	for (int i = 0; i < 3; i++)
		call(&stage->world, "GET", CLOUD "global/urlMaps/none", NULL);
}

static void logs_a_token(struct stage *stage)
{
	log_line(&stage->world.log, LOG_INFO, "called", "header", "Bearer sesame-cloud-one", NULL);
}

static void tells_a_token(struct stage *stage)
{
	write_status(&stage->world, "{\"url\":\"http://sesame-cloud-one/\"}");
}

/* Pieces that nobody frees. */
struct hoard {
	struct world *world;
	struct timer timer;
	struct vec pieces;
};

static void on_hoard(void *arg)
{
	struct hoard *hoard = arg;

	vec_add(&hoard->pieces, mem_alloc(1));
	timer_start(&hoard->world->loop.loop, &hoard->timer, 10000, on_hoard, hoard);
}

static void gathers(struct stage *stage)
{
	struct hoard hoard = {.world = &stage->world};

	on_hoard(&hoard);
	i4_stability(&stage->judge);
	timer_stop(&stage->world.loop.loop, &hoard.timer);
	vec_done(&hoard.pieces, mem_free);
}

static void asks_all_at_once(struct stage *stage)
{
	enum { CALLS = 450 };

	for (int i = 0; i < CALLS; i++)
		begin_call(&stage->world, "GET", CLOUD "global/urlMaps/none", NULL);
	world_run(&stage->world, A_MOMENT);
	i14_bounds(&stage->judge);
}

static void strays(struct stage *stage)
{
	call(&stage->world, "GET", "http://127.0.0.1:1/compute/v1/projects/somebody-else/global/urlMaps", NULL);
}

/* That, and then it stands still. */
static void say_last(struct world *world, const char *status)
{
	char *body = arena_printf(json_arena(), "{\"status\":%s}", status);

	begin_call(world, "PATCH", STATUS, body);
	world_run(world, WORLD_LATENCY_MS + 1);
	replica_freeze(&world->replicas[0]);
}

static void says_nothing(struct stage *stage)
{
	say_last(&stage->world, "{\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\",\"reason\":\"Working\","
				"\"message\":\"\"}]}");
	world_run(&stage->world, 4 * MINUTE);
}

static void promises_for_ever(struct stage *stage)
{
	say_last(&stage->world,
		"{\"nextAttemptTime\":\"2020-01-01T00:00:00Z\",\"conditions\":[{\"type\":\"Ready\",\"status\":"
		"\"False\","
		"\"reason\":\"QuotaExceeded\",\"message\":\"no\"},{\"type\":\"Stalled\",\"status\":\"True\"}]}");
	world_run(&stage->world, 4 * MINUTE);
}

static void nothing(struct stage *stage)
{
	i3_convergence(&stage->judge, MINUTE, true);
	i4_stability(&stage->judge);
	i14_bounds(&stage->judge);
}

static const struct planted {
	const char *name, *life, *complaint;
	void (*plant)(struct stage *stage);
} all[] = {
	{"nothing", "place", NULL, nothing},
	{"leaves-something", "place", "I1 leak", leaves_something},
	{"steals", "place", "I2 theft", steals},
	{"changes-what-is-theirs", "place", "I2 theft", changes_what_is_theirs},
	{"does-nothing", "place", "I3 no convergence: default/tf", does_nothing},
	{"goes-round-in-circles", "place", "I3 no convergence: ", goes_round_in_circles},
	{"writes-at-rest", "place", "I4 unrest: 1 writes to the cloud", writes_at_rest},
	{"talks-at-rest", "place", "I4 unrest: 2 writes to the API server", talks_at_rest},
	{"writes-what-stands", "place", "I5 flapping", writes_what_stands},
	{"writes-again", "place", "I5 flapping", writes_again},
	{"lets-go-early", "place", "I6 too early", lets_go_early},
	{"lets-go-of-whomever", "place", "I6: a finalizer", lets_go_of_whomever},
	{"holds-on", "place", "I6 deletion does not end", holds_on},
	{"lies-about-a-check", "place", "I7 lie", lies_about_a_check},
	{"lies-about-a-size", "place", "I7 lie", lies_about_a_size},
	{"lies-about-machines", "place", "I7 lie", lies_about_machines},
	{"looks-away", "place", "I7 stale", looks_away},
	{"makes-it-twice", "place", "I8 inserted twice", makes_it_twice},
	{"deletes-what-is-used", "place", "I9 order", deletes_what_is_used},
	{"closes-the-way", "place", "I9 gap", closes_the_way},
	{"deletes-unasked", "place", "I10 uninformed", deletes_unasked},
	{"deletes-unread", "place", "I10 uninformed", deletes_unread},
	{"deletes-by-an-old-spec", "place", "I10 uninformed", deletes_by_an_old_spec},
	{"lets-a-neighbour-wait", "beside-tf", "I11 isolation: an edit of default/near", lets_a_neighbour_wait},
	{"lets-another-project-wait", "beside-tf", "I11 isolation: an edit of default/far", lets_another_project_wait},
	{"asks-too-much", "place", "I12 rate", asks_too_much},
	{"does-not-rest", "place", "I12 rate", does_not_rest},
	{"logs-a-token", "place", "I13 secret", logs_a_token},
	{"tells-a-token", "place", "I13 secret", tells_a_token},
	{"gathers", "place", "I14 bounds", gathers},
	{"asks-all-at-once", "place", "I14 bounds", asks_all_at_once},
	{"strays", "place", "I15 scope", strays},
	{"says-nothing", "place", "I16 silent", says_nothing},
	{"promises-for-ever", "place", "I16 silent", promises_for_ever},
};

struct performance {
	const struct planted *planted;
	struct stage *stage;
};

static void play(void *arg)
{
	JSON_WORK(work);
	const struct performance *performance = arg;

	performance->planted->plant(performance->stage);
	outcome_tell(&performance->stage->world);
}

static bool is_seen(const struct planted *planted)
{
	struct stage *stage = mem_alloc(sizeof(*stage));
	struct performance performance = {.planted = planted, .stage = stage};
	const struct ending *ending;
	bool seen;

	stage_set(stage, life_find(planted->life), 1);
	ending = outcome_in_child(play, &performance);
	seen = planted->complaint ? strstr(ending->text, planted->complaint) != NULL : ending->complaints == 0;
	if (!seen)
		printf("%s: \"%s\" was not complained of, but:\n%s", planted->name,
			planted->complaint ? planted->complaint : "nothing", ending->text);
	stage_done(stage);
	mem_free(stage);
	return seen;
}

int main(int argc, char **argv)
{
	int played = 0, missed = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (argc > 1 && !text_equal(argv[1], all[i].name))
			continue;
		played++;
		missed += !is_seen(&all[i]);
	}
	printf("%d planted, %d not seen\n", played, missed);
	return missed > 0 || played == 0;
}
