/* The injector. It stands between the controllers and the servers, counts calls, and lets faults strike at theirs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulator/core.h"
#include "sim/fault.h"

typedef bool (*strike_fn)(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call);

static bool strike_kill(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call)
{
	injector_lasts(injector, 3000);
	world_die_in(injector->world, replica, call, (enum kill_point)fault->variant);
	return true;
}

static const struct family {
	const char *name;
	int variants;
	strike_fn strike;
} families[FAULT_FAMILIES] = {
	[FAULT_KILL] = {"F1", KILL_POINTS, strike_kill},
	[FAULT_WATCH] = {"F2", 14, strike_watch},
	[FAULT_STALE] = {"F3", 4, strike_stale},
	[FAULT_REFUSAL] = {"F4", 15, strike_refusal},
	[FAULT_TRANSPORT] = {"F5", 16, strike_transport},
	[FAULT_BODY] = {"F6", 25, strike_body},
	[FAULT_RUN] = {"F7", 7, strike_run},
	[FAULT_USER] = {"F8", 6, strike_user},
	[FAULT_MEDDLER] = {"F9", 40, strike_meddler},
	[FAULT_LEADER] = {"F10", 11, strike_leader},
	[FAULT_CREDENTIAL] = {"F11", 8, strike_credential},
	[FAULT_QUOTA] = {"F12", 15, strike_quota},
};

const char *fault_name(enum fault_family family)
{
	return families[family].name;
}

int fault_variants(enum fault_family family)
{
	return families[family].variants;
}

bool fault_can_be_aimed(enum fault_family family)
{
	return family == FAULT_REFUSAL || family == FAULT_TRANSPORT || family == FAULT_BODY || family == FAULT_RUN ||
	       family == FAULT_USER || family == FAULT_MEDDLER || family == FAULT_QUOTA;
}

bool fault_parse(const char *text, struct fault *fault)
{
	char name[8];
	unsigned long long at;
	int variant;

	if (sscanf(text, "%7[^@]@%llu:%d", name, &at, &variant) != 3)
		return false;
	for (int i = 0; i < FAULT_FAMILIES; i++) {
		if (!strcmp(families[i].name, name) && variant >= 0 && variant < families[i].variants) {
			*fault = (struct fault){.family = i, .variant = variant, .at = at};
			return true;
		}
	}
	return false;
}

/* --- later --- */

struct late {
	struct injector *injector;
	struct timer timer;
	late_fn fn;
	struct fake_call *call;
	void *own_data;
};

static void on_late(void *arg)
{
	struct late *late = arg;
	struct vec *lates = &late->injector->lates;

	for (size_t i = 0; i < lates->count; i++) {
		if (lates->own_items[i] == late) {
			vec_remove_at(lates, i);
			break;
		}
	}
	late->fn(late->injector, late->call, late->own_data);
	mem_free(late);
}

void injector_later(struct injector *injector, int64_t ms, late_fn fn, struct fake_call *call, void *own_data)
{
	struct late *late = mem_alloc(sizeof(*late));

	*late = (struct late){.injector = injector, .fn = fn, .call = call, .own_data = own_data};
	vec_add(&injector->lates, late);
	timer_start(&injector->world->loop.loop, &late->timer, ms, on_late, late);
}

void injector_lasts(struct injector *injector, int64_t ms)
{
	if (injector->over_at < injector->world->loop.now_ms + ms)
		injector->over_at = injector->world->loop.now_ms + ms;
}

/* --- answers --- */

void injector_spoil(struct injector *injector, struct fake_call *call, const struct fault *fault)
{
	for (int i = 0; i < FAULTS_MAX; i++) {
		if (injector->spoilt[i].http)
			continue;
		injector->spoilt[i].http = call->http;
		injector->spoilt[i].number = call->number;
		injector->spoilt[i].family = fault->family;
		injector->spoilt[i].variant = fault->variant;
		return;
	}
}

static bool is_spoilt_by(const struct injector *injector, int place, const struct fake_call *call)
{
	return injector->spoilt[place].http == call->http && injector->spoilt[place].number == call->number;
}

/* true: the answer was dealt with. */
static bool spoil(struct injector *injector, struct fake_call *call, struct emulator_answer *answer)
{
	for (int i = 0; i < FAULTS_MAX; i++) {
		int variant = injector->spoilt[i].variant;

		if (!is_spoilt_by(injector, i, call))
			continue;
		injector->spoilt[i].http = NULL;
		switch (injector->spoilt[i].family) {
		case FAULT_TRANSPORT:
			return spoil_transport(injector, variant, call, answer);
		case FAULT_BODY:
			return spoil_body(injector, variant, call, answer);
		default:
			return spoil_run(injector, variant, call, answer);
		}
	}
	return false;
}

static bool on_answer(void *arg, struct fake_call *call, struct emulator_answer *answer)
{
	struct injector *injector = arg;

	if (injector->hidden[0] && injector->world->loop.now_ms < injector->hidden_until &&
		spoil_run(injector, -1, call, answer))
		return true;
	return spoil(injector, call, answer);
}

/* The API server answers at once, and its answer is taken back. */
static void serve_spoilt(struct injector *injector, struct replica *replica, struct fake_call *call)
{
	struct str body = {0};
	struct emulator_answer answer = {.content_type = "application/json"};
	bool for_cloud = world_is_for_cloud(call);

	world_serve(injector->world, replica, call);
	if (!for_cloud && fake_take_back(call, &answer.status, &body)) {
		answer.body = str_text(&body);
		answer.length = body.length;
		if (!spoil(injector, call, &answer))
			fake_answer_bytes(call, answer.status, answer.content_type, answer.body, answer.length);
	}
	str_done(&body);
}

/* --- calls --- */

static bool is_of_object(const struct injector *injector, const struct fake_call *call)
{
	static const char objects[] = "/tfloadbalancers/tf";
	const char *object = strstr(call->path, objects), *operation = strstr(call->path, "/operations/");
	AUTO_FREE char *path = mem_strdup(operation ? call->path + strlen("/compute/v1/") : "");

	if (!world_is_for_cloud(call))
		return object && strchr("/", object[strlen(objects)]);
	if (operation) {
		const struct emu_operation *known;

		*strstr(path, "/wait") = '\0';
		known = emu_operation_find(injector->world->emulator, path);
		return known && strstr(known->own_target, "-tf-");
	}
	return strstr(call->path, "-tf-") || strstr(call->body, "-tf-");
}

static bool is_aimed_at(const struct injector *injector, const struct fake_call *call)
{
	return injector->aim == AIM_ALL || is_of_object(injector, call) ||
	       (injector->aim == AIM_PROJECT && strstr(call->path, "/projects/my-project/"));
}

static bool is_counted(const struct injector *injector, const struct fake_call *call)
{
	return !strstr(call->query, "watch=") && !strstr(call->path, "/events") && !strstr(call->path, "/leases") &&
	       is_aimed_at(injector, call);
}

static uint64_t dice(struct injector *injector, uint64_t limit)
{
	uint64_t x = injector->dice += 0x9e3779b97f4a7c15;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return (x ^ (x >> 31)) % limit;
}

/* Faults that may strike anywhere, any time. */
static const enum fault_family anywhere[] = {
	FAULT_KILL, FAULT_WATCH, FAULT_REFUSAL, FAULT_TRANSPORT, FAULT_BODY, FAULT_RUN, FAULT_CREDENTIAL, FAULT_QUOTA};

/* A random fault is written down as if it had been asked for, so that it can be replayed. */
static void roll(struct injector *injector)
{
	struct fault fault = {.at = injector->seen};

	if (injector->count == FAULTS_MAX || dice(injector, 1000) >= injector->per_mille)
		return;
	fault.family = anywhere[dice(injector, sizeof(anywhere) / sizeof(anywhere[0]))];
	if (injector->aim != AIM_ALL && !fault_can_be_aimed(fault.family))
		fault.family = FAULT_REFUSAL;
	fault.variant = (int)dice(injector, (uint64_t)families[fault.family].variants);
	injector->faults[injector->count++] = fault;
}

static bool strike(struct injector *injector, struct replica *replica, struct fake_call *call)
{
	for (size_t i = 0; i < injector->count; i++) {
		const struct fault *fault = &injector->faults[i];

		if (fault->at != injector->seen)
			continue;
		injector->struck++;
		injector_lasts(injector, 1000);
		if (families[fault->family].strike(injector, fault, replica, call))
			return true;
	}
	return false;
}

static bool is_spoilt(const struct injector *injector, const struct fake_call *call)
{
	for (int i = 0; i < FAULTS_MAX; i++) {
		if (is_spoilt_by(injector, i, call))
			return true;
	}
	return false;
}

static bool is_throttled(const struct injector *injector, const struct fake_call *call)
{
	bool writes = world_is_mutation(call);

	return world_is_for_cloud(call) && (injector->aim == AIM_ALL || strstr(call->path, "/projects/my-project/")) &&
	       !(injector->only_writes && !writes) && !(injector->only_reads && writes);
}

/* What lasts. */
static bool strike_still(struct injector *injector, struct replica *replica, struct fake_call *call)
{
	int64_t now = injector->world->loop.now_ms;

	if (injector->vanished[0] && strstr(call->path, injector->vanished)) {
		fake_answer(call, 404, "application/json",
			"{\"error\":{\"code\":404,\"message\":\"The resource was not "
			"found\",\"errors\":[{\"message\":\"The "
			"resource was not found\",\"domain\":\"global\",\"reason\":\"notFound\"}]}}");
		return true;
	}
	if (credential_refuses(injector, call))
		return true;
	if (injector->gone_left > 0 && text_ends(call->path, "/tfloadbalancers") && text_equal(call->method, "GET")) {
		struct fault fault = {.family = FAULT_REFUSAL, .variant = 6};

		injector->gone_left--;
		return strike_refusal(injector, &fault, replica, call);
	}
	if (now < injector->throttled_until && is_throttled(injector, call)) {
		struct fault fault = {.family = FAULT_REFUSAL, .variant = 3};

		return strike_refusal(injector, &fault, replica, call);
	}
	if (now < injector->leases_down_until && leases_serves(call)) {
		fake_answer(call, 503, "text/html", "<html>down</html>");
		return true;
	}
	if (injector->lost_left > 0 && injector->lost_request[0] && strstr(call->query, injector->lost_request)) {
		struct fault fault = {.family = FAULT_TRANSPORT, .variant = 5};

		injector->lost_left--;
		injector_spoil(injector, call, &fault);
	}
	return false;
}

static bool on_call(void *arg, struct replica *replica, struct fake_call *call)
{
	struct injector *injector = arg;

	if (injector->counting && is_counted(injector, call)) {
		injector->seen++;
		if (injector->trace)
			injector->trace(injector->trace_arg, call);
		if (injector->boundary)
			injector->boundary(injector->boundary_arg);
		roll(injector);
		if (strike(injector, replica, call))
			return true;
	}
	if (strike_still(injector, replica, call))
		return true;
	if (!is_spoilt(injector, call))
		return false;
	serve_spoilt(injector, replica, call);
	return true;
}

void injector_init(struct injector *injector, struct world *world)
{
	*injector = (struct injector){.world = world};
	world->faults = (struct world_hooks){.call = on_call, .answer = on_answer, .arg = injector};
}

void injector_done(struct injector *injector)
{
	for (size_t i = 0; i < injector->lates.count; i++) {
		struct late *late = injector->lates.own_items[i];

		timer_stop(&injector->world->loop.loop, &late->timer);
		mem_free(late->own_data);
	}
	vec_done(&injector->lates, mem_free);
	mem_free(injector->own_answer);
	injector->world->faults = (struct world_hooks){0};
}

bool injector_over(const struct injector *injector)
{
	return injector->struck >= injector->count && injector->world->loop.now_ms >= injector->over_at;
}
