/* Which backend a URL map sends a request to: hosts, longest path, first rule by priority; redirects; the map's own tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "emulator/url_map.h"

#define SERVICE(name) "\"projects/p/global/backendServices/" name "\""

static const char MAP
	[] = "{\"defaultService\":" SERVICE("none") ",\"hostRules\":[{\"hosts\":[\"a.example.com\"],\"pathMatcher\":"
						    "\"paths\"},"
						    "{\"hosts\":[\"*.example.com\"],\"pathMatcher\":\"rules\"}],"
						    "\"pathMatchers\":["
						    "{\"name\":\"paths\",\"defaultService\":" SERVICE(
							    "rest") ",\"pathRules\":["
								    "{\"paths\":[\"/v1/*\"],\"service\":" SERVICE("v1") "},{\"paths\":[\"/v1/beta/*\"],\"service\":" SERVICE(
									    "beta") "},"
										    "{\"paths\":[\"/old/"
										    "*\"],\"urlRedirect\":{"
										    "\"prefixRedirect\":\"/v1/"
										    "\",\"httpsRedirect\":true,"
										    "\"redirectResponseCode\":"
										    "\"FOUND\"}},"
										    "{\"paths\":[\"/r/"
										    "*\"],\"service\":" SERVICE(
											    "v1") ",\"routeAction\":{"
												  "\"urlRewrite\":{"
												  "\"pathPrefixRewrite"
												  "\":\"/\"}}}]},"
												  "{\"name\":\"rules\","
												  "\"defaultService\""
												  ":" SERVICE(
													  "rest") ",\"r"
														  "oute"
														  "Rule"
														  "s\":"
														  "["
														  "{\"p"
														  "rior"
														  "ity"
														  "\":"
														  "20,"
														  "\"ma"
														  "tchR"
														  "ules"
														  "\":["
														  "{\"p"
														  "refi"
														  "xMat"
														  "ch\""
														  ":\"/"
														  "v1/"
														  "\"}]"
														  ",\"s"
														  "ervi"
														  "ce\""
														  ":" SERVICE(
															  "v1") "},"
																"{\"priority\":10,\"matchRules\":[{\"prefixMatch\":\"/v1/\",\"headerMatches\":[{\"headerName\":\"X-Canary\","
																"\"exactMatch\":\"1\"}]},{\"queryParameterMatches\":[{\"name\":\"v\",\"regexMatch\":\"2.*\"}]}],\"service\":" SERVICE(
																	"canary") "},"
																		  "{\"priority\":30,\"matchRules\":[{\"pathTemplateMatch\":\"/m/{model=*}/x/**\"}],\"service\":" SERVICE(
																			  "model") "},"
																				   "{\"priority\":40,\"matchRules\":[{\"fullPathMatch\":\"/Full\",\"ignoreCase\":true}],\"service\":" SERVICE(
																					   "full") "}]}]}";

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_and_paths),
		cmocka_unit_test(rules_by_priority),
		cmocka_unit_test(redirects_and_rewrites),
		cmocka_unit_test(tests_of_the_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
