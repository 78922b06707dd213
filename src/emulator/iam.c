/* IAM Service Account Credentials: one account's token for another one's. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "emulator/call.h"
#include "emulator/core.h"

enum { LIFE_MOST_S = 3600 };

static bool refuse(struct emu_call *call, int status, const char *word, const char *message)
{
	emu_refuse(&call->refusal, status, "forbidden", "%s", message);
	call->refusal.word = word;
	return false;
}

static bool may_impersonate(const struct emu_token *token)
{
	return strstr(token->own_scope, EMU_SCOPE_ALL) ||
	       strstr(token->own_scope, "https://www.googleapis.com/auth/iam");
}

/* "a@p.iam.gserviceaccount.com" out of the path; NULL: the path says something else. */
static char *account_of(const char *path)
{
	static const char verb[] = ":generateAccessToken";
	const char *name = emu_percent_decode(strrchr(path, '/') + 1, strlen(strrchr(path, '/') + 1), false);

	return text_ends(name, verb) ? arena_strndup(json_arena(), name, strlen(name) - strlen(verb)) : NULL;
}

/* "3600s"; 0: something else. */
static int64_t read_lifetime(const cJSON *body)
{
	const char *text = json_text_or(body, "lifetime", "3600s");
	char *end;
	long s = strtol(text, &end, 10);

	return end > text && !strcmp(end, "s") && s > 0 && s <= LIFE_MOST_S ? s : 0;
}

static char *join_scopes(const cJSON *list)
{
	AUTO_STR struct str scopes = {0};

	for (const cJSON *item = cJSON_IsArray(list) ? list->child : NULL; item; item = item->next)
		if (cJSON_IsString(item))
			str_addf(&scopes, "%s%s", scopes.length ? " " : "", item->valuestring);
	return scopes.length ? arena_strdup(json_arena(), str_text(&scopes)) : NULL;
}

static bool answer(struct emu_call *call, const char *account, const char *scopes, int64_t life_s)
{
	char ends[TIME_TEXT_SIZE];
	cJSON *body = cJSON_CreateObject();

	time_text((emu_client_now_s(call->emulator) + life_s) * 1000000, ends);
	json_set_text(body, "accessToken", emu_token_issue(call->emulator, account, scopes, life_s));
	json_set_text(body, "expireTime", ends);
	return emu_answer(call, NULL, body);
}

bool emu_iam_impersonate(struct emu_call *call)
{
	const char *bearer = emu_bearer(call);
	const struct emu_token *token = bearer ? emu_token_find(call->emulator, bearer) : NULL;
	const char *account = account_of(call->path);
	const cJSON *body = json_parse(call->body, call->body_length, (struct json_limits){0}, NULL);
	const char *scopes = join_scopes(json_member(body, "scope"));

	if (!token)
		return refuse(call, 401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
	if (!account)
		return refuse(call, 404, "NOT_FOUND", "Unknown method.");
	if (!may_impersonate(token) || !emu_account_enabled(call->emulator, account))
		return refuse(call, 403, "PERMISSION_DENIED",
			"Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).");
	if (!scopes || !read_lifetime(body))
		return refuse(call, 400, "INVALID_ARGUMENT", "Request contains an invalid argument.");
	return answer(call, account, scopes, read_lifetime(body));
}
