#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/str.h"
#include "gce/select.h"
#include "gce/url.h"

static void accepts_good_endpoints(void **state)
{
	static const struct {
		const char *text, *base;
		bool loopback;
	} cases[] = {
		{"https://compute.googleapis.com/compute/v1/", "https://compute.googleapis.com/compute/v1/", false},
		{"https://compute.googleapis.com/compute/v1", "https://compute.googleapis.com/compute/v1/", false},
		{"https://localhost:8443", "https://localhost:8443/", false},
		{"http://127.0.0.1:8080/compute/v1", "http://127.0.0.1:8080/compute/v1/", true},
		{"http://127.9.9.9", "http://127.9.9.9/", true},
		{"http://localhost:1/x", "http://localhost:1/x/", true},
		{"http://[::1]:8080/compute/v1/", "http://[::1]:8080/compute/v1/", true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct endpoint endpoint;
		struct error err = {0};
		assert_true(endpoint_parse(&endpoint, cases[i].text, &err));
		assert_string_equal(endpoint.own_base, cases[i].base);
		assert_int_equal(endpoint.loopback, cases[i].loopback);
		endpoint_done(&endpoint);
	}
}

static void refuses_bad_endpoints(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", "https://"},
		{"compute.googleapis.com", "https://"},
		{"ftp://x", "https://"},
		{"http://compute.googleapis.com/compute/v1", "127.0.0.1"},
		{"http://127.0.0.1.example.com/", "127.0.0.1"},
		{"http://127.1/", "127.0.0.1"},
		{"http://128.0.0.1/", "127.0.0.1"},
		{"http://localhost.example.com/", "127.0.0.1"},
		{"http://[::2]/", "127.0.0.1"},
		{"http://[::ffff:8.8.8.8]/", "127.0.0.1"},
		{"https://user:secret@host/", "characters"},
		{"http://127.0.0.1@example.com/", "characters"},
		{"https://host/?x=1", "characters"},
		{"https://host/#x", "characters"},
		{"https://ho st/", "characters"},
		{"https://host/\r\nHost: x", "characters"},
		{"https:///path", "no host"},
		{"https://:80/", "no host"},
		{"https://[::1/", "no host"},
		{"https://[::1]x/", "no host"},
		{"https://host:/", "port"},
		{"https://host:0/", "port"},
		{"https://host:65536/", "port"},
		{"https://host:80x/", "port"},
		{"http://[::1]:99999/", "port"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct endpoint endpoint = {0};
		struct error err = {0};
		if (endpoint_parse(&endpoint, cases[i].text, &err))
			fail_msg("accepted %s", cases[i].text);
		assert_int_equal(err.class, ERROR_REJECTED);
		if (!strstr(err.message, cases[i].why))
			fail_msg("%s: %s", cases[i].text, err.message);
		assert_non_null(strstr(err.message, "write for example https://compute.googleapis.com/compute/v1/"));
		assert_null(strstr(err.message, "secret"));
		assert_null(endpoint.own_base);
	}
	struct error err = {0};
	assert_false(endpoint_parse(&(struct endpoint){0}, NULL, &err));
}

static void puts_addresses_together(void **state)
{
	struct endpoint endpoint;
	assert_true(endpoint_parse(&endpoint, "https://h/v1", NULL));
	static const struct {
		const char *query, *extra, *want;
	} cases[] = {
		{NULL, NULL, "https://h/v1/projects/p"},
		{"", "", "https://h/v1/projects/p"},
		{"a=1", NULL, "https://h/v1/projects/p?a=1"},
		{NULL, "b=2", "https://h/v1/projects/p?b=2"},
		{"a=1", "b=2", "https://h/v1/projects/p?a=1&b=2"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_FREE char *url = endpoint_url(&endpoint, "projects/p", cases[i].query, cases[i].extra);
		assert_string_equal(url, cases[i].want);
	}
	endpoint_done(&endpoint);
}

static void knows_plain_paths(void **state)
{
	assert_true(path_is_plain("projects/p/global/urlMaps/x-1"));
	assert_true(path_is_plain("projects/example.com:p/global/urlMaps"));
	static const char *const bad[] = {"", "/projects/p", "projects/../q", "projects//q", "projects/p?x",
		"projects/p#x", "projects/p q", "projects/p%2f", "projects/p\n", "projects/\xc3\xbc", "projects/a@b"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(path_is_plain(bad[i]));
}

static void shortens_paths_for_people(void **state)
{
	assert_string_equal(path_below_project("projects/p/global/urlMaps/x"), "urlMaps/x");
	assert_string_equal(
		path_below_project("projects/p/zones/z/instanceGroupManagers/x"), "zones/z/instanceGroupManagers/x");
	assert_string_equal(path_below_project("projects/p"), "projects/p");
	assert_string_equal(path_below_project("zones"), "zones");
}

static void completes_selectors(void **state)
{
	static const struct {
		const char *query;
		bool aggregated;
		const char *want;
	} cases[] = {
		{"filter=x", false, "filter=x"},
		{"fields=items(name)", false, "fields=items(name),kind,nextPageToken,warning"},
		{"fields=items(name)", true, "fields=items(name),kind,nextPageToken,warning,unreachables"},
		{"fields=items(kind,warning),nextPageToken,kind", false,
			"fields=items(kind,warning),nextPageToken,kind,warning"},
		{"fields=items(a,warning,b)", false, "fields=items(a,warning,b),kind,nextPageToken,warning"},
		{"a=1&fields=kindred,items/name&b=2", false,
			"a=1&fields=kindred,items/name,kind,nextPageToken,warning&b=2"},
		{"fields=warning(code),kind,nextPageToken,unreachables,items", true,
			"fields=warning(code),kind,nextPageToken,unreachables,items"},
	};
	assert_null(list_query(NULL, true));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_FREE char *query = list_query(cases[i].query, cases[i].aggregated);
		assert_string_equal(query, cases[i].want);
	}
}

static void tells_the_universe_of_an_endpoint(void **state)
{
	static const struct {
		const char *endpoint, *universe;
	} cases[] = {
		{"https://compute.googleapis.com/compute/v1/", "googleapis.com"},
		{"https://www.googleapis.com/compute/v1/", "googleapis.com"},
		{"https://compute-mine.p.googleapis.com/compute/v1/", "googleapis.com"},
		{"https://compute.apis-s3ns.fr/compute/v1/", "apis-s3ns.fr"},
		{"https://10.0.0.1/compute/v1/", NULL},
		{"https://proxy.example/compute/v1/", NULL},
		{"http://127.0.0.1:80/", NULL},
		{"https://compute./compute/v1/", NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct endpoint endpoint;
		assert_true(endpoint_parse(&endpoint, cases[i].endpoint, NULL));
		AUTO_FREE char *universe = endpoint_universe(&endpoint);
		assert_true(text_equal(universe, cases[i].universe));
		endpoint_done(&endpoint);
	}
}

static void secrets_go_to_google_and_this_machine_only(void **state)
{
	static const char *const trusted[] = {"https://oauth2.googleapis.com/token",
		"https://sts.googleapis.com/v1/token", "https://accounts.google.com/o/oauth2/token",
		"https://sts.u.test/v1/token", "https://STS.U.TEST:443/v1/token", "http://127.0.0.1:8080/token",
		"http://[::1]/token", "https://localhost/token",
		"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b:generateAccessToken",
		"https://sts.googleapis.com?x"};
	static const char *const others[] = {"", "sts.googleapis.com", "http://oauth2.googleapis.com/token",
		"https://googleapis.com/token", "https://evil.test/token", "https://evilgoogleapis.com/token",
		"https://googleapis.com.evil.test/", "https://oauth2.googleapis.com@evil.test/token",
		"https://evil.test/?.googleapis.com", "https://evil.test#.googleapis.com",
		"https://evil.test\\.googleapis.com/", "ftp://oauth2.googleapis.com/", "https:///token",
		"https://oauth2.googleapis.com:port/", "https://evil.test/ .googleapis.com",
		"https://127.0.0.1.evil.test/", "file://localhost/etc/passwd"};
	for (size_t i = 0; i < sizeof(trusted) / sizeof(trusted[0]); i++)
		assert_true(address_is_trusted(trusted[i], "u.test"));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(address_is_trusted(others[i], "u.test"));
	assert_false(address_is_trusted("https://sts.u.test/v1/token", "googleapis.com"));
	assert_false(address_is_trusted("https://evil.test/v1/token", ""));
}

static void tells_where_a_call_is_counted(void **state)
{
	static const struct {
		const char *path, *location;
	} cases[] = {
		{"projects/p/global/urlMaps/x", "global"},
		{"projects/p/aggregated/operations", "global"},
		{"projects/p/zones/us-central1-a/instanceGroupManagers/x", "us-central1"},
		{"projects/p/regions/europe-west4/operations/o/wait", "europe-west4"},
		{"projects/p/zones/z/operations", "z"},
		{"projects/p/zones", "global"},
		{"projects/p", "global"},
		{"zones/z", "global"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_FREE char *location = path_location(cases[i].path);
		assert_string_equal(location, cases[i].location);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_good_endpoints),
		cmocka_unit_test(refuses_bad_endpoints),
		cmocka_unit_test(puts_addresses_together),
		cmocka_unit_test(knows_plain_paths),
		cmocka_unit_test(shortens_paths_for_people),
		cmocka_unit_test(tells_where_a_call_is_counted),
		cmocka_unit_test(tells_the_universe_of_an_endpoint),
		cmocka_unit_test(secrets_go_to_google_and_this_machine_only),
		cmocka_unit_test(completes_selectors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
