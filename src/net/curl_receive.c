/* What curl tells of one call: the connection that begins and stands, the head line by line, the body. Here it becomes what
 * the handler is told. Curl is at work meanwhile, so nothing ends here: a callback that wants no more makes curl fail. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/time.h"
#include "net/curl_origin.h"

/* Data that nobody acknowledged for so long: the other side is gone. The kernel alone would try for a quarter of an hour, and
 * keep-alive probes wait meanwhile. */
enum {
	UNACKNOWLEDGED_MS = 45 * 1000,
	RETRY_AFTER_MAX_S = 24 * 3600,
	/* By each of the many calls that may run; long polls are few, and bring much. */
	READ_AT_ONCE = 4 * 1024,
	SEND_AT_ONCE = 16 * 1024, /* less there is not */
	HEAD_MAX = 64 * 1024,     /* all heads of one exchange, interim ones too: curl keeps them */
	LINE_MAX_SIZE = 512,      /* of a header; the rest of a longer one is cut off */
};

void curl_call_heard(struct curl_call *call)
{
	if (call->silence_ms > 0)
		timer_start(call->loop, &call->silence, call->silence_ms, curl_call_silence_late, call);
}

void curl_call_connects(struct curl_call *call)
{
	if (!timer_armed(&call->connect))
		timer_start(call->loop, &call->connect, call->connect_ms, curl_call_connect_late, call);
}

/* Curl opens a connection for the call. When its last one broke, or the server refused it there, curl tries again by itself,
 * each call on a connection of its own: that is not let happen. */
static bool may_open(struct curl_call *call)
{
	call->again = call->connected;
	if (call->again)
		return false;
	curl_call_connects(call);
	origin_connects(call);
	return true;
}

static int on_resolve(void *state, void *reserved, void *arg)
{
	return may_open(arg) ? 0 : 1;
}

static int on_socket_made(void *arg, curl_socket_t socket, curlsocktype purpose)
{
	unsigned unacknowledged = UNACKNOWLEDGED_MS;
	setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof(unacknowledged));
	return may_open(arg) ? CURL_SOCKOPT_OK : CURL_SOCKOPT_ERROR;
}

/* NULL: there is no TLS, or not OpenSSL's. */
static SSL *tls_of(const struct curl_call *call)
{
	const struct curl_tlssessioninfo *session = NULL;
	curl_easy_getinfo(call->own_easy, CURLINFO_TLS_SSL_PTR, &session);
	return session && session->backend == CURLSSLBACKEND_OPENSSL ? session->internals : NULL;
}

/* By the TLS handshake. An answer would say it too, but that of a watch may take minutes. */
static bool is_multiplexed(const SSL *tls)
{
	const unsigned char *protocol;
	unsigned length = 0;
	if (tls)
		SSL_get0_alpn_selected(tls, &protocol, &length);
	return length == 2 && memcmp(protocol, "h2", 2) == 0;
}

/* Curl makes OpenSSL give its buffers back whenever they are empty, which costs a watch two allocations for each event. */
static void keep_buffers(SSL *tls)
{
	SSL_clear_mode(tls, SSL_MODE_RELEASE_BUFFERS);
}

static int on_connected(void *arg, char *peer, char *local, int peer_port, int local_port)
{
	struct curl_call *call = arg;
	SSL *tls = tls_of(call);
	timer_stop(call->loop, &call->connect);
	call->connected = true;
	if (tls && call->long_poll)
		keep_buffers(tls);
	origin_connected(call, is_multiplexed(tls));
	call->withheld = call->may_leave && !call->may_leave(call->may_leave_arg);
	return call->withheld ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* As a text, cut where there is no more room. */
static void copy_text(char *to, size_t size, const char *bytes, size_t length)
{
	if (length >= size)
		length = size - 1;
	memcpy(to, bytes, length);
	to[length] = '\0';
}

/* The value of line when it is the header `name`, without the blanks around it. */
static bool is_header(const char *line, const char *name, char *value, size_t size)
{
	size_t length = strlen(name);
	if (strncasecmp(line, name, length) != 0 || line[length] != ':')
		return false;
	line += length + 1;
	line += strspn(line, " \t");
	length = strcspn(line, "\r\n");
	while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	copy_text(value, size, line, length);
	return true;
}

/* Seconds; a date, or anything else that is not a number, asks for nothing. */
static int parse_seconds(const char *text)
{
	char *end;
	long seconds = strtol(text, &end, 10);
	if (end == text || *end || seconds < 0)
		return 0;
	return seconds < RETRY_AFTER_MAX_S ? (int)seconds : RETRY_AFTER_MAX_S;
}

static void take_header(struct curl_call *call, const char *line)
{
	char value[LINE_MAX_SIZE];
	if (text_starts(line, "HTTP/")) {
		const char *space = strchr(line, ' ');
		call->status = space ? atoi(space) : 0;
		call->retry_after_s = 0;
		call->date_us = 0;
		*call->content_type = *call->metadata_flavor = '\0';
		str_clear(&call->warnings);
	} else if (is_header(line, "Retry-After", value, sizeof(value))) {
		call->retry_after_s = parse_seconds(value);
	} else if (is_header(line, "Date", value, sizeof(value))) {
		time_parse_http(value, &call->date_us);
	} else if (is_header(line, "Warning", value, sizeof(value))) {
		str_addf(&call->warnings, "%s\n", value);
	} else {
		is_header(line, "Content-Type", call->content_type, sizeof(call->content_type));
		is_header(line, "Metadata-Flavor", call->metadata_flavor, sizeof(call->metadata_flavor));
	}
}

static void tell_head(struct curl_call *call)
{
	struct http_head head = {.status = call->status,
		.retry_after_s = call->retry_after_s,
		.content_type = call->content_type,
		.date_us = call->date_us,
		.metadata_flavor = call->metadata_flavor,
		.warnings = str_text(&call->warnings)};
	call->head_told = true;
	if (call->handler.head)
		call->handler.head(call->handler.arg, &head);
}

/* One line each, the empty one ends the head. Interim answers (1xx) and trailers are not told. */
static size_t on_header(char *bytes, size_t one, size_t length, void *arg)
{
	struct curl_call *call = arg;
	char line[LINE_MAX_SIZE];
	call->head_bytes += length;
	call->flooded = call->head_bytes > HEAD_MAX;
	if (call->gone || call->flooded)
		return 0;
	curl_call_heard(call);
	if (call->head_told)
		return length;
	copy_text(line, sizeof(line), bytes, length);
	if (*line != '\r' && *line != '\n')
		take_header(call, line);
	else if (call->status >= 200)
		tell_head(call);
	return call->gone ? 0 : length;
}

static size_t on_body(char *bytes, size_t one, size_t length, void *arg)
{
	struct curl_call *call = arg;
	if (call->gone || call->stopped)
		return 0;
	curl_call_heard(call);
	call->stopped = !call->handler.data(call->handler.arg, bytes, length);
	return call->gone || call->stopped ? 0 : length;
}

void curl_call_receive(struct curl_call *call)
{
	CURL *easy = call->own_easy;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	if (!call->long_poll)
		curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)READ_AT_ONCE);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)SEND_AT_ONCE);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->detail);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, on_resolve);
	curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, call);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket_made);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, call);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
}
