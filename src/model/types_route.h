/* Shared between the tables of routes: what a route, a path rule and a route rule have alike. */
#pragma once

#include "model/types_internal.h"

extern const struct type type_header_action, type_weighted_backends, type_url_redirect, type_route_action,
	type_rule_action, type_error_pages;

/* Which the rules ask for the presence of flags and objects. */
extern const struct type type_header_match, type_parameter_match;

/* see: what it makes of a member's name: nothing in a route, and where it is described in its rules. */
#define IN_ROUTE(member) NULL
#define AS_IN_ROUTE(member) "spec.routes[]." member
#define ACTION_FIELDS(owner, route_action_type, see)                                                                   \
	{"backend", &type_backend_name, AT(char *, owner, action.backend), .change = CHANGE_PLACE,                     \
		.as = see("backend"),                                                                                  \
		.text = "Name of the backend that gets the requests. Unset, with no other action of the route: "       \
			"default."},                                                                                   \
		{"weightedBackends", &type_weighted_backends,                                                          \
			AT(struct lb_weighted_backends, owner, action.weighted_backends),                              \
			.as = see("weightedBackends"),                                                                 \
			.text = "Backends that share the requests by weight, at most 8."},                             \
		{"urlRedirect", &type_url_redirect, AT(struct lb_url_redirect, owner, action.url_redirect),            \
			.as = see("urlRedirect"), .text = "Answer with a redirect."},                                  \
		{"routeAction", route_action_type, AT(struct lb_route_action, owner, action.route_action),             \
			.as = see("routeAction"), .text = "How requests are passed on."},                              \
	{                                                                                                              \
		"customErrorResponsePolicy", &type_error_pages, AT(struct lb_error_pages, owner, action.error_pages),  \
			.as = see("customErrorResponsePolicy"),                                                        \
			.text = "Pages in place of error answers; needs scheme EXTERNAL_MANAGED."                      \
	}
