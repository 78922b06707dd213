/* A server of one Lease with what becomes of requests to it, and a candidate. */
#pragma once

#include "base/time.h"
#include "kube/lease.h"
#include "rig.h"

static const char PATH[] = "/apis/coordination.k8s.io/v1/namespaces/sys/leases/tflb-controller";
static const char ME[] = "host_1";

enum { LATENCY_MS = 20, DURATION_MS = 15000, DEADLINE_MS = 10000, RETRY_MS = 2000 };

/* What becomes of a request. */
enum fate { SERVED, LOST, APPLIED_AND_LOST, REFUSED };

struct fixture {
	struct rig rig;
	struct lease *lease;
	char *own_lease; /* NULL: there is none */
	int version;
	enum fate reads, writes;
	int refusal;
	int gets, puts, posts, conflicts;
	int64_t last_put;
	bool last_own, last_fresh; /* of the last request */
	const char *last_component;

	int leading, lost, troubles, recoveries, follows, released;
	char why[256], holder[64];
	int64_t led_at, lost_at;
	bool allowed; /* what lease_held said within lost */
};

static inline void refuse(struct fake_call *call, int status, const char *reason)
{
	char body[200];
	snprintf(body, sizeof(body), "{\"kind\":\"Status\",\"message\":\"no\",\"reason\":\"%s\",\"code\":%d}", reason,
		status);
	fake_answer(call, status, "application/json", body);
}

static inline void store(struct fixture *f, const cJSON *object)
{
	cJSON *copy = json_copy(object);
	json_setf(json_member(copy, "metadata"), "resourceVersion", "%d", ++f->version);
	mem_free(f->own_lease);
	f->own_lease = json_print_owned(copy);
}

static inline void write_lease(struct fixture *f, struct fake_call *call)
{
	JSON_WORK(work);
	cJSON *object = json_parse_text(call->body);
	const cJSON *old = f->own_lease ? json_parse_text(f->own_lease) : NULL;
	bool creates = text_equal(call->method, "POST");
	bool conflict = creates ? old != NULL
	                        : !old || !text_equal(json_text(old, "metadata.resourceVersion"),
						  json_text(object, "metadata.resourceVersion"));
	f->conflicts += conflict;
	if (conflict) {
		refuse(call, 409, creates ? "AlreadyExists" : "Conflict");
		return;
	}
	store(f, object);
	if (f->writes == APPLIED_AND_LOST)
		return;
	fake_answer(call, creates ? 201 : 200, "application/json", f->own_lease);
}

static inline void serve(void *arg, struct fake_call *call)
{
	struct fixture *f = arg;
	bool read = text_equal(call->method, "GET");
	enum fate fate = read ? f->reads : f->writes;
	f->gets += read;
	f->posts += text_equal(call->method, "POST");
	f->puts += text_equal(call->method, "PUT");
	f->last_component = call->component;
	f->last_own = call->own_connection;
	f->last_fresh = call->fresh_connection;
	if (text_equal(call->method, "PUT"))
		f->last_put = f->rig.loop.now_ms;
	if (fate == LOST)
		return;
	if (fate == REFUSED)
		refuse(call, f->refusal, "Whatever");
	else if (!read)
		write_lease(f, call);
	else if (f->own_lease)
		fake_answer(call, 200, "application/json", f->own_lease);
	else
		refuse(call, 404, "NotFound");
}

static inline void on_leading(void *arg)
{
	struct fixture *f = arg;
	f->leading++;
	f->led_at = f->rig.loop.now_ms;
	assert_true(lease_held(f->lease));
}

static inline void on_lost(void *arg, const char *why)
{
	struct fixture *f = arg;
	f->lost++;
	f->lost_at = f->rig.loop.now_ms;
	f->allowed = lease_held(f->lease);
	text_copy(f->why, sizeof(f->why), why);
}

static inline void on_follows(void *arg, const char *holder)
{
	struct fixture *f = arg;
	f->follows++;
	text_copy(f->holder, sizeof(f->holder), holder);
}

static inline void on_trouble(void *arg, const struct error *err)
{
	struct fixture *f = arg;
	f->troubles += err != NULL;
	f->recoveries += err == NULL;
}

static inline void on_released(void *arg)
{
	((struct fixture *)arg)->released++;
}

static const struct lease_terms usual = {.namespace = "sys",
	.name = "tflb-controller",
	.identity = ME,
	.duration_ms = DURATION_MS,
	.renew_deadline_ms = DEADLINE_MS,
	.retry_period_ms = RETRY_MS};

static inline void start(struct fixture *f)
{
	struct lease_handler handler = {on_leading, on_lost, on_follows, on_trouble, f};
	f->lease = lease_new(f->rig.kube, &usual, &handler);
	lease_start(f->lease);
}

static int set_up(void **state)
{
	struct fixture *f = mem_alloc(sizeof(*f));
	rig_init(&f->rig, serve, f);
	f->rig.http.latency_ms = LATENCY_MS;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	lease_free(f->lease);
	rig_done(&f->rig);
	mem_free(f->own_lease);
	mem_free(f);
	return 0;
}

static inline void run(struct fixture *f, int64_t ms)
{
	fake_loop_run_for(&f->rig.loop, ms);
}

/* Somebody else writes the Lease. renewed: seconds off our wall clock. */
static inline void held_by(struct fixture *f, const char *holder, int duration_s, int renewed)
{
	JSON_WORK(work);
	char time[TIME_TEXT_SIZE];
	time_text_micro(env_wall_us(&f->rig.env.env) + renewed * 1000000LL, time);
	store(f, json_parse_text(arena_printf(json_arena(),
			 "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":"
			 "\"tflb-controller\",\"namespace\":\"sys\",\"labels\":{\"a\":\"b\"}},\"spec\":{"
			 "\"holderIdentity\":\"%s\",\"leaseDurationSeconds\":%d,\"acquireTime\":\"%s\",\"renewTime\":"
			 "\"%s\",\"leaseTransitions\":4,\"strategy\":\"OldestEmulationVersion\",\"preferredHolder\":"
			 "\"somebody\",\"later\":{\"x\":[1,2]}}}",
			 holder, duration_s, time, time)));
}

static const char *text_of(struct fixture *f, const char *path)
{
	return json_text(json_parse_text(f->own_lease), path);
}

static inline int64_t number_of(struct fixture *f, const char *path)
{
	return json_int(json_parse_text(f->own_lease), path, -1);
}

#define LEASE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
