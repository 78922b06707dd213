/* States: in line (place, no call), under way (call), pausing or failing (timer), over (no URL). A refusal's error body is always
 * collected, and cut at ERROR_BODY_MAX: it only has to be understood, not kept. */
#include "gce/transfer.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "gce/error.h"

enum {
	ERROR_BODY_MAX = 64 * 1024,
	PAUSE_FIRST_MS = 1000,
	PAUSE_MOST_MS = 8000,
	RETRY_AFTER_MOST_MS = 60000,
	REFUSALS_MOST = 3 /* in a row, for the patient */
};

static void enter(void *arg);

int64_t transfer_pause_ms(struct gce *gce, unsigned tried)
{
	int64_t ms = tried > 3 ? PAUSE_MOST_MS : (int64_t)PAUSE_FIRST_MS << (tried > 0 ? tried - 1 : 0);
	return env_jitter(gce->env, ms, 25);
}

bool transfer_active(const struct transfer *transfer)
{
	return transfer->own_url != NULL;
}

void transfer_stop(struct transfer *transfer)
{
	if (!transfer_active(transfer))
		return;
	if (transfer->call)
		http_cancel(transfer->gce->http, TAKE(transfer->call));
	timer_stop(transfer->gce->loop, &transfer->timer);
	token_forget(transfer->token, &transfer->wait);
	budget_leave(&transfer->place);
	mem_free(transfer->own_project);
	mem_free(transfer->own_location);
	mem_free(transfer->own_method);
	mem_free(transfer->own_url);
	mem_free(transfer->own_body);
	mem_free(transfer->own_subject);
	str_done(&transfer->answer);
	*transfer = (struct transfer){0};
}

/* The last thing a transfer does. Its owner may be gone afterwards. */
static void finish(struct transfer *transfer, const struct error *err)
{
	struct error copy = err ? *err : (struct error){0};
	struct str body = transfer->answer;
	struct gce_answer answer = {transfer->status, str_text(&body), body.length};
	gce_fn fn = transfer->fn;
	void *arg = transfer->arg;
	if (err && !strstr(copy.message, transfer->own_subject))
		error_context(&copy, "%s", transfer->own_subject);
	transfer->answer = (struct str){0};
	transfer_stop(transfer);
	fn(arg, err ? NULL : &answer, err ? &copy : NULL);
	str_done(&body);
}

static bool may_pass(const struct error *err)
{
	return err->class == ERROR_TRANSIENT && (err->status == 0 || err->status >= 500 || err->status == 408) &&
	       strcmp(err->code, "TooLarge") != 0 && strcmp(err->code, "Withheld") != 0;
}

static void forget_answer(struct transfer *transfer)
{
	transfer->status = 0;
	transfer->retry_after_s = 0;
	transfer->received = 0;
	str_clear(&transfer->answer);
}

/* Its turn comes again when the bucket is no longer frozen. */
static bool stand_in_line_again(struct transfer *transfer, const struct error *err)
{
	bool delivered = transfer->data && transfer->received > 0;
	bool waits = transfer->patient && err->class == ERROR_THROTTLED && !delivered &&
	             err->retry_after_ms <= RETRY_AFTER_MOST_MS && budget_refusals(&transfer->place) <= REFUSALS_MOST;

	if (!waits)
		return false;
	transfer->tried--;
	budget_leave(&transfer->place);
	enter(transfer);
	return true;
}

static void fail(struct transfer *transfer, const struct error *err)
{
	bool delivered = transfer->data && transfer->received > 0;
	bool asked_too_much = err->retry_after_ms > RETRY_AFTER_MOST_MS;
	if (stand_in_line_again(transfer, err))
		return;
	if (!may_pass(err) || delivered || asked_too_much || transfer->tried >= (unsigned)transfer->tries) {
		finish(transfer, err);
		return;
	}
	int64_t pause = transfer_pause_ms(transfer->gce, transfer->tried);
	budget_leave(&transfer->place);
	timer_start(transfer->gce->loop, &transfer->timer, err->retry_after_ms > pause ? err->retry_after_ms : pause,
		enter, transfer);
}

static bool is_good(const struct transfer *transfer)
{
	return transfer->status >= 200 && transfer->status < 300;
}

/* A 401 while there may be another token. */
static bool try_with_new_token(struct transfer *transfer, const struct error *err)
{
	struct gce *gce = transfer->gce;
	if (!token_refused(transfer->token, transfer->token_generation, err) || transfer->token_refused)
		return false;
	transfer->token_refused = true;
	transfer->tried--;
	budget_leave(&transfer->place);
	timer_start(gce->loop, &transfer->timer, 0, enter, transfer);
	return true;
}

static void refused(struct transfer *transfer)
{
	struct error err;
	struct error_scene scene = token_scene(transfer->token, transfer->own_project);
	struct error_answer answer = {
		transfer->status, str_text(&transfer->answer), transfer->answer.length, transfer->retry_after_s};
	gce_error_from_answer(&err, &scene, &answer);
	if (transfer->status == 401 && try_with_new_token(transfer, &err))
		return;
	if (transfer->status == 401)
		token_explain(transfer->token, &err);
	if (err.class == ERROR_THROTTLED) {
		transfer->gce->counts.throttled++;
		gce_measure_throttled(transfer->gce, transfer->own_project, transfer->own_location, transfer->budget);
		if (text_equal(err.code, "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED"))
			budget_crowded(&transfer->place);
		budget_limited(&transfer->place, gce_error_quota_per_minute(&answer));
		err.retry_after_ms = (int)budget_refused(&transfer->place, err.retry_after_ms);
	}
	fail(transfer, &err);
}

static void on_head(void *arg, const struct http_head *head)
{
	struct transfer *transfer = arg;
	transfer->status = head->status;
	transfer->retry_after_s = head->retry_after_s;
	transfer->gce->counts.calls[transfer->budget]++;
	if (is_good(transfer))
		token_accepted(transfer->token, transfer->token_generation);
}

static bool collect(struct transfer *transfer, const char *bytes, size_t length)
{
	if (is_good(transfer))
		return str_add(&transfer->answer, bytes, length);
	size_t room = ERROR_BODY_MAX - transfer->answer.length;
	return str_add(&transfer->answer, bytes, length < room ? length : room);
}

static bool on_data(void *arg, const char *bytes, size_t length)
{
	struct transfer *transfer = arg;
	transfer->received += is_good(transfer) ? length : 0;
	if (is_good(transfer) && transfer->maximum && transfer->received > transfer->maximum)
		return false;
	if (is_good(transfer) && transfer->data)
		return transfer->data(transfer->arg, bytes, length);
	return collect(transfer, bytes, length);
}

static void too_large(const struct transfer *transfer, struct error *err)
{
	error_set(err, ERROR_TRANSIENT, "the answer is larger than %zu MiB", transfer->maximum >> 20);
	error_code(err, "TooLarge");
}

static void on_end(void *arg, const struct error *http_err)
{
	struct transfer *transfer = arg;
	transfer->call = NULL;
	if (!http_err || !text_equal(http_err->code, "Withheld")) /* what was withheld never was a request */
		gce_measure_request(
			transfer->gce, transfer->own_method, transfer->own_url, transfer->status, transfer->sent_us);
	if (!http_err) {
		if (is_good(transfer)) {
			budget_accepted(&transfer->place);
			finish(transfer, NULL);
		} else {
			refused(transfer);
		}
		return;
	}
	struct error err = *http_err;
	if (transfer->maximum && transfer->received > transfer->maximum)
		too_large(transfer, &err);
	error_reason(&err, "CloudUnavailable");
	fail(transfer, &err);
}

static void set_headers(struct transfer *transfer, const char *token, struct http_request *request)
{
	size_t count = 0;
	const char *payer = token_quota_project(transfer->token);
	request->headers[count++] = (struct http_header){"Accept", "application/json"};
	if (transfer->own_body)
		request->headers[count++] = (struct http_header){"Content-Type", "application/json"};
	if (token)
		request->headers[count++] = (struct http_header){"Authorization", token};
	if (payer)
		request->headers[count++] = (struct http_header){"X-Goog-User-Project", payer};
	transfer->token_generation = transfer->token->generation;
}

static bool may_leave(void *arg)
{
	const struct transfer *transfer = arg;
	const struct gce *gce = transfer->gce;

	return (!gce->guard || gce->guard(gce->guard_arg)) &&
	       (!transfer->may_leave || transfer->may_leave(transfer->may_leave_arg));
}

static void send_with(struct transfer *transfer, const char *token)
{
	bool posts = text_equal(transfer->own_method, "POST");
	struct http_request request = {
		.method = transfer->own_method,
		.url = transfer->own_url,
		.body = transfer->own_body ? transfer->own_body
	                : posts            ? ""
	                                   : NULL,
		.body_length = transfer->own_body ? strlen(transfer->own_body) : 0,
		.total_ms = transfer->total_ms,
		.silence_ms = transfer->silence_ms,
		.own_connection = transfer->own_connection,
	};
	struct http_handler handler = {.head = on_head, .data = on_data, .end = on_end, .arg = transfer};
	if (transfer->budget == GCE_WRITE) {
		request.may_leave = may_leave;
		request.may_leave_arg = transfer;
	}
	forget_answer(transfer);
	set_headers(transfer, token, &request);
	transfer->tried++;
	transfer->sent_us = loop_now_us(transfer->gce->loop);
	transfer->call = http_send(transfer->gce->http, &request, &handler);
}

static void fail_without_token(void *arg)
{
	struct transfer *transfer = arg;
	struct error err;
	const char *token;
	if (token_current(transfer->token, &token, &err))
		send_with(transfer, token);
	else
		finish(transfer, &err);
}

static void send_now(void *arg)
{
	struct transfer *transfer = arg;
	struct gce *gce = transfer->gce;
	struct error err;
	const char *token;
	if (!token_ready(transfer->token, &transfer->wait, send_now, transfer))
		return;
	if (token_current(transfer->token, &token, &err))
		send_with(transfer, token);
	else
		timer_start(gce->loop, &transfer->timer, 0, fail_without_token, transfer);
}

static void enter(void *arg)
{
	struct transfer *transfer = arg;
	struct budget_claim claim = {.project = transfer->own_project,
		.location = transfer->own_location,
		.budget = transfer->budget,
		.whose = transfer->whose,
		.passes = transfer->passes};
	budget_enter(&transfer->gce->budgets, &claim, &transfer->place, send_now, transfer);
}

static void fail_on_path(void *arg)
{
	struct transfer *transfer = arg;
	struct error err = {0};
	error_set(&err, ERROR_REJECTED, "a name in this path holds characters that no name may hold");
	error_reason(&err, "InvalidSpec");
	finish(transfer, &err);
}

void transfer_start(
	struct transfer *transfer, struct gce *gce, const struct transfer_request *request, gce_fn fn, void *arg)
{
	assert(!transfer_active(transfer) && request->tries > 0 && (request->maximum || request->data));
	*transfer = (struct transfer){
		.gce = gce,
		.token = request->token ? request->token : &gce->token,
		.fn = fn,
		.arg = arg,
		.budget = request->budget,
		.whose = request->whose,
		.passes = request->passes,
		.may_leave = request->may_leave,
		.may_leave_arg = request->may_leave_arg,
		.own_connection = request->own_connection,
		.patient = request->patient,
		.tries = request->tries,
		.total_ms = request->total_ms,
		.silence_ms = request->silence_ms,
		.maximum = request->maximum,
		.data = request->data,
		.own_project = mem_strdup(request->project),
		.own_location = path_location(request->path),
		.own_method = mem_strdup(request->method),
		.own_body = mem_strdup(request->body),
		.own_subject = mem_strdup(request->subject ? request->subject : path_below_project(request->path)),
		.answer = STR_INIT(request->data ? ERROR_BODY_MAX + 1 : request->maximum + 1),
	};
	transfer->own_url = endpoint_url(&gce->endpoint, request->path, request->query, request->extra);
	if (path_is_plain(request->path))
		enter(transfer);
	else
		timer_start(gce->loop, &transfer->timer, 0, fail_on_path, transfer);
}
