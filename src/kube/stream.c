/* Invariant: call is set exactly while http owes us an end; timer is armed only while it is not. */
#include "kube/stream.h"

#include <string.h>

enum { REFUSAL_MAX = 64 * 1024, CONNECT_MS = 10 * 1000 };

static void stream_attempt(void *arg);

static void stream_clear(struct stream *stream)
{
	mem_free(TAKE(stream->own_path));
	mem_free(TAKE(stream->own_query));
	str_done(&stream->refusal);
}

static void stream_finish(struct stream *stream, struct error *err)
{
	struct stream_handler handler = stream->handler;
	if (err)
		error_context(err, "GET %s", stream->own_path);
	stream_clear(stream);
	handler.end(handler.arg, err);
}

static void stream_head(void *arg, const struct http_head *head)
{
	struct stream *stream = arg;
	stream->status = head->status;
	stream->retry_after_s = head->retry_after_s;
	stream->opened = head->status >= 200 && head->status < 300;
	kube_measure_request(stream->kube, "GET", head->status);
	warnings_take(&stream->kube->warnings, head->warnings);
	if (stream->opened && stream->handler.open)
		stream->handler.open(stream->handler.arg);
}

static bool stream_data(void *arg, const char *bytes, size_t length)
{
	struct stream *stream = arg;
	if (stream->opened)
		return stream->handler.data(stream->handler.arg, bytes, length, &stream->stopped);
	/* What passes the maximum only makes the message shorter. */
	size_t room = REFUSAL_MAX - stream->refusal.length;
	str_add(&stream->refusal, bytes, length < room ? length : room);
	return true;
}

static bool stream_renew(struct stream *stream, const struct error *err)
{
	if (stream->opened || stream->renewed || !kube_login_helps(stream->kube, err, stream->login_version))
		return false;
	stream->renewed = true;
	kube_measure_retry(stream->kube, "GET", stream->status);
	timer_start(stream->kube->loop, &stream->timer, 0, stream_attempt, stream);
	return true;
}

static void stream_end(void *arg, const struct error *transport)
{
	struct stream *stream = arg;
	stream->call = NULL;
	struct error err = {0};
	if (!stream->status)
		kube_measure_request(stream->kube, "GET", 0);
	if (!stream->long_poll)
		kube_measure_seconds(stream->kube, "GET", stream->sent_us);
	if (stream->stopped.class != ERROR_NONE)
		err = stream->stopped;
	else if (stream->status && !stream->opened)
		kube_error_from_answer(&err, stream->status, str_text(&stream->refusal), stream->refusal.length,
			stream->retry_after_s);
	else if (transport)
		err = *transport;
	if (!stream_renew(stream, &err))
		stream_finish(stream, err.class == ERROR_NONE ? NULL : &err);
}

static void stream_attempt(void *arg)
{
	struct stream *stream = arg;
	struct kube_request request = {.method = "GET", .path = stream->own_path, .query = stream->own_query};
	struct http_handler handler = {.head = stream_head, .data = stream_data, .end = stream_end, .arg = stream};
	AUTO_WRITTEN written = {0};
	struct error err = {0};
	if (!login_ready(&stream->kube->login, &stream->wait, stream_attempt, stream))
		return;
	stream->status = 0;
	stream->opened = false;
	str_clear(&stream->refusal);
	if (!request_write(stream->kube, &request, &written, &err)) {
		stream_finish(stream, &err);
		return;
	}
	stream->login_version = written.login_version;
	written.request.total_ms = (int)stream->total_ms;
	written.request.own_connection = stream->long_poll;
	written.request.fresh_connection = stream->fresh;
	stream->sent_us = loop_now_us(stream->kube->loop);
	stream->call = http_send(stream->kube->http, &written.request, &handler);
}

void stream_start(struct stream *stream, struct kube *kube, const struct stream_request *request,
	const struct stream_handler *handler)
{
	*stream = (struct stream){.kube = kube,
		.handler = *handler,
		.total_ms = request->total_ms,
		.long_poll = request->long_poll,
		.fresh = request->fresh,
		.refusal = STR_INIT(REFUSAL_MAX)};
	stream->own_path = mem_strdup(request->path);
	stream->own_query = mem_strdup(request->query);
	/* In the next turn, since reading the token can fail and end must not run from within here. */
	timer_start(kube->loop, &stream->timer, 0, stream_attempt, stream);
}

void stream_stop(struct stream *stream)
{
	if (!stream->kube)
		return;
	timer_stop(stream->kube->loop, &stream->timer);
	login_forget(&stream->kube->login, &stream->wait);
	if (stream->call)
		http_cancel(stream->kube->http, TAKE(stream->call));
	stream_clear(stream);
}
