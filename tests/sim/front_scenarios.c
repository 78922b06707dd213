/* Scripts about where clients arrive: HTTPS beside HTTP, certificates and their change. */
#include <string.h>

#include "base/alloc.h"
#include "sim/script.h"
#include "tools/pair.h"

enum { OBTAINED = 100 * MINUTE }; /* the longest that a managed certificate takes, with its looks */

static void stands(struct world *world, const char *object)
{
	world->at_rest = true;
	start_with(world, object);
	check_ready(world, KEY);
	world->at_rest = false;
}

void make_certificate(struct world *world, const char *name)
{
	JSON_WORK(work);
	cJSON *body = cJSON_CreateObject();
	struct pair pair;

	pair_make(&pair, "ml.example.com");
	json_set_text(body, "name", name);
	json_set_text(body, "certificate", pair.own_chain);
	json_set_text(body, "privateKey", pair.own_key);
	world_do(world, "POST", "global/sslCertificates", json_print(body));
	pair_done(&pair);
}

static void fronts(struct world *world, int maps, int http, int https)
{
	world->more = (struct more){
		.url_maps = maps - 1, .http_proxies = http - 1, .https_proxies = https, .rules = http + https - 1};
}

static void check_map(struct world *world, const char *proxies, const char *role)
{
	JSON_WORK(work);
	const char *map = json_text_or(world_list(world, proxies)->child, "urlMap", "");

	if (!text_ends(map, role))
		world_complain(world, "%s lead to %s", proxies, map);
}

#define TLS(more) "{\"frontend\":{\"tls\":{\"certificates\":[{\"name\":\"web\",\"sslCertificate\":\"web\"}]" more "}}}"

/* On, changed in every way, and off again; clients of plain HTTP are never left alone. */
void https(struct world *world)
{
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	make_certificate(world, "web");
	apiserver_edit(&world->api, KEY, TLS(""));
	check_ready(world, KEY);
	fronts(world, 2, 1, 1);
	check_map(world, "global/targetHttpProxies", "-redirect-map");
	check_map(world, "global/targetHttpsProxies", "-tf-url-map");
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY,
		TLS(",\"httpPolicy\":\"Serve\",\"port\":8443,\"quicOverride\":\"DISABLE\",\"sslPolicy\":{\"profile\":"
		    "\"RESTRICTED\"}"));
	check_ready(world, KEY);
	fronts(world, 1, 1, 1);
	world->more.ssl_policies = 1;
	check_map(world, "global/targetHttpProxies", "-tf-url-map");
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, TLS(",\"httpPolicy\":\"Disable\",\"port\":80"));
	check_ready(world, KEY);
	fronts(world, 1, 0, 1);
	world->more.ssl_policies = 1;
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, "{\"frontend\":{\"tls\":null}}");
	check_ready(world, KEY);
	fronts(world, 1, 1, 0);
	check_rest(world, 1, 1);
}

/* What the spec names is not there; then it is; then an SSL policy, too. */
void https_named(struct world *world)
{
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	check_ready(world, KEY);
	apiserver_edit(&world->api, KEY, TLS(",\"sslPolicy\":{\"name\":\"modern\"}"));
	check_reason(world, KEY, "ReferenceNotFound", "SSL certificate web does not exist");
	check_stalled(world, KEY);
	make_certificate(world, "web");
	check_reason(world, KEY, "ReferenceNotFound", "SSL policy modern does not exist");
	world_do(world, "POST", "global/sslPolicies", "{\"name\":\"modern\",\"profile\":\"MODERN\"}");
	check_ready(world, KEY);
	fronts(world, 2, 1, 1);
	check_rest(world, 1, 1);
	check_deleted(world, KEY);
	JSON_WORK(work);
	if (cJSON_GetArraySize(world_list(world, "global/sslCertificates")) != 1 ||
		cJSON_GetArraySize(world_list(world, "global/sslPolicies")) != 1)
		world_complain(world, "what others made is gone, too");
}

static void check_labels(struct world *world, const char *path, const char *key, const char *value)
{
	JSON_WORK(work);
	const cJSON *item;

	cJSON_ArrayForEach(item, world_list(world, path))
	{
		const cJSON *labels = json_member(item, "labels");

		if (!text_equal(json_text(labels, key), value) || cJSON_GetArraySize(labels) != (value ? 1 : 0))
			world_complain(world, "%s %s has the labels %s", path, json_text_or(item, "name", "?"),
				labels ? json_print(labels) : "none");
	}
}

#define BOTH(more) "{\"frontend\":{\"ipv6\":{}" more "}}"

/* IPv6 beside IPv4, labels on all of it, and away again: the address is kept until the object goes. */
void ipv6(struct world *world)
{
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	make_certificate(world, "web");
	apiserver_edit(&world->api, KEY,
		BOTH(",\"labels\":{\"team\":\"ml\"},\"httpKeepAliveTimeoutSec\":60,\"tls\":{\"certificates\":[{"
		     "\"name\":"
		     "\"web\",\"sslCertificate\":\"web\"}]}"));
	check_ready(world, KEY);
	fronts(world, 2, 2, 2);
	world->more.http_proxies = 0;
	world->more.https_proxies = 1;
	world->more.addresses = 1;
	check_rest(world, 1, 1);
	check_labels(world, "global/forwardingRules", "team", "ml");
	check_labels(world, "global/addresses", "team", "ml");
	{
		JSON_WORK(work);
		const char *address = json_text(apiserver_get(&world->api, KEY), "status.ipv6Address");

		if (!address || !strchr(address, ':'))
			world_complain(world, "status.ipv6Address is %s", address ? address : "missing");
	}
	apiserver_edit(&world->api, KEY, "{\"frontend\":{\"ipv6\":null,\"labels\":{\"team\":null}}}");
	check_ready(world, KEY);
	fronts(world, 2, 1, 1);
	world->more.addresses = 1;
	check_settled(world);
	check_labels(world, "global/forwardingRules", "team", NULL);
	check_deleted(world, KEY);
	judge_nothing(world);
}

/* --- from one front to another --- */

static const char *const ports[] = {"80-80", "443-443", "8080-8080", "8443-8443"};
enum { PORTS = sizeof(ports) / sizeof(ports[0]) };

static unsigned served(struct world *world)
{
	JSON_WORK(work);
	const cJSON *rule;
	unsigned set = 0;

	cJSON_ArrayForEach(rule, world_list(world, "global/forwardingRules"))
	{
		for (unsigned i = 0; i < PORTS; i++)
			set |= text_equal(json_text(rule, "portRange"), ports[i]) ? 1U << i : 0;
	}
	return set;
}

/* Ready by that edit, and at every moment the ports that are served before and after are served, and some port anyway. */
static void moves(struct world *world, const char *edit)
{
	unsigned before = served(world), always = before, at_all = before;

	apiserver_edit(&world->api, KEY, edit);
	for (int64_t passed = 0; passed < LONG && !world_until_ready(world, KEY, 2000); passed += 2000) {
		always &= served(world);
		at_all = served(world) ? at_all : 0;
	}
	check_ready(world, KEY);
	check_settled(world);
	if (!at_all || (before & served(world) & ~always))
		world_complain(world, "some port is not served on the way to %s", edit);
}

#define ADDRESS(type) "{\"frontend\":{\"address\":{\"type\":\"" type "\",\"name\":null}}}"
#define NAMED(name) "{\"frontend\":{\"address\":{\"type\":\"Named\",\"name\":\"" name "\"}}}"

/* Address, port and protocol in turn: a new front is there before the old one goes. */
void front_moves(struct world *world)
{
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	world_do(world, "POST", "global/addresses", "{\"name\":\"ip\"}");
	world_do(world, "POST", "global/addresses", "{\"name\":\"ip-2\"}");
	make_certificate(world, "web");
	moves(world, NAMED("ip"));
	check_event(world, "FrontMoves", "let DNS follow");
	moves(world, NAMED("ip-2"));
	moves(world, ADDRESS("Ephemeral"));
	moves(world, ADDRESS("Reserved"));
	moves(world, ADDRESS("Ephemeral"));
	moves(world, NAMED("ip"));
	moves(world, ADDRESS("Reserved"));
	moves(world, "{\"frontend\":{\"port\":8080}}");
	moves(world, "{\"frontend\":{\"tls\":{\"httpPolicy\":\"Disable\",\"certificates\":[{\"name\":\"web\","
		     "\"sslCertificate\":"
		     "\"web\"}]}}}");
	moves(world, NAMED("ip"));
	moves(world, "{\"frontend\":{\"tls\":{\"port\":8443}}}");
	moves(world, "{\"frontend\":{\"tls\":{\"port\":443,\"httpPolicy\":\"Redirect\"}}}");
	moves(world, ADDRESS("Reserved"));
	moves(world, NAMED("ip-2"));
	moves(world, "{\"frontend\":{\"tls\":null}}");
	moves(world, ADDRESS("Reserved"));
	if (has_event(world, "FrontMoves", "until then"))
		world_complain(world, "somebody had to wait");
	apiserver_edit(&world->api, KEY,
		"{\"frontend\":{\"port\":80,\"tls\":{\"port\":8080,\"httpPolicy\":\"Disable\",\"certificates\":[{"
		"\"name\":\"web\",\"sslCertificate\":\"web\"}]}}}");
	check_ready(world, KEY);
	check_event(world, "FrontMoves", "since an address has each port once; until then nobody serves port 8080");
	world->more = (struct more){.https_proxies = 1, .http_proxies = -1};
	check_rest(world, 1, 1);
}

#define OF(name, tls)                                                                                                  \
	OBJECT("default", name,                                                                                        \
		TEMPLATE "," POOL                                                                                      \
			 ",\"frontend\":{\"address\":{\"type\":\"Named\",\"name\":\"ip\"},\"ipv6\":{\"address\":{"     \
			 "\"type\":\"Named\",\"name\":\"ip6\"}}" tls "}")
#define ONLY_HTTPS                                                                                                     \
	",\"tls\":{\"httpPolicy\":\"Disable\",\"certificates\":[{\"name\":\"web\",\"sslCertificate\":\"web\"}]}"

/* Two objects on one pair of addresses and with one certificate: each port is somebody's, once. */
void front_shared(struct world *world)
{
	world_do(world, "POST", "global/addresses", "{\"name\":\"ip\"}");
	world_do(world, "POST", "global/addresses", "{\"name\":\"ip6\",\"ipVersion\":\"IPV6\"}");
	make_certificate(world, "web");
	start_with(world, OF("tf", ""));
	check_ready(world, KEY);
	apiserver_apply(&world->api, OF("secure", ONLY_HTTPS));
	check_ready(world, "default/secure");
	apiserver_apply(
		&world->api, OBJECT("default", "late",
				     TEMPLATE "," POOL ",\"frontend\":{\"port\":8080,\"ipv6\":{\"address\":{\"type\":"
					      "\"Named\",\"name\":\"ip6\"}},\"tls\":{\"httpPolicy\":\"Serve\","
					      "\"certificates\":[{\"name\":\"web\",\"sslCertificate\":\"web\"}]}}"));
	check_reason(world, "default/late", "Conflict", "my-project/ip6/443");
	check_stalled(world, "default/late");
	check_deleted(world, "default/secure");
	check_ready(world, "default/late");
	check_ready(world, KEY);
	check_nothing_refused(world);
}

/* --- certificates that Google obtains --- */

#define DOMAIN(domain) "{\"frontend\":{\"tls\":{\"certificates\":[{\"name\":\"web\",\"domains\":[\"" domain "\"]}]}}}"

static void domain_is(struct world *world, const char *domain, const char *state)
{
	JSON_WORK(work);

	world_cloud_begin(world, "POST", "/emulator/v1/world",
		arena_printf(json_arena(), "{\"domain\":{\"name\":\"%s\",\"state\":\"%s\"}}", domain, state));
}

static const cJSON *certificate_of(const cJSON *list, const char *link)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (text_ends(link, json_text_or(item, "name", "?")))
			return item;
	}
	return NULL;
}

/* Does the proxy show a certificate that clients can get? */
static bool shows_active(struct world *world)
{
	JSON_WORK(work);
	const cJSON *list = world_list(world, "global/sslCertificates");
	const cJSON *shown = json_member(world_list(world, "global/targetHttpsProxies")->child, "sslCertificates"),
		    *link;

	cJSON_ArrayForEach(link, shown)
	{
		const cJSON *found = certificate_of(list, link->valuestring);

		if (text_equal(json_text(found, "managed.status"), "ACTIVE"))
			return true;
	}
	return false;
}

static void until_obtained(struct world *world, bool gap_allowed)
{
	for (int64_t passed = 0; passed < OBTAINED; passed += MINUTE) {
		if (world_until_ready(world, KEY, MINUTE))
			return;
		if (!gap_allowed && !shows_active(world))
			world_complain(world, "no certificate for clients while another one is obtained");
	}
	world_complain(world, "the certificate was not obtained");
}

/* Born with HTTPS, DNS late; then other domains: the old certificate serves until the new one does. */
void certificates(struct world *world)
{
	start_with(world,
		OBJECT("default", "tf",
			TEMPLATE "," POOL ",\"frontend\":{\"tls\":{\"certificates\":[{\"name\":\"web\",\"domains\":["
				 "\"ml.example.com\"]}]}}"));
	domain_is(world, "ml.example.com", "FAILED_NOT_VISIBLE");
	check_reason(world, KEY, "CertificatePending", "A record of ml.example.com");
	world_run(world, 5 * MINUTE);
	check_reason(world, KEY, "CertificatePending", "FAILED_NOT_VISIBLE");
	domain_is(world, "ml.example.com", "ACTIVE");
	until_obtained(world, true);
	fronts(world, 2, 1, 1);
	world->more.certificates = 1;
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, DOMAIN("api.example.com"));
	check_reason(world, KEY, "CertificatePending", "api.example.com");
	until_obtained(world, false);
	check_rest(world, 1, 1);
	apiserver_edit(&world->api, KEY, "{\"frontend\":{\"tls\":null}}");
	check_ready(world, KEY);
	fronts(world, 1, 1, 0);
	check_rest(world, 1, 1);
}

/* HTTPS is added to what serves: plain HTTP goes on until the certificate is there. */
void certificate_later(struct world *world)
{
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	apiserver_edit(&world->api, KEY, DOMAIN("ml.example.com"));
	check_reason(world, KEY, "CertificatePending", "ml.example.com");
	check_map(world, "global/targetHttpProxies", "-tf-url-map");
	until_obtained(world, true);
	check_map(world, "global/targetHttpProxies", "-redirect-map");
	fronts(world, 2, 1, 1);
	world->more.certificates = 1;
	check_rest(world, 1, 1);
}

/* Google gives up; a new entry asks for a new one. */
void certificate_fails(struct world *world)
{
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL));
	domain_is(world, "ml.example.com", "PROVISIONING_FAILED_PERMANENTLY");
	apiserver_edit(&world->api, KEY, DOMAIN("ml.example.com"));
	check_reason(world, KEY, "CertificateFailed", "another name");
	check_stalled(world, KEY);
	domain_is(world, "ml.example.com", "ACTIVE");
	apiserver_edit(&world->api, KEY,
		"{\"frontend\":{\"tls\":{\"certificates\":[{\"name\":\"again\",\"domains\":[\"ml.example.com\"]}]}}}");
	until_obtained(world, true);
	fronts(world, 2, 1, 1);
	world->more.certificates = 1;
	check_rest(world, 1, 1);
}

/* --- certificates out of Secrets --- */

#define SECRET "\"frontend\":{\"tls\":{\"certificates\":[{\"name\":\"web\",\"secretRef\":{\"name\":\"web-tls\"}}]}}"

static void put_secret(struct world *world, const struct pair *chain, const struct pair *key)
{
	apiserver_secret(&world->api, "default", "web-tls", chain->own_chain, key ? key->own_key : NULL);
}

/* How many certificates the proxy shows, and whether this chain is one of them. */
static int count_shown(struct world *world, const struct pair *pair, bool *among)
{
	JSON_WORK(work);
	const cJSON *shown = json_member(world_list(world, "global/targetHttpsProxies")->child, "sslCertificates");
	const cJSON *all = world_list(world, "global/sslCertificates"), *link;

	*among = false;
	cJSON_ArrayForEach(link, shown) *among |=
		text_equal(json_text(certificate_of(all, link->valuestring), "certificate"), pair->own_chain);
	return cJSON_GetArraySize(shown);
}

/* And no other one? */
static bool is_shown(struct world *world, const struct pair *pair)
{
	bool among;

	return count_shown(world, pair, &among) == 1 && among;
}

/* Until then clients get the one before. */
static void until_shown(struct world *world, const struct pair *before, const struct pair *pair, int minutes)
{
	bool old, new;

	for (int i = 0; i < 60 * minutes && !is_shown(world, pair); i++) {
		count_shown(world, before, &old);
		count_shown(world, pair, &new);
		if (!old && !new)
			world_complain(world, "the proxy shows neither the old chain nor the new one");
		world_run(world, 1000);
	}
	if (!is_shown(world, pair))
		world_complain(world, "the proxy does not show the chain of the Secret");
}

/* Born with one; rotated without a gap; spoilt, which stops nothing; mended. */
void secret_rotated(struct world *world)
{
	struct pair a, b, c;

	pair_make(&a, "ml.example.com");
	pair_make(&b, "ml.example.com");
	pair_make(&c, "ml.example.com");
	put_secret(world, &a, &a);
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL "," SECRET));
	check_ready(world, KEY);
	fronts(world, 2, 1, 1);
	world->more.certificates = 1;
	if (!is_shown(world, &a))
		world_complain(world, "the first chain is not shown");
	check_rest(world, 1, 1);
	put_secret(world, &b, &b);
	until_shown(world, &a, &b, 8);
	check_rest(world, 1, 1);
	put_secret(world, &c, &a);
	check_reason(world, KEY, "SecretInvalid", "the key does not belong to the certificate");
	check_stalled(world, KEY);
	if (!is_shown(world, &b))
		world_complain(world, "a wrong pair took the good one away");
	apiserver_edit(&world->api, KEY, "{\"replicas\":2}");
	world_run(world, 10 * MINUTE); /* machines drain */
	judge_machines(world, "us-central1-a", 2);
	put_secret(world, &c, &c);
	check_ready(world, KEY);
	until_shown(world, &b, &c, 1);
	check_rest(world, 1, 1);
	pair_done(&a);
	pair_done(&b);
	pair_done(&c);
}

/* It may not be read, is not there, is wrong, and is right at last: until then nothing is written. */
void secret_late(struct world *world)
{
	struct pair a, b;

	pair_make(&a, "ml.example.com");
	pair_make(&b, "ml.example.com");
	start_with(world, OBJECT("default", "tf", TEMPLATE "," POOL "," SECRET));
	check_reason(world, KEY, "PermissionDenied",
		"--resource-name=web-tls && kubectl -n default create rolebinding tflb-web-tls --role=tflb-web-tls "
		"--serviceaccount=tflb-system:tflb-controller");
	check_stalled(world, KEY);
	apiserver_allow(&world->api, "default", "web-tls");
	check_reason(world, KEY, "ReferenceNotFound", "Secret web-tls does not exist in namespace default");
	put_secret(world, &a, NULL);
	check_reason(world, KEY, "SecretInvalid", "it has no tls.key");
	put_secret(world, &a, &b);
	check_reason(world, KEY, "SecretInvalid", "does not belong");
	if (world->cloud_writes)
		world_complain(world, "%d writes before there is a pair", (int)world->cloud_writes);
	put_secret(world, &a, &a);
	check_ready(world, KEY);
	fronts(world, 2, 1, 1);
	world->more.certificates = 1;
	check_rest(world, 1, 1);
	pair_done(&a);
	pair_done(&b);
}

/* Somebody deletes what was made of it: the Secret is read once more. From a Secret to Google and back. */
void secret_again(struct world *world)
{
	struct pair a;

	pair_make(&a, "ml.example.com");
	put_secret(world, &a, &a);
	stands(world, OBJECT("default", "tf", TEMPLATE "," POOL "," SECRET));
	world->meddled = true;
	{
		JSON_WORK(work);
		char *certificate = first_name(world, "global/sslCertificates"),
		     *proxy = first_name(world, "global/targetHttpsProxies");
		char *rule = NULL;
		const cJSON *item;

		cJSON_ArrayForEach(item, world_list(world, "global/forwardingRules"))
		{
			if (strstr(json_text_or(item, "name", ""), "https"))
				rule = arena_strdup(json_arena(), json_text(item, "name"));
		}
		world_do(world, "DELETE", arena_printf(json_arena(), "global/forwardingRules/%s", rule), NULL);
		world_do(world, "DELETE", arena_printf(json_arena(), "global/targetHttpsProxies/%s", proxy), NULL);
		world_do(world, "DELETE", arena_printf(json_arena(), "global/sslCertificates/%s", certificate), NULL);
	}
	world_run(world, 3 * MINUTE);
	check_ready(world, KEY);
	fronts(world, 2, 1, 1);
	world->more.certificates = 1;
	check_rest(world, 1, 1);
	if (!is_shown(world, &a))
		world_complain(world, "the chain is not shown again");
	apiserver_edit(&world->api, KEY, DOMAIN("ml.example.com"));
	until_obtained(world, true);
	check_rest(world, 1, 1);
	pair_done(&a);
}

/* The first of two that the proxy shows is of this chain, and the other one is Google's. */
static bool is_first_of_two(struct world *world, const struct pair *pair)
{
	JSON_WORK(work);
	const cJSON *shown = json_member(world_list(world, "global/targetHttpsProxies")->child, "sslCertificates");
	const cJSON *all = world_list(world, "global/sslCertificates");
	const cJSON *first = cJSON_GetArrayItem(shown, 0);

	return cJSON_GetArraySize(shown) == 2 &&
	       text_equal(json_text(certificate_of(all, first->valuestring), "certificate"), pair->own_chain);
}

/* A Secret beside domains whose DNS never comes: its rotation does not wait for that. */
void certificates_mixed(struct world *world)
{
	struct pair a, b;
	bool old, new;

	pair_make(&a, "ml.example.com");
	pair_make(&b, "ml.example.com");
	put_secret(world, &a, &a);
	domain_is(world, "api.example.com", "FAILED_NOT_VISIBLE");
	start_with(world,
		OBJECT("default", "tf",
			TEMPLATE "," POOL ",\"frontend\":{\"tls\":{\"certificates\":[{\"name\":\"web\",\"secretRef\":{"
				 "\"name\":\"web-tls\"}},{\"name\":\"api\",\"domains\":[\"api.example.com\"]}]}}"));
	check_reason(world, KEY, "CertificatePending", "A record of api.example.com");
	put_secret(world, &b, &b);
	for (int64_t passed = 0; passed < 8 * MINUTE && !is_first_of_two(world, &b); passed += 1000) {
		count_shown(world, &a, &old);
		count_shown(world, &b, &new);
		if (!old && !new)
			world_complain(world, "the proxy shows neither the old chain nor the new one");
		world_run(world, 1000);
	}
	if (!is_first_of_two(world, &b))
		world_complain(world, "the new chain waits for domains that are not its own");
	check_reason(world, KEY, "CertificatePending", "A record of api.example.com");
	domain_is(world, "api.example.com", "ACTIVE");
	until_obtained(world, true);
	fronts(world, 2, 1, 1);
	world->more.certificates = 2;
	check_rest(world, 1, 1);
	pair_done(&a);
	pair_done(&b);
}
