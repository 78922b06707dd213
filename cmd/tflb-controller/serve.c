/* Whatever runs in the cluster may connect: a server takes few connections and little from each. */
#include "serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "net/server.h"

enum { BODY_MAX = 256, HEAD_MAX = 8 * 1024, CONNECTIONS = 64, IDLE_S = 60, HOST_SIZE = 64 };

static const char *const HEADERS[] = {"Cache-Control", "no-store", "X-Content-Type-Options", "nosniff", NULL};

struct place {
	struct serve *serve;
	unsigned at; /* of ENDPOINT_ */
	struct server *server;
};

struct serve {
	struct endpoints *endpoints;
	struct place places[2];
};

/* --- addresses --- */

/* false when text is none. */
static bool parse(const char *text, char host[HOST_SIZE], uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	bool bracket = colon && *text == '[' && colon[-1] == ']';
	size_t length = colon ? (size_t)(colon - text) : 0;
	char *end;

	if (!colon || length >= HOST_SIZE || strspn(colon + 1, "0123456789") == 0 || strlen(colon + 1) > 5)
		return false;
	unsigned long number = strtoul(colon + 1, &end, 10);
	memcpy(host, text + bracket, length - 2 * bracket);
	host[length - 2 * bracket] = '\0';
	*port = (uint16_t)number;
	return !*end && number <= UINT16_MAX && (bracket || !strchr(host, ':')) &&
	       strspn(host, "0123456789abcdefABCDEF.:") == strlen(host);
}

static bool is_off(const char *text)
{
	return text_equal(text, "0");
}

bool bind_address_is_good(const char *text)
{
	char host[HOST_SIZE];
	uint16_t port;

	return is_off(text) || parse(text, host, &port);
}

/* --- requests --- */

static void on_request(void *arg, const struct server_request *request)
{
	struct place *place = arg;
	struct endpoint_answer answer = {0};
	struct endpoint_question question = {
		.at = place->at,
		.method = request->method,
		.path = request->path,
		.query = request->query,
		.accept = request->accept,
		.body = request->body,
		.loopback = request->loopback,
	};

	endpoints_answer(place->serve->endpoints, &question, &answer);
	server_answer(place->server, request->id, answer.status, answer.content_type, str_text(&answer.body),
		answer.body.length);
	str_done(&answer.body);
}

static bool listen_at(
	struct place *place, struct loop *loop, const char *address, const struct log *log, struct error *err)
{
	char host[HOST_SIZE], told[HOST_SIZE + 16];
	struct server_options options = {
		.address = host,
		.max_body = BODY_MAX,
		.connections = CONNECTIONS,
		.max_head = HEAD_MAX,
		.idle_s = IDLE_S,
		.headers = HEADERS,
		.fn = on_request,
		.arg = place,
	};

	parse(address, host, &options.port);
	place->server = server_new(loop, &options, err);
	if (!place->server)
		return false;
	snprintf(told, sizeof(told), strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, server_port(place->server));
	log_line(log, LOG_INFO, "listening", "address", told, "for",
		place->at == ENDPOINT_PROBES    ? "probes"
		: place->at == ENDPOINT_METRICS ? "metrics"
						: "probes and metrics",
		NULL);
	return true;
}

static bool listen_as_told(
	struct serve *serve, struct loop *loop, const struct flags *flags, const struct log *log, struct error *err)
{
	const char *probes = flags->probe_address, *metrics = flags->metrics_address;
	bool same = text_equal(probes, metrics);

	serve->places[0].at = ENDPOINT_PROBES | (same ? ENDPOINT_METRICS : 0);
	serve->places[1].at = ENDPOINT_METRICS;
	if (!is_off(probes) && !listen_at(&serve->places[0], loop, probes, log, err))
		return error_context(err, "--health-probe-bind-address %s", probes);
	if (!is_off(metrics) && !same && !listen_at(&serve->places[1], loop, metrics, log, err))
		return error_context(err, "--metrics-bind-address %s", metrics);
	return true;
}

struct serve *serve_new(struct loop *loop, const struct flags *flags, struct endpoints *endpoints,
	const struct log *log, struct error *err)
{
	struct serve *serve = mem_alloc(sizeof(*serve));

	serve->endpoints = endpoints;
	serve->places[0].serve = serve->places[1].serve = serve;
	if (listen_as_told(serve, loop, flags, log, err))
		return serve;
	serve_free(serve);
	return NULL;
}

void serve_free(struct serve *serve)
{
	if (!serve)
		return;
	server_free(serve->places[0].server);
	server_free(serve->places[1].server);
	mem_free(serve);
}
