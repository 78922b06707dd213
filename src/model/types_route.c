/* The table of spec.routes and routeTests: hosts, rules and what they match. */
#include "model/types_route.h"

#define PLACE(c_type, owner, member) AT(c_type, struct owner, member), .change = CHANGE_PLACE

static const struct type url_path = TEXT(1, 1024, .pattern = &pattern_url_path);
static const struct type words = TEXT(0, 1024, .pattern = &pattern_one_line);
static const struct type expression = TEXT(1, 1024, .pattern = &pattern_one_line);
static const struct type template = TEXT(1, 255, .pattern = &pattern_url_path);
static const struct type parameter_name = TEXT(1, 256, .pattern = &pattern_one_line);
static const struct type match_name = TEXT(1, 128, .pattern = &pattern_match_header);

/* pathRules */

static const struct type rule_path = TEXT(1, 1024, .pattern = &pattern_rule_path);
static const struct type rule_paths = {.kind = TYPE_LIST,
	.least = 1,
	.most = 32,
	.form = LIST_SET,
	.item = &rule_path,
	.item_text = "A path: /a, or /a/* for /a and everything below."};
static const struct field path_rule_fields[] = {
	{"name", &type_label, AT(char *, struct lb_path_rule, name), .required = true, .change = CHANGE_OURS,
		.text = "Name of the rule, for people and for merging."},
	{"paths", &rule_paths, PLACE(struct lb_texts, lb_path_rule, paths), .required = true,
		.text = "Paths that it is for, at most 32."},
	ACTION_FIELDS(struct lb_path_rule, &type_route_action, AS_IN_ROUTE),
};
static const struct type path_rule = {
	.kind = TYPE_OBJECT, FIELDS(path_rule_fields), .size = sizeof(struct lb_path_rule), .rules = path_rule_rules};
static const struct type path_rules = {.kind = TYPE_LIST,
	.most = 50,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &path_rule,
	.item_text = "One rule. Of all paths that match the longest wins, whatever their order."};

/* routeRules */

enum { EXACT_MOST = 2147483647 };
static const struct type range_end = INTEGER(-9007199254740991, 9007199254740991);
static const struct field range_fields[] = {
	{"rangeStart", &range_end, PLACE(int64_t, lb_range_match, range_start), .required = true,
		.text = "Least value."},
	{"rangeEnd", &range_end, PLACE(int64_t, lb_range_match, range_end), .required = true,
		.text = "First value beyond the range."},
};
static const struct type range = {.kind = TYPE_OBJECT, FIELDS(range_fields), .size = sizeof(struct lb_range_match)};

static const struct field header_match_fields[] = {
	{"headerName", &match_name, PLACE(char *, lb_header_match, header_name), .required = true,
		.text = "Name of the header; :method is the method."},
	{"exactMatch", &words, PLACE(char *, lb_header_match, exact_match), .text = "Value that it must have."},
	{"prefixMatch", &words, PLACE(char *, lb_header_match, prefix_match), .text = "How its value must begin."},
	{"suffixMatch", &words, PLACE(char *, lb_header_match, suffix_match), .text = "How its value must end."},
	{"regexMatch", &expression, PLACE(char *, lb_header_match, regex_match),
		.text = "RE2 expression that its value must match."},
	{"presentMatch", &type_flag, PLACE(bool, lb_header_match, present_match), .text = "Whether it must be there."},
	{"rangeMatch", &range, AT(struct lb_range_match, struct lb_header_match, range_match),
		.text = "Its value is a whole number of this range."},
	{"invertMatch", &type_flag, PLACE(bool, lb_header_match, invert_match),
		.text = "Turn the meaning around. Unset: false."},
};
const struct type type_header_match = {.kind = TYPE_OBJECT,
	FIELDS(header_match_fields),
	.size = sizeof(struct lb_header_match),
	.rules = header_match_rules};
static const struct type header_matches = {
	.kind = TYPE_LIST, .most = 8, .form = LIST_ATOMIC, .item = &type_header_match, .item_text = "One header."};

static const struct field parameter_match_fields[] = {
	{"name", &parameter_name, PLACE(char *, lb_parameter_match, name), .required = true,
		.text = "Name of the parameter."},
	{"exactMatch", &words, PLACE(char *, lb_parameter_match, exact_match), .text = "Value that it must have."},
	{"regexMatch", &expression, PLACE(char *, lb_parameter_match, regex_match),
		.text = "RE2 expression that its value must match."},
	{"presentMatch", &type_flag, PLACE(bool, lb_parameter_match, present_match),
		.text = "Whether it must be there."},
};
const struct type type_parameter_match = {.kind = TYPE_OBJECT,
	FIELDS(parameter_match_fields),
	.size = sizeof(struct lb_parameter_match),
	.rules = parameter_match_rules};
static const struct type parameter_matches = {.kind = TYPE_LIST,
	.most = 8,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &type_parameter_match,
	.item_text = "One parameter."};

static const struct field match_rule_fields[] = {
	{"prefixMatch", &url_path, PLACE(char *, lb_match_rule, prefix_match), .text = "Beginning of the path."},
	{"fullPathMatch", &url_path, PLACE(char *, lb_match_rule, full_path_match), .text = "The whole path."},
	{"regexMatch", &expression, PLACE(char *, lb_match_rule, regex_match),
		.text = "RE2 expression that the path must match."},
	{"pathTemplateMatch", &template, PLACE(char *, lb_match_rule, path_template_match),
		.text = "Path with wildcards, such as /v1/{model=*}/**."},
	{"ignoreCase", &type_flag, PLACE(bool, lb_match_rule, ignore_case),
		.text = "The path's case does not matter. Unset: false."},
	{"headerMatches", &header_matches, AT(struct lb_header_matches, struct lb_match_rule, header_matches),
		.text = "Headers, all of which must match; at most 8."},
	{"queryParameterMatches", &parameter_matches,
		AT(struct lb_parameter_matches, struct lb_match_rule, query_parameter_matches),
		.text = "Query parameters, all of which must match; at most 8."},
};
static const struct type match_rule = {.kind = TYPE_OBJECT,
	FIELDS(match_rule_fields),
	.size = sizeof(struct lb_match_rule),
	.rules = match_rule_rules};
static const struct type match_rules = {.kind = TYPE_LIST,
	.least = 1,
	.most = 8,
	.form = LIST_ATOMIC,
	.item = &match_rule,
	.item_text = "Conditions that must all hold."};

static const struct type priority = INTEGER(0, EXACT_MOST);
static const struct type description = TEXT(0, 1024, .pattern = &pattern_one_line);
static const struct field route_rule_fields[] = {
	{"priority", &priority, PLACE(int64_t, lb_route_rule, priority), .required = true,
		.text = "Place in the order; the lower number is looked at first."},
	{"description", &description, PLACE(char *, lb_route_rule, description), .text = "For people."},
	{"matchRules", &match_rules, AT(struct lb_match_rules, struct lb_route_rule, match_rules), .required = true,
		.text = "Alternatives, one of which must match; at most 8."},
	ACTION_FIELDS(struct lb_route_rule, &type_rule_action, AS_IN_ROUTE),
	{"headerAction", &type_header_action, AT(struct lb_header_action, struct lb_route_rule, header_action),
		.as = AS_IN_ROUTE("headerAction"), .text = "Header changes."},
};
static const struct type route_rule = {.kind = TYPE_OBJECT,
	FIELDS(route_rule_fields),
	.size = sizeof(struct lb_route_rule),
	.rules = route_rule_rules};
static const struct type route_rules = {.kind = TYPE_LIST,
	.most = 50,
	.form = LIST_KEYED,
	.keys = {"priority"},
	.item = &route_rule,
	.item_text = "One rule. The first one by priority that matches wins."};

/* routes */

static const struct type host = TEXT(1, 255, .pattern = &pattern_route_host);
static const struct type hosts = {.kind = TYPE_LIST,
	.least = 1,
	.most = 32,
	.form = LIST_SET,
	.item = &host,
	.item_text = "A host: a.example.com, *.example.com for all below, * for every one."};
static const struct field route_fields[] = {
	{"name", &type_label, PLACE(char *, lb_route, name), .required = true, .text = "Name of the route."},
	{"hosts", &hosts, PLACE(struct lb_texts, lb_route, hosts),
		.text = "Hosts that it is for, at most 32; a host stands in one route only. Unset: every host."},
	ACTION_FIELDS(struct lb_route, &type_route_action, IN_ROUTE),
	{"headerAction", &type_header_action, AT(struct lb_header_action, struct lb_route, header_action),
		.text = "Header changes."},
	{"pathRules", &path_rules, AT(struct lb_path_rules, struct lb_route, path_rules),
		.text = "Rules by path, at most 50; what none takes gets the route's own action."},
	{"routeRules", &route_rules, AT(struct lb_route_rules, struct lb_route, route_rules),
		.text = "Rules by path, header and query in the order of their priority, at most 50; they need scheme "
			"EXTERNAL_MANAGED."},
};
static const struct type route = {
	.kind = TYPE_OBJECT, FIELDS(route_fields), .size = sizeof(struct lb_route), .rules = route_rules_of_route};
const struct type type_routes = {.kind = TYPE_LIST,
	.most = 16,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &route,
	.item_text = "What becomes of the requests for some hosts."};

/* routeTests */

static const struct type test_host = TEXT(1, 255, .pattern = &pattern_one_line);
static const struct type test_url = TEXT(1, 2048, .pattern = &pattern_one_line);
static const struct type test_code = INTEGER(301, 308);
static const struct field test_header_fields[] = {
	{"name", &type_header_name, PLACE(char *, lb_test_header, name), .required = true, .text = "Name."},
	{"value", &words, PLACE(char *, lb_test_header, value), .required = true, .text = "Value."},
};
static const struct type test_header = {
	.kind = TYPE_OBJECT, FIELDS(test_header_fields), .size = sizeof(struct lb_test_header)};
static const struct type test_headers = {
	.kind = TYPE_LIST, .most = 8, .form = LIST_ATOMIC, .item = &test_header, .item_text = "One header."};
static const struct field test_fields[] = {
	{"name", &type_label, PLACE(char *, lb_route_test, name), .required = true, .text = "Name of the test."},
	{"host", &test_host, PLACE(char *, lb_route_test, host), .required = true, .text = "Host that is asked."},
	{"path", &url_path, PLACE(char *, lb_route_test, path), .required = true,
		.text = "Path that is asked for, with its query."},
	{"headers", &test_headers, AT(struct lb_test_headers, struct lb_route_test, headers),
		.text = "Headers of the request, at most 8."},
	{"backend", &type_backend_name, PLACE(char *, lb_route_test, backend), .text = "Backend that must get it."},
	{"expectedOutputUrl", &test_url, PLACE(char *, lb_route_test, expected_output_url),
		.text = "URL that must come out: what the backend is asked for, or where the client is sent."},
	{"expectedRedirectResponseCode", &test_code, PLACE(int64_t, lb_route_test, expected_redirect_response_code),
		.text = "Status code of the redirect that must come out."},
};
static const struct type test = {
	.kind = TYPE_OBJECT, FIELDS(test_fields), .size = sizeof(struct lb_route_test), .rules = route_test_rules};
const struct type type_route_tests = {.kind = TYPE_LIST,
	.most = 64,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &test,
	.item_text = "One request, and what must become of it."};
