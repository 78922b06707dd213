/* The HTTP transport on libcurl. Requests go by pools of connections: one pool per limit of connections, and one without
 * limit for long polls. Each pool is a curl multi handle whose sockets are watched with uv_poll and whose clock is a timer
 * of the loop.
 *
 * Curl forbids most of its functions within its callbacks. So a request starts in the next turn of the loop, never in
 * http_send, and what is cancelled while curl works is buried when it has returned. Invariant: each call is in exactly one
 * of the lists `calls` and `dead`. */
#include <assert.h>

#include "base/alloc.h"
#include "base/map.h"
#include "net/curl_origin.h"
#include "net/tls_memory.h"
#include "net/uv_loop.h"

enum {
	CONNECTIONS = 32,
	IDLE_CONNECTIONS = 64,
	CONNECT_MS = 10 * 1000,
	RESTARTS_MAX = 5, /* as curl does */
	WARNINGS_MAX_BYTES = 2048,
};

LIST_HEAD(call_list, curl_call);

struct pool {
	struct curl_http *owner;
	long limit; /* connections per host; 0: none */
	CURLM *own_multi;
	struct timer timer;
	struct origin_list origins;
};

struct curl_http {
	struct http http;
	char *own_user_agent;
	struct trust *own_trust; /* NULL: curl knows no file of the system's */
	struct vec pools;
	struct call_list calls, dead;
	bool in_curl; /* below curl_multi_socket_action */
	bool driving; /* below drive() */
};

struct watch {
	uv_poll_t poll;
	struct pool *pool;
	curl_socket_t socket;
};

/* --- the end of calls --- */

static void stop_timers(struct curl_call *call)
{
	timer_stop(call->loop, &call->refusal);
	timer_stop(call->loop, &call->connect);
	timer_stop(call->loop, &call->total);
	timer_stop(call->loop, &call->silence);
}

static void call_free(struct curl_call *call)
{
	LIST_REMOVE(call, link);
	if (call->suspect)
		curl_easy_setopt(call->own_easy, CURLOPT_FORBID_REUSE, 1L);
	if (call->started)
		curl_multi_remove_handle(call->pool->own_multi, call->own_easy);
	origin_leave(call);
	stop_timers(call); /* curl may have gone on connecting after it was cancelled */
	curl_easy_cleanup(call->own_easy);
	curl_slist_free_all(call->own_headers);
	curl_slist_free_all(call->own_connect_to);
	mem_free(call->own_place);
	str_done(&call->warnings);
	mem_free(call->own_refusal);
	mem_free(call);
}

static void call_drop(struct curl_call *call)
{
	call->gone = true;
	stop_timers(call);
	if (!call->owner->in_curl) {
		call_free(call);
		return;
	}
	LIST_REMOVE(call, link);
	LIST_INSERT_HEAD(&call->owner->dead, call, link);
}

static void bury(struct curl_http *own)
{
	while (!LIST_EMPTY(&own->dead))
		call_free(LIST_FIRST(&own->dead));
}

static void call_end(struct curl_call *call, const struct error *err)
{
	struct http_handler handler = call->handler;
	assert(!call->owner->in_curl);
	call_drop(call);
	handler.end(handler.arg, err);
}

static void end_late(struct curl_call *call, const struct error *err)
{
	struct error copy = *err;
	call->suspect = true;
	error_code(&copy, "Timeout");
	call_end(call, &copy);
}

void curl_call_connect_late(void *arg)
{
	struct curl_call *call = arg;
	struct error err;
	error_set(&err, ERROR_TRANSIENT, "cannot connect to %s: no answer within %g s", call->own_place,
		call->connect_ms / 1000.0);
	end_late(call, &err);
}

static void on_total_late(void *arg)
{
	struct curl_call *call = arg;
	struct error err;
	error_set(&err, ERROR_TRANSIENT, "no complete answer from %s within %g s", call->own_place,
		call->total_ms / 1000.0);
	end_late(call, &err);
}

void curl_call_silence_late(void *arg)
{
	struct curl_call *call = arg;
	struct error err;
	error_set(&err, ERROR_TRANSIENT, "nothing came from %s for %g s", call->own_place, call->silence_ms / 1000.0);
	end_late(call, &err);
}

static void call_restart(struct curl_call *call)
{
	curl_multi_remove_handle(call->pool->own_multi, call->own_easy);
	origin_leave(call);
	call->connected = call->again = false;
	call->restarts++;
	origin_enter(&call->pool->origins, call);
}

/* What curl reports as an error of its own was our wish. */
static void end_with_result(struct curl_call *call, CURLcode result)
{
	struct error err;
	if (result == CURLE_OK) {
		call_end(call, NULL);
		return;
	}
	if (call->flooded) {
		error_set(&err, ERROR_TRANSIENT, "the answer of %s has too large a head", call->own_place);
		error_code(&err, "TooLarge");
	} else if (call->stopped) {
		error_set(&err, ERROR_TRANSIENT, "the receiver stopped the answer of %s", call->own_place);
		error_code(&err, "Stopped");
	} else if (call->withheld) {
		error_set(&err, ERROR_TRANSIENT, "the request to %s was withheld", call->own_place);
		error_code(&err, "Withheld");
	} else if (call->again) {
		error_set(&err, ERROR_TRANSIENT, "the connection to %s broke", call->own_place);
		error_code(&err, "Closed");
	} else {
		curl_call_explain(call, result, &err);
	}
	call_end(call, &err);
}

/* --- curl at work --- */

static void end_what_is_done(struct pool *pool)
{
	int left;
	CURLMsg *message;
	while ((message = curl_multi_info_read(pool->own_multi, &left))) {
		struct curl_call *call = NULL;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
		if (call->again && call->restarts < RESTARTS_MAX)
			call_restart(call);
		else
			end_with_result(call, message->data.result);
	}
}

static void drive(struct pool *pool, curl_socket_t socket, int events)
{
	struct curl_http *own = pool->owner;
	int running;
	assert(!own->driving);
	own->driving = own->in_curl = true;
	curl_multi_socket_action(pool->own_multi, socket, events, &running);
	own->in_curl = false;
	bury(own);
	end_what_is_done(pool);
	own->driving = false;
}

static void on_pool_time(void *arg)
{
	drive(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int on_curl_timer(CURLM *multi, long ms, void *arg)
{
	struct pool *pool = arg;
	if (ms < 0)
		timer_stop(pool->owner->http.loop, &pool->timer);
	else
		timer_start(pool->owner->http.loop, &pool->timer, ms, on_pool_time, pool);
	return 0;
}

static void on_watch(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = poll->data;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0;
	flags |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
	flags |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
	drive(watch->pool, watch->socket, flags);
}

static void watch_closed(uv_handle_t *handle)
{
	mem_free(handle->data);
}

static struct watch *watch_new(struct pool *pool, curl_socket_t socket)
{
	struct watch *watch = mem_alloc(sizeof(*watch));
	watch->pool = pool;
	watch->socket = socket;
	watch->poll.data = watch;
	int failed = uv_poll_init_socket(net_loop_uv(pool->owner->http.loop), &watch->poll, socket);
	assert(failed == 0);
	curl_multi_assign(pool->own_multi, socket, watch);
	return watch;
}

static int on_curl_socket(CURL *easy, curl_socket_t socket, int what, void *arg, void *socket_arg)
{
	struct watch *watch = socket_arg;
	if (what == CURL_POLL_REMOVE) {
		if (watch) {
			uv_poll_stop(&watch->poll);
			uv_close((uv_handle_t *)&watch->poll, watch_closed);
			curl_multi_assign(((struct pool *)arg)->own_multi, socket, NULL);
		}
		return 0;
	}
	if (!watch)
		watch = watch_new(arg, socket);
	uv_poll_start(&watch->poll, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
		on_watch);
	return 0;
}

static struct pool *pool_new(struct curl_http *own, long limit)
{
	struct pool *pool = mem_alloc(sizeof(*pool));
	*pool = (struct pool){.owner = own, .limit = limit, .own_multi = curl_multi_init()};
	LIST_INIT(&pool->origins);
	curl_multi_setopt(pool->own_multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(pool->own_multi, CURLMOPT_SOCKETDATA, pool);
	curl_multi_setopt(pool->own_multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(pool->own_multi, CURLMOPT_TIMERDATA, pool);
	curl_multi_setopt(pool->own_multi, CURLMOPT_MAX_HOST_CONNECTIONS, limit);
	curl_multi_setopt(pool->own_multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS);
	vec_add(&own->pools, pool);
	return pool;
}

static void pool_free(void *item)
{
	struct pool *pool = item;
	curl_multi_cleanup(pool->own_multi);
	timer_stop(pool->owner->http.loop, &pool->timer);
	mem_free(pool);
}

static struct pool *pool_for(struct curl_http *own, const struct http_request *request)
{
	long asked = request->peer ? request->peer->connections : 0;
	long limit = request->own_connection ? 0 : asked > 0 ? asked : CONNECTIONS;
	for (size_t i = 0; i < own->pools.count; i++) {
		struct pool *pool = own->pools.own_items[i];
		if (pool->limit == limit)
			return pool;
	}
	return pool_new(own, limit);
}

/* --- requests --- */

void curl_call_start(struct curl_call *call)
{
	CURLMcode failed = curl_multi_add_handle(call->pool->own_multi, call->own_easy);
	assert(failed == CURLM_OK);
}

static void on_refusal(void *arg)
{
	struct curl_call *call = arg;
	struct error err = *call->own_refusal;
	call_end(call, &err);
}

static void call_refuse(struct curl_call *call, const struct error *err)
{
	call->own_refusal = mem_copy(err, sizeof(*err));
	timer_start(call->loop, &call->refusal, 0, on_refusal, call);
}

static struct http_call *curl_http_send(
	struct http *http, const struct http_request *request, const struct http_handler *handler)
{
	struct curl_http *own = (struct curl_http *)http;
	struct curl_call *call = mem_alloc(sizeof(*call));
	struct error err;
	*call = (struct curl_call){
		.warnings = STR_INIT(WARNINGS_MAX_BYTES),
		.owner = own,
		.loop = http->loop,
		.pool = pool_for(own, request),
		.system = own->own_trust,
		.long_poll = request->own_connection,
		.handler = *handler,
		.own_easy = curl_easy_init(),
		.connect_ms = request->connect_ms > 0 ? request->connect_ms : CONNECT_MS,
		.silence_ms = request->silence_ms,
		.total_ms = request->total_ms,
		.may_leave = request->may_leave,
		.may_leave_arg = request->may_leave_arg,
	};
	call->connections = call->pool->limit;
	LIST_INSERT_HEAD(&own->calls, call, link);
	curl_call_receive(call);
	bool good = curl_call_set_up(call, request, own->own_user_agent, &err);
	if (good)
		origin_enter(&call->pool->origins, call);
	else
		call_refuse(call, &err);
	curl_call_heard(call);
	if (call->total_ms > 0)
		timer_start(http->loop, &call->total, call->total_ms, on_total_late, call);
	return (struct http_call *)call;
}

static void curl_http_cancel(struct http *http, struct http_call *http_call)
{
	struct curl_call *call = (struct curl_call *)http_call;
	assert(call->owner == (struct curl_http *)http);
	call->suspect = call->long_poll;
	call_drop(call);
}

static const struct http_ops curl_ops = {.send = curl_http_send, .cancel = curl_http_cancel};

struct http *net_http_new(struct loop *loop, const char *user_agent, const char *trusted)
{
	struct curl_http *own = mem_alloc(sizeof(*own));
	tls_memory_keep();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (!trusted)
		trusted = curl_version_info(CURLVERSION_NOW)->cainfo;
	*own = (struct curl_http){.http = {.ops = &curl_ops, .loop = loop}, .own_user_agent = mem_strdup(user_agent)};
	own->own_trust = trusted ? trust_new(trusted) : NULL;
	LIST_INIT(&own->calls);
	LIST_INIT(&own->dead);
	return &own->http;
}

void net_http_free(struct http *http)
{
	struct curl_http *own = (struct curl_http *)http;
	if (!own)
		return;
	assert(!own->driving && "freed from within a callback of a call");
	while (!LIST_EMPTY(&own->calls))
		call_drop(LIST_FIRST(&own->calls));
	vec_done(&own->pools, pool_free);
	trust_free(own->own_trust);
	mem_free(own->own_user_agent);
	mem_free(own);
	curl_global_cleanup();
}
