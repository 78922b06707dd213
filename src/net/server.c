/* The server on libmicrohttpd. The daemon has no thread: its epoll descriptor is watched by the loop, and a timer stands for
 * its time-outs. A request that is not answered within the callback is suspended, and resumed by its answer.
 *
 * Invariant: `open` holds exactly the requests that were shown and not answered. A request's memory goes when the daemon
 * says that it is over, which it says once for each. */
#include "net/server.h"

#include <assert.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/str.h"
#include "net/listen.h"
#include "net/uv_loop.h"

enum {
	CONNECTIONS = 4096,
	HEAD_MAX = 64 * 1024, /* of one connection: request line, headers, the buffer for reading */
	IDLE_S = 300,         /* clients forget idle connections earlier, so none is closed while it is used again */
	ID_SIZE = 24,
};

struct server {
	struct loop *loop;
	struct server_options options;
	struct MHD_Daemon *own_daemon;
	uv_poll_t *own_poll; /* its memory goes in the close callback */
	struct timer timer;
	uint16_t port;
	uint64_t last_id;
	struct map open; /* id -> struct exchange */
	bool running;    /* below MHD_run */
	bool resumed;    /* something was, since MHD_run began */
};

struct exchange {
	struct server *server;
	struct MHD_Connection *connection;
	uint64_t id;
	char *own_target; /* path?query as sent */
	struct str body;
	struct MHD_Response *own_response; /* NULL with status 0: drop */
	int status, retry_after_s;
	bool begun, too_large, shown, answered, suspended;
};

static void id_text(uint64_t id, char text[ID_SIZE])
{
	snprintf(text, ID_SIZE, "%" PRIu64, id);
}

/* --- answers --- */

static struct MHD_Response *response_new(
	const struct server *server, const char *content_type, const char *body, size_t length)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(length, (void *)(length ? body : ""), MHD_RESPMEM_MUST_COPY);
	assert(response);
	if (content_type && *content_type)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	for (const char *const *header = server->options.headers; header && *header; header += 2)
		MHD_add_response_header(response, header[0], header[1]);
	return response;
}

static enum MHD_Result queue_answer(struct exchange *exchange)
{
	if (exchange->status == 0)
		return MHD_NO;
	return MHD_queue_response(exchange->connection, (unsigned)exchange->status, exchange->own_response);
}

static void refuse_body(struct exchange *exchange)
{
	AUTO_FREE char *text = mem_printf("the body is larger than %zu bytes\n", exchange->body.maximum);
	exchange->status = MHD_HTTP_CONTENT_TOO_LARGE;
	exchange->own_response = response_new(exchange->server, "text/plain", text, strlen(text));
	exchange->shown = exchange->answered = true;
}

static void resume(struct exchange *exchange)
{
	exchange->answered = true;
	if (!exchange->suspended)
		return;
	exchange->suspended = false;
	exchange->server->resumed = true;
	MHD_resume_connection(exchange->connection);
}

/* --- requests --- */

static const char *header(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static bool is_from_here(const struct exchange *exchange)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	return info && address_is_loopback(info->client_addr);
}

/* Cuts own_target in two. */
static const char *cut_query(struct exchange *exchange)
{
	char *mark = strchr(exchange->own_target, '?');
	if (!mark)
		return "";
	*mark = '\0';
	return mark + 1;
}

static void show(struct exchange *exchange, const char *method)
{
	struct server *server = exchange->server;
	const char *content_type = header(exchange, MHD_HTTP_HEADER_CONTENT_TYPE);
	char id[ID_SIZE];
	exchange->shown = true;
	exchange->id = ++server->last_id;
	id_text(exchange->id, id);
	map_put(&server->open, id, exchange);
	struct server_request request = {
		.id = exchange->id,
		.method = method,
		.query = cut_query(exchange),
		.path = exchange->own_target,
		.authorization = header(exchange, MHD_HTTP_HEADER_AUTHORIZATION),
		.content_type = content_type ? content_type : "",
		.metadata_flavor = header(exchange, "Metadata-Flavor"),
		.forwarded_for = header(exchange, "X-Forwarded-For"),
		.accept = header(exchange, MHD_HTTP_HEADER_ACCEPT),
		.loopback = is_from_here(exchange),
		.body = str_text(&exchange->body),
		.body_length = exchange->body.length,
	};
	server->options.fn(server->options.arg, &request);
}

/* The daemon calls first with the head, then with each piece of the body, then with nothing, and so again after a
 * suspended request was resumed. A body that is too large is read to its end: a client that is still sending would not see
 * an answer. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
	const char *version, const char *piece, size_t *length, void **context)
{
	struct exchange *exchange = *context;
	exchange->connection = connection;
	if (!exchange->begun) {
		exchange->begun = true;
		return MHD_YES;
	}
	if (*length > 0) {
		exchange->too_large |= !str_add(&exchange->body, piece, *length);
		*length = 0;
		return MHD_YES;
	}
	if (!exchange->shown && exchange->too_large)
		refuse_body(exchange);
	if (!exchange->shown)
		show(exchange, method);
	if (exchange->answered)
		return queue_answer(exchange);
	exchange->suspended = true;
	MHD_suspend_connection(connection);
	return MHD_YES;
}

/* Called with the request line, before anything is decoded; the result is the request's context. */
static void *on_target(void *arg, const char *target, struct MHD_Connection *connection)
{
	struct server *server = arg;
	struct exchange *exchange = mem_alloc(sizeof(*exchange));
	exchange->server = server;
	exchange->own_target = mem_strdup(target);
	exchange->body = STR_INIT(server->options.max_body);
	return exchange;
}

static void on_over(void *arg, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode how)
{
	struct exchange *exchange = *context;
	char id[ID_SIZE];
	if (!exchange)
		return;
	*context = NULL;
	if (exchange->shown && !exchange->answered) {
		id_text(exchange->id, id);
		map_remove(&exchange->server->open, id);
	}
	if (exchange->own_response)
		MHD_destroy_response(exchange->own_response);
	str_done(&exchange->body);
	mem_free(exchange->own_target);
	mem_free(exchange);
}

/* --- the daemon and the loop --- */

static void run(void *arg)
{
	struct server *server = arg;
	MHD_UNSIGNED_LONG_LONG ms;
	server->running = true;
	server->resumed = false;
	MHD_run(server->own_daemon);
	server->running = false;
	if (server->resumed)
		timer_start(server->loop, &server->timer, 0, run, server);
	else if (MHD_get_timeout(server->own_daemon, &ms) == MHD_YES)
		timer_start(server->loop, &server->timer, (int64_t)ms, run, server);
	else
		timer_stop(server->loop, &server->timer);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	run(poll->data);
}

static void watch_daemon(struct server *server)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->own_daemon, MHD_DAEMON_INFO_EPOLL_FD);
	server->own_poll = mem_alloc(sizeof(*server->own_poll));
	int failed = uv_poll_init(net_loop_uv(server->loop), server->own_poll, info->epoll_fd);
	assert(failed == 0);
	server->own_poll->data = server;
	uv_poll_start(server->own_poll, UV_READABLE, on_readable);
}

static size_t keep_escapes(void *arg, struct MHD_Connection *connection, char *text)
{
	return strlen(text);
}

static struct MHD_Daemon *daemon_new(struct server *server, int own_socket)
{
	unsigned connections = server->options.connections;
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
		MHD_OPTION_LISTEN_SOCKET, own_socket, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_over, server,
		MHD_OPTION_CONNECTION_LIMIT, connections ? connections : CONNECTIONS,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, connections / 4, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)(server->options.idle_s ? server->options.idle_s : IDLE_S),
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		server->options.max_head ? server->options.max_head : (size_t)HEAD_MAX, MHD_OPTION_END);
}

struct server *server_new(struct loop *loop, const struct server_options *options, struct error *err)
{
	int own_socket;
	uint16_t port;
	if (!listen_open(options->address, options->port, &own_socket, &port, err))
		return NULL;
	struct server *server = mem_alloc(sizeof(*server));
	*server = (struct server){.loop = loop, .options = *options, .port = port};
	server->options.address = NULL; /* was a loan */
	server->own_daemon = daemon_new(server, own_socket);
	assert(server->own_daemon);
	watch_daemon(server);
	return server;
}

uint16_t server_port(const struct server *server)
{
	return server->port;
}

void server_retry_after(struct server *server, uint64_t id, int seconds)
{
	char text[ID_SIZE];
	id_text(id, text);
	struct exchange *exchange = map_find(&server->open, text);
	if (exchange)
		exchange->retry_after_s = seconds;
}

static void add_retry_after(struct exchange *exchange)
{
	char seconds[16];
	snprintf(seconds, sizeof(seconds), "%d", exchange->retry_after_s);
	MHD_add_response_header(exchange->own_response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
}

void server_answer(
	struct server *server, uint64_t id, int status, const char *content_type, const char *body, size_t length)
{
	char text[ID_SIZE];
	assert(status == 0 || status >= 200);
	id_text(id, text);
	struct exchange *exchange = map_remove(&server->open, text);
	if (!exchange)
		return;
	exchange->status = status;
	if (status != 0)
		exchange->own_response = response_new(server, content_type, body, length);
	if (status != 0 && exchange->retry_after_s > 0)
		add_retry_after(exchange);
	resume(exchange);
	if (server->resumed && !server->running)
		timer_start(server->loop, &server->timer, 0, run, server);
}

static void poll_closed(uv_handle_t *handle)
{
	mem_free(handle);
}

/* What is open is dropped: the daemon must not be stopped while anything is suspended. */
void server_free(struct server *server)
{
	if (!server)
		return;
	assert(!server->running && "freed from within its callback");
	for (size_t i = 0; i < server->open.count; i++)
		resume(server->open.own_entries[i].value);
	map_done(&server->open, NULL);
	timer_stop(server->loop, &server->timer);
	uv_poll_stop(server->own_poll);
	uv_close((uv_handle_t *)server->own_poll, poll_closed);
	MHD_stop_daemon(server->own_daemon);
	mem_free(server);
}
