/* The scripted transport. A call has two ends: the client's is over after end or cancel, the server's after end, fail or
 * drop; the memory goes when both are over. What the server says is queued and told from the loop, in order. */
#include "fake/fake_http.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/str.h"

enum event_kind { EVENT_HEAD, EVENT_DATA, EVENT_END };

struct event {
	enum event_kind kind;
	int64_t due;
	int status, retry_after_s;
	char *own_text; /* HEAD: content type; DATA: bytes */
	size_t length;
	struct error err; /* END: class NONE when complete */
};

struct fake_call_state {
	struct http_handler handler;
	struct timer arrival, delivery, total, silence;
	struct vec events;
	int silence_ms;
	bool arrived;
	bool server_over; /* an END was queued */
	bool held;        /* we are below a callback of this call: it stays until that returns */
};

static void free_event(void *item)
{
	struct event *event = item;
	mem_free(event->own_text);
	mem_free(event);
}

static struct loop *loop_of(struct fake_call *call)
{
	return call->http->http.loop;
}

static void stop_timers(struct fake_call *call)
{
	struct fake_call_state *state = call->own_state;
	timer_stop(loop_of(call), &state->arrival);
	timer_stop(loop_of(call), &state->delivery);
	timer_stop(loop_of(call), &state->total);
	timer_stop(loop_of(call), &state->silence);
}

static void free_call(void *item)
{
	struct fake_call *call = item;
	stop_timers(call);
	vec_done(&call->own_state->events, free_event);
	for (size_t i = 0; i < HTTP_HEADERS_MAX && call->headers[i].name; i++) {
		mem_free((char *)call->headers[i].name);
		mem_free((char *)call->headers[i].value);
	}
	mem_free((char *)call->method);
	mem_free((char *)call->url);
	mem_free((char *)call->path);
	mem_free((char *)call->query);
	mem_free((char *)call->body);
	mem_free(call->own_state);
	mem_free(call);
}

static void forget_call(struct fake_call *call)
{
	struct vec *calls = &call->http->calls;
	for (size_t i = 0; i < calls->count; i++) {
		if (calls->own_items[i] == call) {
			vec_remove_at(calls, i);
			break;
		}
	}
	free_call(call);
}

static void forget_if_over(struct fake_call *call)
{
	const struct fake_call_state *state = call->own_state;
	if (!state->held && call->gone && (state->server_over || !state->arrived))
		forget_call(call);
}

static void client_over(struct fake_call *call)
{
	call->gone = true;
	stop_timers(call);
	forget_if_over(call);
}

static void end_client(struct fake_call *call, const struct error *err)
{
	struct http_handler handler = call->own_state->handler;
	struct error copy = err ? *err : (struct error){0};
	client_over(call);
	handler.end(handler.arg, err ? &copy : NULL);
}

static void end_with(struct fake_call *call, const char *code, const char *message)
{
	struct error err = {0};
	error_set(&err, ERROR_TRANSIENT, "%s", message);
	error_code(&err, code);
	end_client(call, &err);
}

static void on_withheld(void *arg)
{
	end_with(arg, "Withheld", "the request was withheld");
}

static void on_total(void *arg)
{
	end_with(arg, "Timeout", "no complete answer in time");
}

static void on_silence(void *arg)
{
	end_with(arg, "Timeout", "the connection fell silent");
}

/* Tells one event; the call is held. false: the client's end of the call is over. */
static bool tell(struct fake_call *call, const struct event *event)
{
	struct fake_call_state *state = call->own_state;
	const struct http_handler *handler = &state->handler;
	if (state->silence_ms > 0)
		timer_start(loop_of(call), &state->silence, state->silence_ms, on_silence, call);
	if (event->kind == EVENT_END) {
		end_client(call, event->err.class == ERROR_NONE ? NULL : &event->err);
		return false;
	}
	if (event->kind == EVENT_DATA) {
		bool go_on = handler->data(handler->arg, event->own_text, event->length);
		if (!call->gone && !go_on) {
			end_with(call, "Stopped", "the receiver stopped the answer");
			return false;
		}
		return !call->gone;
	}
	struct http_head head = {.status = event->status,
		.retry_after_s = event->retry_after_s,
		.content_type = event->own_text,
		.date_us = call->http->date_us,
		.metadata_flavor = call->http->metadata_flavor ? call->http->metadata_flavor : "",
		.warnings = call->http->warnings ? call->http->warnings : ""};
	if (handler->head)
		handler->head(handler->arg, &head);
	return !call->gone;
}

static void deliver(void *arg)
{
	struct fake_call *call = arg;
	struct fake_call_state *state = call->own_state;
	bool go_on = true;
	state->held = true;
	while (go_on && state->events.count > 0) {
		struct event *event = state->events.own_items[0];
		if (event->due > loop_now(loop_of(call))) {
			timer_start(
				loop_of(call), &state->delivery, event->due - loop_now(loop_of(call)), deliver, call);
			break;
		}
		vec_remove_at(&state->events, 0);
		go_on = tell(call, event);
		free_event(event);
	}
	state->held = false;
	forget_if_over(call);
}

/* Whether the event never reaches the client. */
static bool is_lost(struct fake_call *call, struct event *event)
{
	if (call->silence == FAKE_SILENT_AMID && event->kind == EVENT_DATA) {
		call->silence = FAKE_SILENT;
		event->length /= 2;
		return false;
	}
	return call->silence == FAKE_SILENT || (call->silence == FAKE_SILENT_AMID && event->kind == EVENT_END);
}

static void queue_event(struct fake_call *call, struct event event)
{
	struct fake_call_state *state = call->own_state;
	assert(!state->server_over && "a call is answered once");
	if (call->gone || is_lost(call, &event)) {
		mem_free(event.own_text);
		return;
	}
	struct event *copy = mem_copy(&event, sizeof(event));
	copy->due = loop_now(loop_of(call)) + call->http->latency_ms;
	vec_add(&state->events, copy);
	if (!timer_armed(&state->delivery))
		timer_start(loop_of(call), &state->delivery, call->http->latency_ms, deliver, call);
}

static void queue_end(struct fake_call *call, const struct error *err)
{
	queue_event(call, (struct event){.kind = EVENT_END, .err = err ? *err : (struct error){0}});
	call->own_state->server_over = true;
	forget_if_over(call);
}

static void arrive(void *arg)
{
	struct fake_call *call = arg;
	call->own_state->arrived = true;
	call->own_state->held = true;
	call->http->fn(call->http->arg, call);
	call->own_state->held = false;
	forget_if_over(call);
}

static void split_url(struct fake_call *call)
{
	const char *host = strstr(call->url, "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;
	path = path ? path : "/";
	size_t length = strcspn(path, "?");
	call->path = mem_strndup(path, length);
	call->query = mem_strdup(path[length] ? path + length + 1 : "");
}

static struct fake_call *copy_request(struct fake_http *fake, const struct http_request *request)
{
	struct fake_call *call = mem_alloc(sizeof(*call));
	call->http = fake;
	call->number = ++fake->made;
	call->method = mem_strdup(request->method);
	call->url = mem_strdup(request->url);
	split_url(call);
	for (size_t i = 0; i < HTTP_HEADERS_MAX && request->headers[i].name; i++)
		call->headers[i] = (struct http_header){
			mem_strdup(request->headers[i].name), mem_strdup(request->headers[i].value)};
	call->body = mem_strndup(request->body ? request->body : "", request->body ? request->body_length : 0);
	call->body_length = request->body ? request->body_length : 0;
	call->peer = request->peer;
	call->sent_ms = loop_now(fake->http.loop);
	call->component = request->component;
	call->own_connection = request->own_connection;
	call->fresh_connection = request->fresh_connection;
	return call;
}

static struct http_call *fake_send(
	struct http *http, const struct http_request *request, const struct http_handler *handler)
{
	struct fake_http *fake = (struct fake_http *)http;
	struct fake_call *call = copy_request(fake, request);
	struct fake_call_state *state = call->own_state = mem_alloc(sizeof(*state));
	state->handler = *handler;
	state->silence_ms = request->silence_ms;
	vec_add(&fake->calls, call);
	if (request->may_leave && !request->may_leave(request->may_leave_arg)) {
		timer_start(http->loop, &state->arrival, 0, on_withheld, call);
		return (struct http_call *)call;
	}
	fake->sent++;
	timer_start(http->loop, &state->arrival, fake->latency_ms, arrive, call);
	if (request->total_ms > 0)
		timer_start(http->loop, &state->total, request->total_ms, on_total, call);
	if (request->silence_ms > 0)
		timer_start(http->loop, &state->silence, request->silence_ms, on_silence, call);
	return (struct http_call *)call;
}

static void fake_cancel(struct http *http, struct http_call *http_call)
{
	struct fake_call *call = (struct fake_call *)http_call;
	assert(call->http == (struct fake_http *)http && !call->gone && "cancelled after its end");
	client_over(call);
}

static const struct http_ops fake_ops = {.send = fake_send, .cancel = fake_cancel};

void fake_http_init(struct fake_http *fake, struct fake_loop *loop, fake_http_fn fn, void *arg)
{
	*fake = (struct fake_http){.http = {.ops = &fake_ops, .loop = &loop->loop}, .fn = fn, .arg = arg};
}

void fake_http_done(struct fake_http *fake)
{
	vec_done(&fake->calls, free_call);
}

const char *fake_header(const struct fake_call *call, const char *name)
{
	for (size_t i = 0; i < HTTP_HEADERS_MAX && call->headers[i].name; i++) {
		if (strcasecmp(call->headers[i].name, name) == 0)
			return call->headers[i].value;
	}
	return NULL;
}

bool fake_query(const struct fake_call *call, const char *name, char *to, size_t size)
{
	size_t name_length = strlen(name);
	for (const char *at = call->query; *at; at += strcspn(at, "&"), at += *at == '&') {
		if (strncmp(at, name, name_length) != 0 || at[name_length] != '=')
			continue;
		const char *value = at + name_length + 1;
		size_t length = strcspn(value, "&");
		assert(length < size);
		memcpy(to, value, length);
		to[length] = '\0';
		return true;
	}
	return false;
}

void fake_head(struct fake_call *call, int status, const char *content_type, int retry_after_s)
{
	queue_event(call, (struct event){.kind = EVENT_HEAD,
				  .status = status,
				  .retry_after_s = retry_after_s,
				  .own_text = mem_strdup(content_type ? content_type : "")});
}

void fake_chunk(struct fake_call *call, const char *bytes, size_t length)
{
	size_t piece = call->http->piece ? call->http->piece : length;
	for (size_t done = 0; done < length; done += piece) {
		size_t part = length - done < piece ? length - done : piece;
		queue_event(call,
			(struct event){.kind = EVENT_DATA, .own_text = mem_copy(bytes + done, part), .length = part});
	}
}

void fake_end(struct fake_call *call)
{
	queue_end(call, NULL);
}

void fake_answer_bytes(struct fake_call *call, int status, const char *content_type, const char *body, size_t length)
{
	fake_head(call, status, content_type, 0);
	fake_chunk(call, body, length);
	fake_end(call);
}

void fake_answer(struct fake_call *call, int status, const char *content_type, const char *body)
{
	fake_answer_bytes(call, status, content_type, body ? body : "", body ? strlen(body) : 0);
}

void fake_answer_retry(struct fake_call *call, int status, int retry_after_s, const char *body)
{
	fake_head(call, status, "application/json; charset=UTF-8", retry_after_s);
	fake_chunk(call, body ? body : "", body ? strlen(body) : 0);
	fake_end(call);
}

void fake_fail(struct fake_call *call, const char *code, const char *message)
{
	struct error err = {0};
	error_set(&err, ERROR_TRANSIENT, "%s", message);
	error_code(&err, code);
	queue_end(call, &err);
}

void fake_drop(struct fake_call *call)
{
	fake_fail(call, "Connection", "the server closed the connection");
}

bool fake_take_back(struct fake_call *call, int *status, struct str *body)
{
	struct fake_call_state *state = call->own_state;
	struct event *head = state->events.count ? state->events.own_items[0] : NULL;
	if (!state->server_over || !head || head->kind != EVENT_HEAD)
		return false;
	*status = head->status;
	for (size_t i = 0; i < state->events.count; i++) {
		const struct event *event = state->events.own_items[i];
		if (event->kind == EVENT_DATA)
			str_add(body, event->own_text, event->length);
	}
	vec_done(&state->events, free_event);
	state->events = (struct vec){0};
	state->server_over = false;
	timer_stop(loop_of(call), &state->delivery);
	return true;
}
