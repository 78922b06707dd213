/* A request and its peer as curl's options. Nothing of the environment has a say: no proxy variables, no netrc, no
 * redirects, no encodings. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "net/curl_call.h"

/* What a connection may take to show that it is dead. */
enum { KEEPALIVE_IDLE_S = 30, KEEPALIVE_INTERVAL_S = 15 };
/* Curl's clock for connecting runs while a request waits for a free connection, so ours rules and curl's stays away. */
enum { CURL_CONNECT_MS = 24 * 3600 * 1000 };

static const struct http_peer plain_peer;

/* The URL in parts, for the name in messages and for a server_name that differs from the host. */
struct target {
	CURLU *own_url;
	char *own_host, *own_port, *own_scheme; /* of curl */
};

static void target_drop(struct target *target)
{
	curl_free(target->own_host);
	curl_free(target->own_port);
	curl_free(target->own_scheme);
	curl_url_cleanup(target->own_url);
}

static bool target_parse(struct target *target, const char *url)
{
	target->own_url = curl_url();
	return curl_url_set(target->own_url, CURLUPART_URL, url, CURLU_PATH_AS_IS) == CURLUE_OK &&
	       curl_url_get(target->own_url, CURLUPART_HOST, &target->own_host, 0) == CURLUE_OK &&
	       curl_url_get(target->own_url, CURLUPART_PORT, &target->own_port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
	       curl_url_get(target->own_url, CURLUPART_SCHEME, &target->own_scheme, 0) == CURLUE_OK &&
	       (strcasecmp(target->own_scheme, "http") == 0 || strcasecmp(target->own_scheme, "https") == 0);
}

static void add_line(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);
	if (longer)
		*list = longer;
}

static bool has_header(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < HTTP_HEADERS_MAX && request->headers[i].name; i++) {
		if (strcasecmp(request->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

/* A value may come from a file (a token): a line break in it would be another header. */
static bool add_headers(struct curl_call *call, const struct http_request *request, struct error *err)
{
	for (size_t i = 0; i < HTTP_HEADERS_MAX && request->headers[i].name; i++) {
		const struct http_header *header = &request->headers[i];
		if (strpbrk(header->value, "\r\n")) {
			error_set(err, ERROR_TRANSIENT, "the header %s holds a line break", header->name);
			error_code(err, "BadHeader");
			return false;
		}
		AUTO_FREE char *line = mem_printf(*header->value ? "%s: %s" : "%s;", header->name, header->value);
		add_line(&call->own_headers, line);
	}
	add_line(&call->own_headers, "Expect:");
	if (!has_header(request, "Content-Type"))
		add_line(&call->own_headers, "Content-Type:");
	return true;
}

static bool wants_body(const struct http_request *request)
{
	return request->body || text_equal(request->method, "POST") || text_equal(request->method, "PUT") ||
	       text_equal(request->method, "PATCH");
}

static void set_method(CURL *easy, const struct http_request *request)
{
	if (wants_body(request)) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(
			easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(request->body ? request->body_length : 0));
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body ? request->body : "");
	} else if (text_equal(request->method, "HEAD")) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_blob(CURL *easy, CURLoption option, const char *pem)
{
	struct curl_blob blob = {.data = (void *)pem, .len = strlen(pem), .flags = CURL_BLOB_COPY};
	curl_easy_setopt(easy, option, &blob);
}

static CURLcode on_tls(CURL *easy, void *context, void *arg)
{
	return trust_give(arg, context) ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
}

/* A curl that is not built on OpenSSL knows no such option, and reads the file itself. */
static void trust_system(CURL *easy, struct trust *system)
{
	if (curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls) != CURLE_OK)
		return;
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, system);
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
}

static void set_authorities(struct curl_call *call, const struct http_peer *peer)
{
	CURL *easy = call->own_easy;
	/* Else what was read once is trusted for a day, be it curl's own store or the one that we give it. */
	curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
	if (peer->insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (!peer->ca_file && !peer->ca_pem) {
		if (call->system && !peer->insecure)
			trust_system(easy, call->system);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* else the system's are trusted too */
	if (peer->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, peer->ca_file);
	else
		set_blob(easy, CURLOPT_CAINFO_BLOB, peer->ca_pem);
}

static void set_client_certificate(CURL *easy, const struct http_peer *peer)
{
	if (peer->client_cert_file)
		curl_easy_setopt(easy, CURLOPT_SSLCERT, peer->client_cert_file);
	else if (peer->client_cert_pem)
		set_blob(easy, CURLOPT_SSLCERT_BLOB, peer->client_cert_pem);
	if (peer->client_key_file)
		curl_easy_setopt(easy, CURLOPT_SSLKEY, peer->client_key_file);
	else if (peer->client_key_pem)
		set_blob(easy, CURLOPT_SSLKEY_BLOB, peer->client_key_pem);
}

/* Curl verifies the URL's host. So the name to verify becomes the host, CONNECT_TO leads to the real one, and the server is
 * still asked for by the name in the URL. */
static bool set_server_name(struct curl_call *call, const struct target *target, const char *name)
{
	char *renamed = NULL;
	if (curl_url_set(target->own_url, CURLUPART_HOST, name, 0) != CURLUE_OK ||
		curl_url_get(target->own_url, CURLUPART_URL, &renamed, 0) != CURLUE_OK)
		return false;
	AUTO_FREE char *way = mem_printf("%s:%s:%s:%s", name, target->own_port, target->own_host, target->own_port);
	AUTO_FREE char *host = mem_printf("Host: %s:%s", target->own_host, target->own_port);
	add_line(&call->own_connect_to, way);
	add_line(&call->own_headers, host);
	curl_easy_setopt(call->own_easy, CURLOPT_CONNECT_TO, call->own_connect_to);
	curl_easy_setopt(call->own_easy, CURLOPT_URL, renamed);
	curl_free(renamed);
	return true;
}

static void set_ways(CURL *easy, const struct http_peer *peer)
{
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_PROXY, peer->proxy ? peer->proxy : "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CURL_CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S);
}

static bool set_target(struct curl_call *call, const struct http_request *request, const struct http_peer *peer,
	const struct target *target)
{
	call->secure = strcasecmp(target->own_scheme, "https") == 0;
	call->own_place = mem_printf("%s:%s", target->own_host, target->own_port);
	curl_easy_setopt(call->own_easy, CURLOPT_URL, request->url);
	/* For what curl begins again by itself: else each gets a connection of its own. */
	curl_easy_setopt(call->own_easy, CURLOPT_PIPEWAIT, call->secure ? 1L : 0L);
	return !call->secure || !peer->server_name || set_server_name(call, target, peer->server_name);
}

/* What curl compares before it lets a call use a connection. */
static uint64_t origin_key(const struct curl_call *call, const struct http_peer *peer)
{
	const char *texts[] = {call->own_place, peer->ca_file, peer->ca_pem, peer->client_cert_file,
		peer->client_key_file, peer->client_cert_pem, peer->client_key_pem, peer->server_name, peer->proxy};
	uint64_t hashes[sizeof(texts) / sizeof(*texts) + 1] = {(uint64_t)peer->insecure << 1 | call->secure};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		hashes[i + 1] = texts[i] ? hash_long(texts[i], strlen(texts[i])) : 0;
	return hash_bytes(hashes, sizeof(hashes));
}

static bool bad_url(struct error *err, const char *url)
{
	error_set(err, ERROR_TRANSIENT, "the URL %s is malformed, or not one of http or https", url);
	error_code(err, "BadUrl");
	return false;
}

static void set_user_agent(CURL *easy, const char *agent, const char *component)
{
	AUTO_FREE char *longer = component ? mem_printf("%s/%s", agent, component) : NULL;
	curl_easy_setopt(easy, CURLOPT_USERAGENT, longer ? longer : agent);
}

bool curl_call_set_up(
	struct curl_call *call, const struct http_request *request, const char *user_agent, struct error *err)
{
	const struct http_peer *peer = request->peer ? request->peer : &plain_peer;
	__attribute__((cleanup(target_drop))) struct target target = {0};
	if (!target_parse(&target, request->url) || !set_target(call, request, peer, &target))
		return bad_url(err, request->url);
	call->origin_key = origin_key(call, peer);
	if (!add_headers(call, request, err))
		return false;
	curl_easy_setopt(call->own_easy, CURLOPT_HTTPHEADER, call->own_headers);
	set_user_agent(call->own_easy, user_agent, request->component);
	set_ways(call->own_easy, peer);
	curl_easy_setopt(call->own_easy, CURLOPT_FRESH_CONNECT, request->fresh_connection ? 1L : 0L);
	set_method(call->own_easy, request);
	set_authorities(call, peer);
	set_client_certificate(call->own_easy, peer);
	return true;
}
