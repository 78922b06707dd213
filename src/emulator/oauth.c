/* The token service and the security token service: forms in, {"access_token": ...} or {"error": ...} out (RFC 6749, RFC 8693). */
#include <string.h>

#include "base/str.h"
#include "emulator/call.h"
#include "emulator/core.h"

static const char JSON_TYPE[] = "application/json; charset=utf-8";

static bool answer(struct emu_call *call, int status, const cJSON *body)
{
	const char *text = json_print(body);

	return emu_answer_text(call, status, JSON_TYPE, text, strlen(text));
}

static bool refuse(struct emu_call *call, int status, const char *error, const char *why)
{
	cJSON *body = cJSON_CreateObject();

	json_set_text(body, "error", error);
	json_set_text(body, "error_description", why);
	call->refusal.reason = error;
	return answer(call, status, body);
}

static cJSON *access(struct emu_call *call, const char *email, const char *scope)
{
	int64_t life_s = call->emulator->identity.token_life_s;
	cJSON *body = cJSON_CreateObject();

	json_set_text(body, "access_token", emu_token_issue(call->emulator, email, scope, life_s));
	json_set_int(body, "expires_in", life_s);
	json_set_text(body, "token_type", "Bearer");
	return body;
}

/* The form, or NULL when it is none. */
static const struct emu_query *read_form(struct emu_call *call, struct emu_query *form)
{
	if (!text_starts(call->content_type, "application/x-www-form-urlencoded"))
		return NULL;
	emu_query_parse(form, call->body);
	return form;
}

/* --- accounts and persons --- */

/* Audiences that Google takes for its own. */
static bool is_google(const char *audience)
{
	static const char *const names[] = {"https://oauth2.googleapis.com/token",
		"https://accounts.google.com/o/oauth2/token", "https://www.googleapis.com/oauth2/v4/token"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text_equal(names[i], audience))
			return true;
	return false;
}

static bool grant_jwt(struct emu_call *call, const struct emu_query *form)
{
	const char *assertion = emu_query_get(form, "assertion"), *why = "Bad Request";
	const cJSON *claims = assertion ? emu_jwt_read(call->emulator, assertion, &why) : NULL;

	if (!claims)
		return refuse(call, 400, "invalid_grant", why);
	if (!is_google(json_text(claims, "aud")))
		return refuse(call, 400, "invalid_grant", "Invalid JWT: Failed audience check.");
	if (!json_text(claims, "scope"))
		return refuse(call, 400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
	return answer(call, 200, access(call, json_text(claims, "iss"), json_text(claims, "scope")));
}

static bool grant_refresh(struct emu_call *call, const struct emu_query *form)
{
	const char *client = emu_query_get(form, "client_id"), *secret = emu_query_get(form, "client_secret");
	const char *refresh = emu_query_get(form, "refresh_token");

	if (!client || !*client || !secret || !*secret)
		return refuse(call, 401, "invalid_client", "The OAuth client was not found.");
	if (!refresh || !*refresh)
		return refuse(call, 400, "invalid_request", "Missing required parameter: refresh_token");
	cJSON *body = access(call, client, EMU_SCOPE_ALL);
	json_set_text(body, "scope", EMU_SCOPE_ALL);
	return answer(call, 200, body);
}

bool emu_oauth_token(struct emu_call *call)
{
	struct emu_query space;
	const struct emu_query *form = read_form(call, &space);
	const char *grant = form ? emu_query_get(form, "grant_type") : NULL;

	if (text_equal(grant, "urn:ietf:params:oauth:grant-type:jwt-bearer"))
		return grant_jwt(call, form);
	if (text_equal(grant, "refresh_token"))
		return grant_refresh(call, form);
	return refuse(call, 400, grant ? "unsupported_grant_type" : "invalid_request",
		grant ? "Invalid grant_type" : "Missing required parameter: grant_type");
}

/* --- workloads elsewhere --- */

static bool is_audience(const char *audience)
{
	return text_starts(audience, "//iam.googleapis.com/") &&
	       (strstr(audience, "/workloadIdentityPools/") || strstr(audience, "/workforcePools/")) &&
	       strstr(audience, "/providers/");
}

/* What is wrong with the form; NULL: nothing. */
static const char *judge_exchange(const struct emu_query *form)
{
	static const char *const needed[] = {"audience", "subject_token", "subject_token_type", "scope"};

	if (!text_equal(emu_query_get(form, "grant_type"), "urn:ietf:params:oauth:grant-type:token-exchange"))
		return "Invalid grant type";
	if (!text_equal(emu_query_get(form, "requested_token_type"), "urn:ietf:params:oauth:token-type:access_token"))
		return "Invalid requested token type";
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const char *value = emu_query_get(form, needed[i]);
		if (!value || !*value)
			return arena_printf(json_arena(), "Missing required parameter: %s", needed[i]);
	}
	return NULL;
}

bool emu_sts_token(struct emu_call *call)
{
	struct emu_query space;
	const struct emu_query *form = read_form(call, &space);
	const char *why = form ? judge_exchange(form) : "Invalid content type";

	if (why)
		return refuse(call, 400, "invalid_request", why);
	if (!is_audience(emu_query_get(form, "audience")))
		return refuse(call, 400, "invalid_target",
			"The target service indicated by the \"audience\" parameters is invalid. This might either be "
			"because the "
			"pool or provider is disabled or deleted or because it doesn't exist.");
	cJSON *body = access(call, emu_query_get(form, "audience"), emu_query_get(form, "scope"));
	json_set_text(body, "issued_token_type", "urn:ietf:params:oauth:token-type:access_token");
	return answer(call, 200, body);
}
