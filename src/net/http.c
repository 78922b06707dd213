/* What is common to all transports: the calls by table, and the whole exchange with a bounded answer. */
#include "net/http.h"

#include <assert.h>

#include "base/alloc.h"

struct http_call *http_send(struct http *http, const struct http_request *request, const struct http_handler *handler)
{
	return http->ops->send(http, request, handler);
}

void http_cancel(struct http *http, struct http_call *call)
{
	http->ops->cancel(http, call);
}

struct http_exchange {
	struct http *http;
	struct http_call *call;
	http_answer_fn fn;
	void *arg;
	char *own_body;
	char *own_content_type, *own_flavor, *own_warnings;
	struct http_answer answer;
	struct str collected;
	bool too_large;
};

static void exchange_free(struct http_exchange *exchange)
{
	mem_free(exchange->own_body);
	mem_free(exchange->own_content_type);
	mem_free(exchange->own_flavor);
	mem_free(exchange->own_warnings);
	str_done(&exchange->collected);
	mem_free(exchange);
}

static void on_head(void *arg, const struct http_head *head)
{
	struct http_exchange *exchange = arg;
	exchange->own_content_type = mem_strdup(head->content_type);
	exchange->answer.status = head->status;
	exchange->own_flavor = mem_strdup(head->metadata_flavor);
	exchange->own_warnings = mem_strdup(head->warnings);
	exchange->answer.retry_after_s = head->retry_after_s;
	exchange->answer.date_us = head->date_us;
}

static bool on_data(void *arg, const char *bytes, size_t length)
{
	struct http_exchange *exchange = arg;
	exchange->too_large = !str_add(&exchange->collected, bytes, length);
	return !exchange->too_large;
}

/* The last thing an exchange does; fn may start the next one. */
static void on_end(void *arg, const struct error *err)
{
	struct http_exchange *exchange = arg;
	struct error too_large = {0};
	if (exchange->too_large) {
		error_set(&too_large, ERROR_TRANSIENT, "the answer is larger than %zu bytes",
			exchange->collected.maximum);
		error_code(&too_large, "TooLarge");
		err = &too_large;
	}
	struct http_answer *answer = &exchange->answer;
	answer->content_type = exchange->own_content_type ? exchange->own_content_type : "";
	answer->metadata_flavor = exchange->own_flavor ? exchange->own_flavor : "";
	answer->warnings = exchange->own_warnings ? exchange->own_warnings : "";
	answer->body = str_text(&exchange->collected);
	answer->length = exchange->collected.length;
	exchange->fn(exchange->arg, err ? NULL : answer, err);
	exchange_free(exchange);
}

struct http_exchange *http_exchange(
	struct http *http, const struct http_request *request, size_t maximum, http_answer_fn fn, void *arg)
{
	assert(maximum > 0);
	struct http_exchange *exchange = mem_alloc(sizeof(*exchange));
	*exchange = (struct http_exchange){.http = http, .fn = fn, .arg = arg, .collected = STR_INIT(maximum)};
	struct http_request copy = *request;
	if (request->body)
		copy.body = exchange->own_body = mem_copy(request->body, request->body_length);
	struct http_handler handler = {.head = on_head, .data = on_data, .end = on_end, .arg = exchange};
	exchange->call = http_send(http, &copy, &handler);
	return exchange;
}

void http_exchange_cancel(struct http_exchange *exchange)
{
	if (!exchange)
		return;
	http_cancel(exchange->http, exchange->call);
	exchange_free(exchange);
}
