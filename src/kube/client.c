/* One call to the API server, tried again where that is safe. A call that may have reached the server is repeated only
 * when it is a GET: the outcome of everything else is for the caller to find out. */
#include "kube/client.h"

#include <assert.h>
#include <string.h>

enum {
	ANSWER_MAX = 16 * 1024 * 1024,
	CALL_MS = 60 * 1000,
	GET_SILENCE_MS =
		15 * 1000, /* a request may be lost on an HTTP/2 connection that lives; what is safe is asked again */
	CONNECT_MS = 10 * 1000,
	WAITS_MAX = 10,      /* answers with Retry-After that are waited for */
	WRITES_AT_ONCE = 16, /* more only make all of them slow: an API server works at so many */
	TRANSPORT_TRIES = 3,
	TRANSPORT_WAIT_MS = 1000,
};

struct kube_call {
	struct kube *kube;
	char *own_method, *own_path, *own_query, *own_content_type, *own_body;
	const char *component;
	kube_fn fn;
	void *arg;
	struct http_exchange *exchange;
	struct timer timer;
	int64_t sent_us;  /* the last time */
	int64_t deadline; /* 0: not begun, the login is not ready */
	int waits, transport_failures;
	struct login_wait wait;
	unsigned login_version; /* of what was sent last */
	bool renewed;           /* sent again after a 401 */
	bool own_connection, fresh_connection, unguarded;
	bool counted; /* among the writes at once */
	TAILQ_ENTRY(kube_call) in_line;
	bool in_the_line;
};

void kube_vec_drop(struct vec *vec, const void *item)
{
	size_t i = 0;
	while (i < vec->count && vec->own_items[i] != item)
		i++;
	assert(i < vec->count);
	vec_remove_at(vec, i);
}

bool request_write(struct kube *kube, const struct kube_request *request, struct written *written, struct error *err)
{
	const char *token = NULL;
	if (!login_current(&kube->login, &token, err))
		return false;
	written->login_version = kube->login.version;
	str_addf(&written->url, "%s%s", kube->config->own_server, request->path);
	if (request->query && *request->query)
		str_addf(&written->url, "?%s", request->query);
	struct http_request *http = &written->request;
	*http = (struct http_request){.peer = &kube->login.peer,
		.method = request->method,
		.url = str_text(&written->url),
		.component = request->component};
	http->connect_ms = CONNECT_MS;
	struct http_header *header = http->headers;
	*header++ = (struct http_header){"Accept", "application/json"};
	if (token) {
		str_addf(&written->bearer, "Bearer %s", token);
		*header++ = (struct http_header){"Authorization", str_text(&written->bearer)};
	}
	for (const struct http_header *as = kube->config->headers; as < kube->config->headers + KUBE_HEADERS_MAX; as++)
		if (as->name)
			*header++ = *as;
	if (!request->body)
		return true;
	*header++ = (struct http_header){
		"Content-Type", request->content_type ? request->content_type : "application/json"};
	http->body = request->body;
	http->body_length = strlen(request->body);
	return true;
}

void written_done(struct written *written)
{
	if (written->bearer.own_text)
		explicit_bzero(written->bearer.own_text, written->bearer.capacity);
	str_done(&written->bearer);
	str_done(&written->url);
}

static void call_attempt(void *arg);

/* In the next turn, since the first attempt can already fail and fn must not run from within kube_send. */
static void call_begin(struct kube_call *call)
{
	timer_start(call->kube->loop, &call->timer, 0, call_attempt, call);
}

static void line_enter(struct kube_call *call)
{
	struct kube *kube = call->kube;
	if (kube->writes == WRITES_AT_ONCE) {
		call->in_the_line = true;
		TAILQ_INSERT_TAIL(&kube->line, call, in_line);
		return;
	}
	kube->writes++;
	call->counted = true;
	call_begin(call);
}

static void line_leave(struct kube_call *call)
{
	struct kube *kube = call->kube;
	struct kube_call *next = TAILQ_FIRST(&kube->line);
	if (call->in_the_line)
		TAILQ_REMOVE(&kube->line, call, in_line);
	if (!call->counted)
		return;
	kube->writes--;
	if (!next)
		return;
	TAILQ_REMOVE(&kube->line, next, in_line);
	next->in_the_line = false;
	line_enter(next);
}

static void call_free(struct kube_call *call)
{
	line_leave(call);
	timer_stop(call->kube->loop, &call->timer);
	login_forget(&call->kube->login, &call->wait);
	http_exchange_cancel(call->exchange);
	mem_free(call->own_method);
	mem_free(call->own_path);
	mem_free(call->own_query);
	mem_free(call->own_content_type);
	mem_free(call->own_body);
	mem_free(call);
}

/* The call is gone before fn runs, so that fn may do anything. */
static void call_finish(struct kube_call *call, const struct http_answer *answer, struct error *err)
{
	kube_fn fn = call->fn;
	void *arg = call->arg;
	if (err)
		error_context(err, "%s %s", call->own_method, call->own_path);
	kube_vec_drop(&call->kube->calls, call);
	call_free(call);
	fn(arg, err ? NULL : answer->body, err ? 0 : answer->length, err);
}

static bool is_get(const struct kube_call *call)
{
	return text_equal(call->own_method, "GET");
}

/* Whether the server says that it did not carry the call out, and when to come again. Of the 5xx to a POST only 503
 * says so: after a time-out the object may be there. */
static bool may_wait(const struct kube_call *call, const struct error *err, int retry_after_s)
{
	if (retry_after_s <= 0 || call->waits >= WAITS_MAX)
		return false;
	bool post = text_equal(call->own_method, "POST");
	return err->status == 429 || err->status == 503 || (err->status >= 500 && !post);
}

bool kube_login_helps(struct kube *kube, const struct error *err, unsigned version)
{
	if (err->status == 401)
		return login_renewed(&kube->login, version);
	return err->status == 0 && text_equal(err->code, "Tls") && login_reread(&kube->login, version);
}

/* Milliseconds until the next try, -1 for none. */
static int64_t retry_wait(struct kube_call *call, const struct error *err, int retry_after_s)
{
	if (!call->renewed && kube_login_helps(call->kube, err, call->login_version)) {
		call->renewed = true;
		return 0;
	}
	if (err->status == 0 && is_get(call) && !text_equal(err->code, "TooLarge") &&
		++call->transport_failures < TRANSPORT_TRIES)
		return TRANSPORT_WAIT_MS;
	if (!may_wait(call, err, retry_after_s))
		return -1;
	call->waits++;
	return err->retry_after_ms;
}

/* At least a moment: a renewed login may have taken the rest. */
static int64_t time_left(const struct kube_call *call)
{
	int64_t left = call->deadline - loop_now(call->kube->loop);
	return left > 1 ? left : 1;
}

/* What was withheld never was a request. */
static void measure_answer(const struct kube_call *call, const struct http_answer *answer, const struct error *err)
{
	if (err && text_equal(err->code, "Withheld"))
		return;
	kube_measure_request(call->kube, call->own_method, answer ? answer->status : 0);
	kube_measure_seconds(call->kube, call->own_method, call->sent_us);
}

static void call_answer(void *arg, const struct http_answer *answer, const struct error *err)
{
	struct kube_call *call = arg;
	call->exchange = NULL;
	measure_answer(call, answer, err);
	if (answer)
		warnings_take(&call->kube->warnings, answer->warnings);
	if (answer && answer->status >= 200 && answer->status < 300) {
		call_finish(call, answer, NULL);
		return;
	}
	struct error failure;
	call->fresh_connection = call->fresh_connection || (err && text_equal(err->code, "Timeout"));
	if (answer)
		kube_error_from_answer(&failure, answer->status, answer->body, answer->length, answer->retry_after_s);
	else
		failure = *err;
	int64_t wait = retry_wait(call, &failure, answer ? answer->retry_after_s : 0);
	if (wait < 0 || loop_now(call->kube->loop) + wait >= call->deadline) {
		call_finish(call, NULL, &failure);
		return;
	}
	kube_measure_retry(call->kube, call->own_method, failure.status);
	timer_start(call->kube->loop, &call->timer, wait, call_attempt, call);
}

static void call_attempt(void *arg)
{
	struct kube_call *call = arg;
	struct kube *kube = call->kube;
	struct kube_request request = {.method = call->own_method,
		.path = call->own_path,
		.query = call->own_query,
		.content_type = call->own_content_type,
		.body = call->own_body,
		.component = call->component};
	AUTO_WRITTEN written = {0};
	struct error err = {0};
	if (!login_ready(&kube->login, &call->wait, call_attempt, call))
		return;
	if (!call->deadline)
		call->deadline = loop_now(kube->loop) + CALL_MS;
	if (!request_write(kube, &request, &written, &err)) {
		call_finish(call, NULL, &err);
		return;
	}
	call->login_version = written.login_version;
	written.request.total_ms = (int)time_left(call);
	written.request.silence_ms = is_get(call) ? GET_SILENCE_MS : 0;
	written.request.own_connection = call->own_connection;
	written.request.fresh_connection = call->fresh_connection;
	if (!call->unguarded && !is_get(call)) {
		written.request.may_leave = kube->guard;
		written.request.may_leave_arg = kube->guard_arg;
	}
	call->sent_us = loop_now_us(kube->loop);
	call->exchange = http_exchange(kube->http, &written.request, ANSWER_MAX, call_answer, call);
}

struct kube_call *kube_send(struct kube *kube, const struct kube_request *request, kube_fn fn, void *arg)
{
	struct kube_call *call = mem_alloc(sizeof(*call));
	*call = (struct kube_call){.kube = kube,
		.component = request->component,
		.fn = fn,
		.arg = arg,
		.own_connection = request->own_connection,
		.fresh_connection = request->fresh_connection,
		.unguarded = request->unguarded};
	call->own_method = mem_strdup(request->method);
	call->own_path = mem_strdup(request->path);
	call->own_query = mem_strdup(request->query);
	call->own_content_type = mem_strdup(request->content_type);
	call->own_body = mem_strdup(request->body);
	vec_add(&kube->calls, call);
	if (is_get(call) || call->unguarded)
		call_begin(call);
	else
		line_enter(call);
	return call;
}

void kube_cancel(struct kube_call *call)
{
	if (!call)
		return;
	kube_vec_drop(&call->kube->calls, call);
	call_free(call);
}

void kube_guard(struct kube *kube, bool (*fn)(void *arg), void *arg)
{
	kube->guard = fn;
	kube->guard_arg = arg;
}

void kube_on_warning(struct kube *kube, void (*fn)(void *arg, const char *text), void *arg)
{
	kube->warnings.fn = fn;
	kube->warnings.arg = arg;
}

static char *host_of(const char *url)
{
	const char *slashes = strstr(url, "//");
	const char *host = slashes ? slashes + 2 : url;
	return mem_strndup(host, strcspn(host, "/"));
}

struct kube *kube_new(struct loop *loop, struct env *env, struct http *http, const struct kube_config *config)
{
	struct kube *kube = mem_alloc(sizeof(*kube));
	*kube = (struct kube){.loop = loop, .env = env, .http = http, .config = config};
	TAILQ_INIT(&kube->line);
	kube->own_host = host_of(config->own_server);
	login_init(&kube->login, kube);
	return kube;
}

void kube_free(struct kube *kube)
{
	if (!kube)
		return;
	events_free(kube->own_events);
	while (!TAILQ_EMPTY(&kube->line))
		kube_cancel(TAILQ_FIRST(&kube->line));
	while (kube->watches.count)
		kube_watch_free(kube->watches.own_items[kube->watches.count - 1]);
	while (kube->calls.count)
		kube_cancel(kube->calls.own_items[kube->calls.count - 1]);
	vec_done(&kube->watches, NULL);
	vec_done(&kube->calls, NULL);
	login_done(&kube->login);
	mem_free(kube->own_host);
	mem_free(kube);
}
