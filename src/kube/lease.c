/* The election. One request is in flight at a time, and each of its answers decides what comes next:
 *
 *     try:   the Lease is ours, as last seen -> renew, else -> read
 *     renew: done -> held; refused, late or unclear -> read
 *     read:  not there -> create; another's and not expired -> wait; else -> take
 *     take, create: done -> held; else -> wait
 *
 * Beyond client-go: the deadline counts from when a renewal was sent, not from its answer; a leader that reads another's name
 * in the Lease is none any more; and followers look a little more often than client-go's, and once more in the moment in which
 * the Lease expires, so that a hand-over takes no longer than duration + retry period. */
#include "kube/lease.h"

#include <string.h>

#include "base/time.h"
#include "kube/client.h"

enum {
	SECOND_MS = 1000,
	RELEASE_MS = 1500,
	RELEASE_RETRY_MS = 200,
	/* Percent of the retry period that a follower waits; spread, so that many don't come at once. */
	FOLLOW_LEAST = 70,
	FOLLOW_SPREAD = 20,
};

/* The Lease as last seen. */
struct observed {
	char *own_object; /* all of it: what we don't know is sent back as it came; NULL: never seen */
	char *own_uid;    /* "" when it does not say */
	char *own_record; /* its spec, canonical */
	char *own_holder; /* "" for nobody */
	int64_t duration_ms;
	int64_t at; /* when the record was first seen as it is */
};

struct lease {
	struct kube *kube;
	struct lease_handler handler;
	struct lease_terms terms; /* with texts of our own */
	char *own_namespace, *own_name, *own_identity, *own_path;

	struct observed observed;
	struct kube_call *call;
	kube_fn answered; /* to whom the call in flight is told */
	int64_t sent_at;  /* of the call in flight */
	bool suspect;     /* the connection may be dead: the last call got no answer */
	struct timer patience, next, deadline;

	bool leading, over;
	int64_t renewed_at; /* when the last renewal that succeeded was sent; while leading */
	bool failing;
	char *own_failure; /* message of the last failure; NULL: none since it worked */
	char *own_told;    /* holder that was told */
	loop_fn released;
	void *released_arg;
};

bool lease_terms_check(const struct lease_terms *terms, struct error *err)
{
	if (terms->duration_ms < SECOND_MS || terms->duration_ms % SECOND_MS)
		return error_set(err, ERROR_REJECTED, "the lease duration must be whole seconds, and at least one");
	if (terms->retry_period_ms <= 0)
		return error_set(err, ERROR_REJECTED, "the retry period must be longer than nothing");
	if (terms->duration_ms <= terms->renew_deadline_ms)
		return error_set(err, ERROR_REJECTED, "the lease duration must be longer than the renew deadline");
	if (terms->renew_deadline_ms * 10 <= terms->retry_period_ms * 12)
		return error_set(
			err, ERROR_REJECTED, "the renew deadline must be longer than 1.2 times the retry period");
	return true;
}

/* --- what is known --- */

static int64_t now(const struct lease *lease)
{
	return loop_now(lease->kube->loop);
}

static bool is_mine(const struct lease *lease)
{
	return text_equal(lease->observed.own_holder, lease->own_identity);
}

static int64_t expires_at(const struct lease *lease)
{
	return lease->observed.at + lease->observed.duration_ms;
}

static bool is_anothers(const struct lease *lease)
{
	return lease->observed.own_holder && *lease->observed.own_holder && !is_mine(lease) &&
	       expires_at(lease) > now(lease);
}

static void observed_done(struct observed *observed)
{
	mem_free(observed->own_object);
	mem_free(observed->own_uid);
	mem_free(observed->own_record);
	mem_free(observed->own_holder);
	*observed = (struct observed){0};
}

/* False when it is no Lease. */
static bool observe(struct lease *lease, const char *text, size_t length, struct error *err)
{
	JSON_WORK(work);
	struct observed *observed = &lease->observed;
	const cJSON *object = json_parse(text, length, (struct json_limits){0}, err);
	if (!object)
		return error_context(err, "the lease that was answered");
	const cJSON *spec = json_member(object, "spec");
	char *record = spec ? json_print_canonical(spec) : "{}";
	int64_t at = text_equal(observed->own_record, record) ? observed->at : now(lease);
	observed_done(observed);
	*observed = (struct observed){
		.own_object = mem_strndup(text, length),
		.own_uid = mem_strdup(json_text_or(object, "metadata.uid", "")),
		.own_record = mem_strdup(record),
		.own_holder = mem_strdup(json_text_or(spec, "holderIdentity", "")),
		.duration_ms = json_int(spec, "leaseDurationSeconds", 0) * SECOND_MS,
		.at = at,
	};
	return true;
}

/* --- what is told --- */

static void tell_failure(struct lease *lease, const struct error *err)
{
	mem_free(lease->own_failure);
	lease->own_failure = mem_strdup(err->message);
	if (!lease->failing)
		lease->handler.trouble(lease->handler.arg, err);
	lease->failing = true;
}

static void tell_success(struct lease *lease)
{
	mem_free(TAKE(lease->own_failure));
	if (lease->failing)
		lease->handler.trouble(lease->handler.arg, NULL);
	lease->failing = false;
}

static void tell_holder(struct lease *lease)
{
	const char *holder = lease->observed.own_holder;
	if (text_equal(lease->own_told, holder))
		return;
	mem_free(lease->own_told);
	lease->own_told = mem_strdup(holder);
	lease->handler.follows(lease->handler.arg, holder);
}

/* --- requests --- */

static void stop(struct lease *lease)
{
	struct loop *loop = lease->kube->loop;
	kube_cancel(TAKE(lease->call));
	timer_stop(loop, &lease->patience);
	timer_stop(loop, &lease->next);
	timer_stop(loop, &lease->deadline);
}

static void lose(struct lease *lease, const char *why)
{
	stop(lease);
	lease->leading = false;
	lease->over = true;
	lease->handler.lost(lease->handler.arg, why);
}

static void on_answer(void *arg, const char *body, size_t length, const struct error *err)
{
	struct lease *lease = arg;
	lease->call = NULL;
	timer_stop(lease->kube->loop, &lease->patience);
	lease->suspect = err && err->status == 0;
	lease->answered(lease, body, length, err);
}

static void on_late(void *arg)
{
	struct lease *lease = arg;
	struct error err = {0};
	kube_cancel(lease->call);
	error_set(&err, ERROR_TRANSIENT, "the API server did not answer about lease %s in time", lease->own_name);
	on_answer(lease, NULL, 0, &err);
}

static int64_t patience(const struct lease *lease)
{
	int64_t half = lease->terms.renew_deadline_ms / 2;
	return half > SECOND_MS ? half : SECOND_MS;
}

/* A connection that nothing else holds up, and another one when the last may be dead: a renewal has no time to find out. */
static void send(struct lease *lease, const char *method, const char *path, const char *body, kube_fn answered)
{
	struct kube_request request = {.method = method,
		.path = path,
		.body = body,
		.component = "leader-election",
		.own_connection = true,
		.fresh_connection = lease->suspect,
		.unguarded = true};
	lease->answered = answered;
	lease->sent_at = now(lease);
	lease->call = kube_send(lease->kube, &request, on_answer, lease);
	timer_start(lease->kube->loop, &lease->patience, patience(lease), on_late, lease);
}

static void set_now(struct lease *lease, cJSON *spec, const char *name)
{
	char text[TIME_TEXT_SIZE];
	time_text_micro(env_wall_us(lease->kube->env), text);
	json_set_text(spec, name, text);
}

/* The Lease as seen with us as its holder. Its resourceVersion is in it: whoever was faster makes the write fail. */
static char *write_mine(struct lease *lease)
{
	cJSON *object = json_parse_text(lease->observed.own_object);
	cJSON *spec = json_member(object, "spec");
	if (!spec)
		spec = json_set_object(object, "spec");
	json_set_int(spec, "leaseDurationSeconds", lease->terms.duration_ms / SECOND_MS);
	set_now(lease, spec, "renewTime");
	if (!is_mine(lease)) {
		json_set_text(spec, "holderIdentity", lease->own_identity);
		json_set_int(spec, "leaseTransitions", json_int(spec, "leaseTransitions", 0) + 1);
		set_now(lease, spec, "acquireTime");
	}
	return json_print(object);
}

static char *write_first(struct lease *lease)
{
	cJSON *object = cJSON_CreateObject();
	json_set_text(object, "apiVersion", "coordination.k8s.io/v1");
	json_set_text(object, "kind", "Lease");
	cJSON *metadata = json_set_object(object, "metadata");
	json_set_text(metadata, "name", lease->own_name);
	json_set_text(metadata, "namespace", lease->own_namespace);
	cJSON *spec = json_set_object(object, "spec");
	json_set_text(spec, "holderIdentity", lease->own_identity);
	json_set_int(spec, "leaseDurationSeconds", lease->terms.duration_ms / SECOND_MS);
	json_set_int(spec, "leaseTransitions", 0);
	set_now(lease, spec, "acquireTime");
	set_now(lease, spec, "renewTime");
	return json_print(object);
}

/* --- the election --- */

static void try(void *arg);

static int64_t until_next(const struct lease *lease)
{
	if (lease->leading)
		return lease->terms.retry_period_ms;
	int64_t wait = lease->terms.retry_period_ms * FOLLOW_LEAST / 100;
	wait += (int64_t)env_random_below(
		lease->kube->env, (uint64_t)lease->terms.retry_period_ms * FOLLOW_SPREAD / 100 + 1);
	int64_t left = expires_at(lease) - now(lease);
	return is_anothers(lease) && left < wait ? left : wait;
}

static void again(struct lease *lease)
{
	timer_start(lease->kube->loop, &lease->next, until_next(lease), try, lease);
}

static void failed(struct lease *lease, const struct error *err)
{
	tell_failure(lease, err);
	again(lease);
}

static void on_deadline(void *arg)
{
	struct lease *lease = arg;
	AUTO_FREE char *why = mem_printf("it could not be renewed in time: %s",
		lease->own_failure ? lease->own_failure : "the process stood still");
	lose(lease, why);
}

/* Ours since the request was sent, unless the answer came too late to be of use. */
static void held(struct lease *lease)
{
	bool first = !lease->leading;
	lease->renewed_at = lease->sent_at;
	int64_t left = lease->renewed_at + lease->terms.renew_deadline_ms - now(lease);
	if (left <= 0 && first) {
		again(lease);
		return;
	}
	lease->leading = true;
	timer_start(lease->kube->loop, &lease->deadline, left, on_deadline, lease);
	again(lease);
	tell_success(lease);
	if (first)
		lease->handler.leading(lease->handler.arg);
}

static void on_taken(void *arg, const char *body, size_t length, const struct error *err)
{
	struct lease *lease = arg;
	struct error wrong = {0};
	if (!err && !observe(lease, body, length, &wrong))
		err = &wrong;
	if (err)
		failed(lease, err);
	else
		held(lease);
}

static void on_read(void *arg, const char *body, size_t length, const struct error *err)
{
	JSON_WORK(work);
	struct lease *lease = arg;
	struct error wrong = {0};
	if (err && err->status == 404 && text_equal(err->code, "NotFound")) {
		AUTO_FREE char *collection =
			mem_strndup(lease->own_path, (size_t)(strrchr(lease->own_path, '/') - lease->own_path));
		send(lease, "POST", collection, write_first(lease), on_taken);
		return;
	}
	if (!err && !observe(lease, body, length, &wrong))
		err = &wrong;
	if (err) {
		failed(lease, err);
		return;
	}
	if (!is_anothers(lease)) {
		send(lease, "PUT", lease->own_path, write_mine(lease), on_taken);
		return;
	}
	tell_success(lease);
	if (lease->leading) {
		AUTO_FREE char *why = mem_printf("%s holds it", lease->observed.own_holder);
		lose(lease, why);
		return;
	}
	tell_holder(lease);
	again(lease);
}

static void on_renewed(void *arg, const char *body, size_t length, const struct error *err)
{
	struct lease *lease = arg;
	struct error wrong = {0};
	if (!err && observe(lease, body, length, &wrong)) {
		held(lease);
		return;
	}
	metric_count(lease->kube->measured[K_SLOW_RENEWALS], lease->own_name);
	tell_failure(lease, err ? err : &wrong);
	send(lease, "GET", lease->own_path, NULL, on_read);
}

static void try(void *arg)
{
	JSON_WORK(work);
	struct lease *lease = arg;
	if (is_mine(lease) && expires_at(lease) > now(lease))
		send(lease, "PUT", lease->own_path, write_mine(lease), on_renewed);
	else
		send(lease, "GET", lease->own_path, NULL, on_read);
}

bool lease_held(const struct lease *lease)
{
	return lease->leading && !lease->over && now(lease) < lease->renewed_at + lease->terms.renew_deadline_ms;
}

struct lease *lease_new(struct kube *kube, const struct lease_terms *terms, const struct lease_handler *handler)
{
	struct lease *lease = mem_alloc(sizeof(*lease));
	*lease = (struct lease){.kube = kube, .handler = *handler, .terms = *terms};
	lease->terms.namespace = lease->own_namespace = mem_strdup(terms->namespace);
	lease->terms.name = lease->own_name = mem_strdup(terms->name);
	lease->terms.identity = lease->own_identity = mem_strdup(terms->identity);
	lease->own_path = mem_printf(
		"/apis/coordination.k8s.io/v1/namespaces/%s/leases/%s", lease->own_namespace, lease->own_name);
	metric_begin(kube->measured[K_SLOW_RENEWALS], lease->own_name);
	return lease;
}

void lease_start(struct lease *lease)
{
	timer_start(lease->kube->loop, &lease->next, 0, try, lease);
}

void lease_collect(const struct lease *lease)
{
	metric_set(lease->kube->measured[K_LEADS], lease_held(lease), lease->own_name);
}

const struct lease_terms *lease_terms(const struct lease *lease)
{
	return &lease->terms;
}

const char *lease_uid(const struct lease *lease)
{
	return lease->observed.own_uid;
}

void lease_free(struct lease *lease)
{
	if (!lease)
		return;
	stop(lease);
	observed_done(&lease->observed);
	mem_free(lease->own_namespace);
	mem_free(lease->own_name);
	mem_free(lease->own_identity);
	mem_free(lease->own_path);
	mem_free(lease->own_failure);
	mem_free(lease->own_told);
	mem_free(lease);
}

/* --- giving it back --- */

static void release(void *arg);

static void release_end(void *arg)
{
	struct lease *lease = arg;
	stop(lease);
	lease->released(lease->released_arg);
}

static void release_again(struct lease *lease)
{
	timer_start(lease->kube->loop, &lease->next, RELEASE_RETRY_MS, release, lease);
}

static char *write_nobodys(struct lease *lease)
{
	cJSON *object = json_parse_text(lease->observed.own_object);
	cJSON *spec = json_member(object, "spec");
	json_set_text(spec, "holderIdentity", "");
	json_set_int(spec, "leaseDurationSeconds", 1);
	set_now(lease, spec, "acquireTime");
	set_now(lease, spec, "renewTime");
	return json_print(object);
}

static void on_given_back(void *arg, const char *body, size_t length, const struct error *err)
{
	if (err)
		release_again(arg);
	else
		release_end(arg);
}

static void on_read_last(void *arg, const char *body, size_t length, const struct error *err)
{
	JSON_WORK(work);
	struct lease *lease = arg;
	if (err && err->status != 404)
		release_again(lease);
	else if (err || !observe(lease, body, length, NULL) || !is_mine(lease))
		release_end(lease);
	else
		send(lease, "PUT", lease->own_path, write_nobodys(lease), on_given_back);
}

/* What was in flight may have arrived: only a fresh look tells whose it is. */
static void release(void *arg)
{
	struct lease *lease = arg;
	send(lease, "GET", lease->own_path, NULL, on_read_last);
}

void lease_release(struct lease *lease, loop_fn done, void *arg)
{
	stop(lease);
	lease->over = true;
	lease->released = done;
	lease->released_arg = arg;
	timer_start(lease->kube->loop, &lease->deadline, RELEASE_MS, release_end, lease);
	timer_start(lease->kube->loop, &lease->next, 0, release, lease);
}
