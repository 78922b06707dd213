/* The simulated world. */
#include "sim/world.h"

#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"

static const char CLOUD[] = "http://127.0.0.1:1";
static const char PROJECT[] = "projects/my-project/";

enum { RESTART_MS = 1500, STEP_MS = 500 };

void world_complain(struct world *world, const char *format, ...)
{
	va_list arguments;
	char text[1024];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	vec_add(&world->complaints, mem_strdup(text));
}

/* --- the emulator's time and answers --- */

static int64_t emulated(const struct world *world)
{
	return world->loop.now_ms - world->born_ms;
}

static void emulator_arm(struct world *world);

static void on_emulator_due(void *arg)
{
	struct world *world = arg;

	emulator_advance(world->emulator, emulated(world));
	emulator_arm(world);
}

static void emulator_arm(struct world *world)
{
	int64_t next = emulator_next(world->emulator);

	if (next == INT64_MAX) {
		timer_stop(&world->loop.loop, &world->emulator_timer);
		return;
	}
	timer_start(&world->loop.loop, &world->emulator_timer, next > emulated(world) ? next - emulated(world) : 0,
		on_emulator_due, world);
}

static void id_text(uint64_t id, char text[24])
{
	snprintf(text, 24, "%llu", (unsigned long long)id);
}

/* A mutation that the cloud refuses, now or in its operation, was a mistake of the controller. */
static void note_refusal(struct world *world, const struct fake_call *call, const struct emulator_answer *answer)
{
	bool read =
		text_equal(call->method, "GET") || strstr(call->path, "getHealth") || strstr(call->path, "listManaged");

	if (answer->status >= 400 && answer->status < 500 && !read)
		world->refused++;
	if (strstr(call->path, "/operations/") && answer->body && strstr(answer->body, "httpErrorStatusCode"))
		world->refused++;
}

static void pass_on(struct fake_call *call, const struct emulator_answer *answer)
{
	if (answer->status == 0)
		fake_drop(call);
	else if (answer->retry_after_s)
		fake_answer_retry(call, answer->status, answer->retry_after_s, answer->body);
	else
		fake_answer_bytes(call, answer->status, answer->content_type, answer->body, answer->length);
}

static void on_answer(void *arg, const struct emulator_answer *answer)
{
	struct world *world = arg;
	struct fake_call *call;
	char id[24];

	journal_answered(&world->journal, world->emulator, answer, emulated(world));
	if (answer->id == world->direct_id) {
		mem_free(world->own_direct);
		world->own_direct = mem_strndup(answer->body, answer->length);
		world->direct_status = answer->status;
		return;
	}
	id_text(answer->id, id);
	call = map_remove(&world->calls, id);
	if (!call)
		return;
	world->cloud_begun += world_is_mutation(call) && answer->status >= 200 && answer->status < 300;
	if (world->faults.answer) {
		struct emulator_answer changed = *answer;

		if (world->faults.answer(world->faults.arg, call, &changed))
			return;
		note_refusal(world, call, answer);
		if (world->witness.answered)
			world->witness.answered(world->witness.arg, call, &changed);
		pass_on(call, &changed);
		return;
	}
	if (world->spoil && world->spoil_left > 0) {
		struct emulator_answer spoilt = *answer;

		if (world->spoil(world, call, &spoilt))
			return;
		fake_answer_bytes(call, spoilt.status, spoilt.content_type, spoilt.body, spoilt.length);
		return;
	}
	note_refusal(world, call, answer);
	pass_on(call, answer);
}

static void emulator_send(struct world *world, uint64_t id, const struct emulator_request *request)
{
	struct emulator_request copy = *request;

	copy.id = id;
	journal_ask(&world->journal, &copy);
	emulator_request(world->emulator, &copy, emulated(world));
	journal_answered(&world->journal, world->emulator, NULL, emulated(world));
	emulator_arm(world);
}

/* Whatever the controller sends must be a call of the API, by the judge that shares nothing with the emulator's. */
static void check_call(struct world *world, const struct fake_call *call)
{
	JSON_WORK(work);
	struct error err = {0};
	const cJSON *body =
		call->body_length ? json_parse(call->body, call->body_length, (struct json_limits){0}, &err) : NULL;

	if (call->body_length && !body)
		world_complain(world, "%s %s: %s", call->method, call->path, err.message);
	else if (!schema_check_call(
			 world->schema, call->method, call->path + strlen("/compute/v1/"), call->query, body, &err))
		world_complain(world, "%s %s: %s", call->method, call->path, err.message);
}

bool world_is_mutation(const struct fake_call *call)
{
	return !text_equal(call->method, "GET") && !strstr(call->path, "/operations/") &&
	       !strstr(call->path, "/getHealth") && !strstr(call->path, "/listManagedInstances") &&
	       !strstr(call->path, "/validate");
}

static void to_emulator(struct world *world, struct fake_call *call)
{
	struct emulator_request request = {
		.method = call->method,
		.path = call->path,
		.query = call->query,
		.content_type = call->body_length ? "application/json" : "",
		.body = call->body,
		.body_length = call->body_length,
	};
	uint64_t id = ++world->next_id;
	char text[24];

	check_call(world, call);
	world->cloud_writes += world_is_mutation(call);
	id_text(id, text);
	map_put(&world->calls, text, call);
	emulator_send(world, id, &request);
}

/* --- the controller's calls, and its death --- */

static void on_restart(void *arg)
{
	world_start(arg);
}

void world_restart(struct world *world)
{
	timer_start(&world->loop.loop, &world->restart, RESTART_MS, on_restart, world);
}

static void die(struct world *world)
{
	world->killed = true;
	world_kill(world);
	world_restart(world);
}

static void on_die(void *arg)
{
	die(arg);
}

static bool is_counted(const struct fake_call *call)
{
	return !strstr(call->query, "watch=") && !strstr(call->path, "/events");
}

static int slashes(const char *text)
{
	int count = 0;

	while ((text = strchr(text, '/')))
		text++, count++;
	return count;
}

/* rest: the path behind the project. */
static const char *sort_of(const struct fake_call *call, const char *rest)
{
	if (world_is_mutation(call))
		return "write";
	if (strstr(rest, "/operations/"))
		return "operation";
	if (text_starts(rest, "aggregated/"))
		return "aggregated";
	if (!text_equal(call->method, "GET"))
		return strrchr(rest, '/') + 1; /* getHealth, listManagedInstances, validate */
	return slashes(rest) == (text_starts(rest, "global/") ? 1 : 2) ? "list" : "read";
}

void world_quota(const struct fake_call *call, char quota[WORLD_QUOTA_SIZE])
{
	const char *project = call->path + strlen("/compute/v1/projects/");
	const char *rest = strchr(project, '/') + 1;
	const char *place =
		text_starts(rest, "zones/") || text_starts(rest, "regions/") ? strchr(rest, '/') + 1 : "global";

	snprintf(quota, WORLD_QUOTA_SIZE, "%.*s %.*s %s", (int)(rest - 1 - project), project, (int)strcspn(place, "/"),
		place, sort_of(call, rest));
}

struct replica *world_sender(struct world *world, const struct fake_call *call)
{
	for (int i = 0; i < REPLICAS_MAX; i++) {
		if (call->http == &world->replicas[i].http)
			return &world->replicas[i];
	}
	return NULL;
}

bool world_is_for_cloud(const struct fake_call *call)
{
	return text_starts(call->url, CLOUD);
}

/* By what the server knows: a write must have left while the lease was its sender's. */
static void check_lease(struct world *world, const struct replica *replica, const struct fake_call *call)
{
	bool writes = world_is_for_cloud(call) ? world_is_mutation(call) : !text_equal(call->method, "GET");

	if (!world->election || leases_serves(call))
		return;
	if (world_is_for_cloud(call) && replica->renewed_sent < 0)
		world_complain(world, "%s: %s %s although it never led", replica->identity, call->method, call->path);
	if (!writes)
		return;
	if (replica->renewed_sent < 0 || call->sent_ms >= replica->renewed_sent + WORLD_DEADLINE_MS)
		world_complain(world, "%s: %s %s left %lld ms after its last renewal", replica->identity, call->method,
			call->path, (long long)(call->sent_ms - replica->renewed_sent));
}

static void to_leases(struct world *world, struct replica *replica, struct fake_call *call)
{
	JSON_WORK(work);
	char *before = arena_strdup(json_arena(), leases_holder(&world->leases, WORLD_LEASE));

	if (!leases_request(&world->leases, call) || !replica_leads(replica))
		return;
	replica->renewed_sent = call->sent_ms;
	if (!text_equal(before, replica->identity))
		world->led_since = world->loop.now_ms;
}

/* Keys and tokens, and what stands for them in scripts. */
static void check_secrets(struct world *world, const char *where, const char *text)
{
	static const char *const secrets[] = {"ya29.", "canary-secret", "canary-refresh", "PRIVATE KEY"};

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		if (text && strstr(text, secrets[i]))
			world_complain(world, "%s holds a secret: %s", where, text);
	}
}

static void to_apiserver(struct world *world, struct fake_call *call)
{
	check_secrets(world, call->path, call->body);
	apiserver_request(&world->api, call);
}

void world_serve(struct world *world, struct replica *replica, struct fake_call *call)
{
	if (!world_is_for_cloud(call) && replica->cut)
		return;
	check_lease(world, replica, call);
	if (world_is_for_cloud(call))
		to_emulator(world, call);
	else if (leases_serves(call))
		to_leases(world, replica, call);
	else
		to_apiserver(world, call);
	if (world->witness.served)
		world->witness.served(world->witness.arg, replica, call);
}

void world_die_in(struct world *world, struct replica *replica, struct fake_call *call, enum kill_point point)
{
	if (point == KILL_BEFORE_SEND) {
		die(world);
		fake_drop(call);
		return;
	}
	world_serve(world, replica, call);
	if (point == KILL_AFTER_APPLIED)
		die(world);
	else
		timer_start(&world->loop.loop, &world->restart, WORLD_LATENCY_MS * 2 + 1, on_die, world);
}

static uint64_t passed(struct world *world, uint64_t *count, bool silence)
{
	++*count;
	if (world->boundary)
		world->boundary(world->boundary_arg, *count, silence);
	return *count;
}

/* true: it does not even arrive. */
static bool falls_silent(struct world *world, struct fake_call *call)
{
	if (world->at_rest || passed(world, &world->spoken, true) != world->silent_at)
		return false;
	if (world->silent_point == SILENT_AFTER_ARRIVAL)
		call->silence = FAKE_SILENT;
	else if (world->silent_point == SILENT_AMID_ANSWER)
		call->silence = FAKE_SILENT_AMID;
	return world->silent_point == SILENT_BEFORE_ARRIVAL;
}

static void on_call(void *arg, struct fake_call *call)
{
	struct replica *replica = arg;
	struct world *world = replica->world;

	if (falls_silent(world, call))
		return;
	if (world->faults.call && world->faults.call(world->faults.arg, replica, call))
		return;
	if (is_counted(call) && !world->at_rest && passed(world, &world->call_count, false) == world->kill_at &&
		!world->killed)
		world_die_in(world, replica, call, world->kill_point);
	else
		world_serve(world, replica, call);
}

static void write_log(void *arg, enum log_level level, const char *line, size_t length)
{
	struct world *world = arg;

	check_secrets(world, "the log", line);
	if (world->shows_log)
		fwrite(line, 1, length, stderr);
}

/* --- life --- */

void world_init(struct world *world, uint64_t seed)
{
	struct emulator_options options = {.seed = seed, .wall_start_us = 1767323045000000};
	struct error err = {0};

	*world = (struct world){.seed = seed, .complete = true};
	fake_loop_init(&world->loop);
	world->replica_count = 1;
	for (int i = 0; i < REPLICAS_MAX; i++)
		replica_init(&world->replicas[i], world, seed + (uint64_t)i, on_call);
	apiserver_init(&world->api, &world->loop);
	world->born_ms = world->loop.now_ms;
	world->emulator = emulator_new(&options, on_answer, world, &err);
	journal_begin(&world->journal, &options);
	if (!world->emulator) {
		fprintf(stderr, "emulator: %s\n", err.message);
		abort();
	}
	world->schema = schema_load(TFLB_SOURCE_DIR "/src/emulator/compute-v1-schema.json");
	if (!world->schema) {
		fputs("no schema to judge calls by\n", stderr);
		abort();
	}
	world->config = (struct kube_config){.own_server = mem_strdup("http://127.0.0.1:2")};
	world->shows_log = getenv("TFLB_SIM_LOG");
	world->log = (struct log){.write = write_log, .write_arg = world, .level = LOG_DEBUG, .format = LOG_TEXT};
}

void world_done(struct world *world)
{
	world_kill(world);
	timer_stop(&world->loop.loop, &world->restart);
	timer_stop(&world->loop.loop, &world->emulator_timer);
	apiserver_done(&world->api);
	emulator_free(world->emulator);
	journal_done(&world->journal);
	schema_free(world->schema);
	map_done(&world->calls, NULL);
	leases_done(&world->leases);
	for (int i = 0; i < REPLICAS_MAX; i++)
		replica_done(&world->replicas[i]);
	fake_loop_done(&world->loop);
	vec_done(&world->complaints, mem_free);
	mem_free(world->own_direct);
	kube_config_done(&world->config);
}

static int64_t wall_us(void *arg)
{
	return env_wall_us(arg);
}

void world_start(struct world *world)
{
	world->log.wall_us = wall_us;
	world->log.wall_arg = &world->replicas[0].env.env;
	for (int i = 0; i < world->replica_count; i++)
		replica_start(&world->replicas[i]);
}

void world_kill(struct world *world)
{
	for (int i = 0; i < REPLICAS_MAX; i++)
		replica_kill(&world->replicas[i]);
}

void world_run(struct world *world, int64_t ms)
{
	fake_loop_run_for(&world->loop, ms);
}

/* --- acting on the cloud from outside --- */

static void direct(struct world *world, const char *method, const char *path, const char *body)
{
	const char *query = strchr(path, '?');
	AUTO_FREE char *bare = query ? mem_strndup(path, query - path) : mem_strdup(path);
	struct emulator_request request = {
		.method = method,
		.path = bare,
		.query = query ? query + 1 : "",
		.content_type = body ? "application/json" : "",
		.body = body ? body : "",
		.body_length = body ? strlen(body) : 0,
	};

	world->direct_id = ++world->next_id;
	mem_free(TAKE(world->own_direct));
	emulator_send(world, world->direct_id, &request);
	while (!world->own_direct)
		world_run(world, STEP_MS);
}

static bool is_running(const char *body, char *name, size_t size)
{
	JSON_WORK(work);
	const cJSON *operation = json_parse(body, strlen(body), (struct json_limits){0}, NULL);

	if (!text_equal(json_text(operation, "kind"), "compute#operation") ||
		text_equal(json_text(operation, "status"), "DONE"))
		return false;
	text_copy(name, size, strstr(json_text(operation, "selfLink"), "/projects/"));
	return true;
}

const char *world_cloud_begin(struct world *world, const char *method, const char *path, const char *body)
{
	AUTO_FREE char *url =
		text_starts(path, "/emulator/") ? mem_strdup(path) : mem_printf("/compute/v1/%s%s", PROJECT, path);

	if (world->witness.meddled)
		world->witness.meddled(world->witness.arg, path);
	direct(world, method, url, body);
	return world->own_direct;
}

const char *world_cloud(struct world *world, const char *method, const char *path, const char *body)
{
	char operation[256];

	world_cloud_begin(world, method, path, body);
	while (world->direct_status < 300 && is_running(world->own_direct, operation, sizeof(operation))) {
		AUTO_FREE char *wait = mem_printf("/compute/v1%s/wait", operation);
		direct(world, "POST", wait, NULL);
	}
	return world->own_direct;
}

void world_do(struct world *world, const char *method, const char *path, const char *body)
{
	JSON_WORK(work);
	const char *answer = world_cloud(world, method, path, body);

	if (world->direct_status >= 300 ||
		json_has(json_parse(answer, strlen(answer), (struct json_limits){0}, NULL), "error"))
		world_complain(world, "%s %s: %s", method, path, answer);
}

cJSON *world_list(struct world *world, const char *path)
{
	cJSON *all = cJSON_CreateArray();
	const char *page = path;

	while (page) {
		const char *text = world_cloud(world, "GET", page, NULL), *next;
		cJSON *list = json_parse(text, strlen(text), (struct json_limits){0}, NULL), *item;

		cJSON_ArrayForEach(item, json_member(list, "items")) json_add(all, json_copy(item));
		next = json_text(list, "nextPageToken");
		page = next ? arena_printf(json_arena(), "%s%cpageToken=%s", path, strchr(path, '?') ? '&' : '?', next)
		            : NULL;
	}
	return all;
}
