/* Which backend a URL map sends a request to: hosts, longest path, first rule by priority; redirects; the map's own tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "emulator/url_map.h"

#define SERVICE(name) "\"projects/p/global/backendServices/" name "\""

#define PATHS(path, name) "{\"paths\":[\"" path "\"],\"service\":" SERVICE(name) "}"
#define RULE(priority, match, name)                                                                                    \
	"{\"priority\":" priority ",\"matchRules\":[" match "],\"service\":" SERVICE(name) "}"
#define OLD "{\"paths\":[\"/old/*\"],\"urlRedirect\":{\"prefixRedirect\":\"/v1/\",\"httpsRedirect\":true," FOUND "}}"
#define FOUND "\"redirectResponseCode\":\"FOUND\""
#define REWRITTEN                                                                                                      \
	"{\"paths\":[\"/r/*\"],\"service\":" SERVICE(                                                                  \
		"v1") ",\"routeAction\":{\"urlRewrite\":{\"pathPrefixRewrite\":\"/\"}}}"
#define CANARY                                                                                                         \
	"{\"prefixMatch\":\"/v1/\",\"headerMatches\":[{\"headerName\":\"X-Canary\",\"exactMatch\":\"1\"}]},"           \
	"{\"queryParameterMatches\":[{\"name\":\"v\",\"regexMatch\":\"2.*\"}]}"
#define BY_PATH                                                                                                        \
	PATHS("/v1/*", "v1") "," PATHS("/v1/beta/*", "beta") "," PATHS("/v1/beta", "exact") "," OLD "," REWRITTEN
#define BY_RULE                                                                                                        \
	RULE("20", "{\"prefixMatch\":\"/v1/\"}", "v1")                                                                 \
	"," RULE("10", CANARY, "canary") "," RULE("30", "{\"pathTemplateMatch\":\"/m/{model=*}/x/**\"}",               \
		"model") "," RULE("40", "{\"fullPathMatch\":\"/Full\",\"ignoreCase\":true}", "full")

#define HOSTS                                                                                                          \
	"{\"hosts\":[\"a.example.com\"],\"pathMatcher\":\"paths\"},{\"hosts\":[\"*.example.com\"],\"pathMatcher\":"    \
	"\"rules\"}"
#define MATCHERS                                                                                                       \
	"{\"name\":\"paths\",\"defaultService\":" SERVICE("rest") ",\"pathRules\":[" BY_PATH "]},"                     \
								  "{\"name\":\"rules\",\"defaultService\":" SERVICE(   \
									  "rest") ",\"routeRules\":[" BY_RULE "]}"

static const char MAP[] =
	"{\"defaultService\":" SERVICE("none") ",\"hostRules\":[" HOSTS "],\"pathMatchers\":[" MATCHERS "]}";

static void goes(const char *host, const char *path, const char *headers, const char *name)
{
	JSON_WORK(work);
	struct url_request request = {.host = host, .path = path, .headers = headers ? json_parse_text(headers) : NULL};
	struct url_outcome outcome = url_map_route(json_parse_text(MAP), &request);

	assert_true(cJSON_IsString(outcome.services));
	assert_true(text_ends(outcome.services->valuestring, arena_printf(json_arena(), "/%s", name)));
}

static void hosts_and_paths(void **state)
{
	goes("a.example.com", "/", NULL, "rest");
	goes("A.example.com:80", "/v1/x", NULL, "v1");
	goes("a.example.com", "/v1", NULL, "v1");
	goes("a.example.com", "/v1/beta/x?y", NULL, "beta");
	goes("a.example.com", "/v1/beta", NULL, "exact"); /* rather than what is as long but for a star */
	goes("b.example.com", "/v1/beta/x", NULL, "v1");
	goes("example.com", "/v1/x", NULL, "none");
	goes("b.example.org", "/", NULL, "none");
}

static void rules_by_priority(void **state)
{
	goes("b.example.com", "/v1/x", "[{\"name\":\"x-canary\",\"value\":\"1\"}]", "canary");
	goes("b.example.com", "/v1/x", "[{\"name\":\"x-canary\",\"value\":\"2\"}]", "v1");
	goes("b.example.com", "/other?a&v=2b", NULL, "canary");
	goes("b.example.com", "/other?a&v=3", NULL, "rest");
	goes("b.example.com", "/m/vision/x/y/z", NULL, "model");
	goes("b.example.com", "/m/a/b/x/y", NULL, "rest");
	goes("b.example.com", "/fULL", NULL, "full");
}

/* A template that never ends fits nothing. */
static void a_broken_template(void **state)
{
	static const char *const broken[] = {"/m/{model", "/m/{", "/m/{model=*"};

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		JSON_WORK(work);
		cJSON *map = json_parse_text(MAP);
		struct url_request request = {.host = "b.example.com", .path = "/m/a/x/y"};

		json_set_text(
			json_at(map, "pathMatchers[1].routeRules[2].matchRules[0]"), "pathTemplateMatch", broken[i]);
		assert_true(text_ends(url_map_route(map, &request).services->valuestring, "/rest"));
	}
}

static void redirects_and_rewrites(void **state)
{
	JSON_WORK(work);
	struct url_request request = {.host = "a.example.com", .path = "/old/x?y"};
	struct url_outcome outcome = url_map_route(json_parse_text(MAP), &request);

	assert_int_equal(outcome.code, 302);
	assert_null(outcome.services);
	assert_string_equal(outcome.url, "https://a.example.com/v1/x?y");
	request.path = "/r/x";
	outcome = url_map_route(json_parse_text(MAP), &request);
	assert_int_equal(outcome.code, 0);
	assert_string_equal(outcome.url, "http://a.example.com/x");
}

/* How many of the tests fail. */
static int failures(const char *tests)
{
	cJSON *map = json_parse_text(MAP), *failed = cJSON_CreateArray();
	bool passed;

	json_set(map, "tests", json_parse_text(tests));
	passed = url_map_test(map, failed);
	assert_int_equal(passed, cJSON_GetArraySize(failed) == 0);
	return cJSON_GetArraySize(failed);
}

static void tests_of_the_map(void **state)
{
	JSON_WORK(work);

	assert_int_equal(
		failures("[{\"host\":\"a.example.com\",\"path\":\"/v1/x\",\"service\":" SERVICE("v1") "}]"), 0);
	assert_int_equal(
		failures("[{\"host\":\"a.example.com\",\"path\":\"/v1/x\",\"service\":" SERVICE("v2") "}]"), 1);
	assert_int_equal(
		failures("[{\"host\":\"a.example.com\",\"path\":\"/old/x\",\"expectedRedirectResponseCode\":302,"
			 "\"expectedOutputUrl\":\"https://a.example.com/v1/x\"}]"),
		0);
	assert_int_equal(
		failures("[{\"host\":\"a.example.com\",\"path\":\"/old/x\",\"expectedRedirectResponseCode\":301}]"), 1);
}

/* Of a request that is passed on only the rest counts; of a redirect all of it. */
static void the_scheme_of_an_expected_url(void **state)
{
	JSON_WORK(work);

	assert_int_equal(failures("[{\"host\":\"a.example.com\",\"path\":\"/r/x\",\"service\":" SERVICE(
				 "v1") ",\"expectedOutputUrl\":\"https://a.example.com/x\"}]"),
		0);
	assert_int_equal(failures("[{\"host\":\"a.example.com\",\"path\":\"/r/x\",\"service\":" SERVICE(
				 "v1") ",\"expectedOutputUrl\":\"https://a.example.com/y\"}]"),
		1);
	assert_int_equal(failures("[{\"host\":\"a.example.com\",\"path\":\"/old/x\",\"expectedOutputUrl\":"
				  "\"http://a.example.com/v1/x\"}]"),
		1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_and_paths),
		cmocka_unit_test(rules_by_priority),
		cmocka_unit_test(redirects_and_rewrites),
		cmocka_unit_test(a_broken_template),
		cmocka_unit_test(tests_of_the_map),
		cmocka_unit_test(the_scheme_of_an_expected_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
