/* Invariant: no address leaves for a host that is not the endpoint's, whatever a path holds. */
#include "gce/url.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"

static const char example[] = "https://compute.googleapis.com/compute/v1/";

enum { HOST_SIZE = 256, ENDPOINT_MAX = 1024 };

static bool refuse(struct error *err, const char *text, const char *why)
{
	if (strchr(text, '@'))
		text = "..."; /* what stands before it may be a password */
	error_set(err, ERROR_REJECTED, "the Compute Engine endpoint \"%.200s\" %s; write for example %s", text, why,
		example);
	error_reason(err, "InvalidSpec");
	return false;
}

static bool is_plain_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~:/", c));
}

bool path_is_plain(const char *path)
{
	if (path[0] == '/' || path[0] == '\0' || strstr(path, "..") || strstr(path, "//"))
		return false;
	for (const char *at = path; *at; at++) {
		if (!is_plain_character(*at))
			return false;
	}
	return true;
}

const char *path_below_project(const char *path)
{
	const char *rest = text_starts(path, "projects/") ? strchr(path + strlen("projects/"), '/') : NULL;
	if (!rest)
		return path;
	return text_starts(rest, "/global/") ? rest + strlen("/global/") : rest + 1;
}

/* The host of "host:port/path", brackets of an IPv6 address taken off. false: there is none. */
static bool copy_host(const char *authority, char host[HOST_SIZE])
{
	bool bracket = authority[0] == '[';
	size_t length = bracket ? strcspn(++authority, "]/") : strcspn(authority, ":/");
	if (length == 0 || length >= HOST_SIZE || (bracket && authority[length] != ']'))
		return false;
	memcpy(host, authority, length);
	host[length] = '\0';
	const char *after = authority + length + bracket;
	return *after == '\0' || *after == '/' || *after == ':';
}

static bool port_is_good(const char *authority)
{
	size_t length = strcspn(authority, "/");
	const char *bracket = memchr(authority, ']', length);
	const char *from = bracket ? bracket : authority;
	const char *colon = memchr(from, ':', length - (size_t)(from - authority));
	if (!colon)
		return true;
	int port = 0;
	const char *at = colon + 1;
	for (; *at >= '0' && *at <= '9' && port <= 65535; at++)
		port = port * 10 + (*at - '0');
	return at > colon + 1 && at == authority + length && port >= 1 && port <= 65535;
}

static bool host_is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return memcmp(&v6, &in6addr_loopback, sizeof(v6)) == 0;
	return text_equal(host, "localhost");
}

static bool characters_are_good(const char *text)
{
	for (const char *at = text; *at; at++) {
		if (!is_plain_character(*at) && *at != '[' && *at != ']')
			return false;
	}
	return true;
}

bool endpoint_parse(struct endpoint *endpoint, const char *text, struct error *err)
{
	char host[HOST_SIZE];
	bool secure = text && text_starts(text, "https://");
	if (!secure && !(text && text_starts(text, "http://")))
		return refuse(err, text ? text : "", "is not an https:// address");
	const char *authority = text + (secure ? 8 : 7);
	if (strlen(text) > ENDPOINT_MAX || !characters_are_good(text))
		return refuse(err, text, "has characters that do not belong there: no user, query or spaces");
	if (!copy_host(authority, host))
		return refuse(err, text, "names no host");
	if (!port_is_good(authority))
		return refuse(err, text, "has a bad port");
	bool local = host_is_loopback(host);
	if (!secure && !local)
		return refuse(err, text, "is plain http, which is allowed for 127.0.0.1, [::1] and localhost only");
	*endpoint = (struct endpoint){mem_printf("%s%s", text, text_ends(text, "/") ? "" : "/"), !secure && local};
	return true;
}

void endpoint_done(struct endpoint *endpoint)
{
	mem_free(endpoint->own_base);
	*endpoint = (struct endpoint){0};
}

/* Of any address; "user@host" and a backslash would lead elsewhere than they seem to. */
static bool host_of(const char *address, char host[HOST_SIZE])
{
	const char *begin = strstr(address, "://");
	char authority[HOST_SIZE] = "";

	if (!begin || strcspn(begin + 3, "/?#") >= HOST_SIZE)
		return false;
	memcpy(authority, begin + 3, strcspn(begin + 3, "/?#"));
	return characters_are_good(authority) && copy_host(authority, host) && port_is_good(authority);
}

static bool is_below(const char *host, const char *domain)
{
	size_t length = strlen(host), tail = strlen(domain);

	return tail > 0 && length > tail && host[length - tail - 1] == '.' &&
	       strcasecmp(host + length - tail, domain) == 0;
}

char *endpoint_universe(const struct endpoint *endpoint)
{
	char host[HOST_SIZE];

	if (!host_of(endpoint->own_base, host))
		return NULL;
	if (is_below(host, "googleapis.com"))
		return mem_strdup("googleapis.com");
	return text_starts(host, "compute.") && host[strlen("compute.")] ? mem_strdup(host + strlen("compute.")) : NULL;
}

char *endpoint_iam_url(const struct endpoint *endpoint, const char *universe, const char *email)
{
	static const char path[] = "/v1/projects/-/serviceAccounts/";
	const char *host = strstr(endpoint->own_base, "://") + 3;

	if (endpoint->loopback)
		return mem_printf("%.*s%s%s:generateAccessToken", (int)(host + strcspn(host, "/") - endpoint->own_base),
			endpoint->own_base, path, email);
	return mem_printf("https://iamcredentials.%s%s%s:generateAccessToken", universe, path, email);
}

bool address_is_web(const char *address)
{
	char host[HOST_SIZE];

	return (text_starts(address, "http://") || text_starts(address, "https://")) &&
	       !strpbrk(address, " \t\r\n\\") && host_of(address, host);
}

bool address_is_trusted(const char *address, const char *universe)
{
	char host[HOST_SIZE];

	if (strpbrk(address, " \t\r\n\\") || !host_of(address, host))
		return false;
	if (host_is_loopback(host))
		return text_starts(address, "http://") || text_starts(address, "https://");
	if (!text_starts(address, "https://"))
		return false;
	return is_below(host, universe) || is_below(host, "googleapis.com") || text_equal(host, "accounts.google.com");
}

char *endpoint_url(const struct endpoint *endpoint, const char *path, const char *query, const char *extra)
{
	bool has_query = query && *query;
	bool has_extra = extra && *extra;
	return mem_printf("%s%s%s%s%s%s", endpoint->own_base, path, has_query || has_extra ? "?" : "",
		has_query ? query : "", has_query && has_extra ? "&" : "", has_extra ? extra : "");
}

char *path_location(const char *path)
{
	const char *rest = text_starts(path, "projects/") ? strchr(path + strlen("projects/"), '/') : NULL;
	bool zonal = rest && text_starts(rest, "/zones/"), regional = rest && text_starts(rest, "/regions/");

	if (!zonal && !regional)
		return mem_strdup("global");
	const char *place = strchr(rest + 1, '/') + 1;
	size_t length = strcspn(place, "/");
	char *location = mem_strndup(place, length);
	char *letter = zonal ? strrchr(location, '-') : NULL; /* us-central1-a is in us-central1 */
	if (letter)
		*letter = '\0';
	return location;
}
