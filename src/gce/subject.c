#include "gce/subject.h"

#include <string.h>

#include "base/secret.h"
#include "gce/executable.h"
#include "gce/url.h"

enum { TOKEN_MAX = 64 * 1024 };

struct subject {
	struct credential_io io;
	char *own_file, *own_url; /* at most one of the three */
	struct executable *own_executable;
	struct http_header headers[OAUTH_HEADERS_MAX]; /* for the URL, owned */
	bool json;                                     /* the token is a member of a JSON object */
	char *own_member;
	struct oauth_call call;
	subject_fn fn;
	void *arg;
};

/* --- fetching --- */

static void tell(struct subject *subject, const char *token, const struct error *err)
{
	subject_fn fn = subject->fn;

	subject->fn = NULL;
	fn(subject->arg, token, err);
}

/* The token in what was read, in the current arena. */
static const char *token_in(const struct subject *subject, const char *text, size_t length, struct error *err)
{
	const char *place = subject->own_file ? subject->own_file : subject->own_url;
	const cJSON *tree =
		subject->json ? json_parse(text, length, (struct json_limits){.bytes = TOKEN_MAX}, NULL) : NULL;
	const cJSON *member = json_member(tree, subject->own_member ? subject->own_member : "");
	const char *token = cJSON_IsString(member) ? member->valuestring : "";

	if (!subject->json) {
		size_t blank = strspn(text, " \t\r\n");
		while (length > blank && strchr(" \t\r\n", text[length - 1]))
			length--;
		token = length > blank ? arena_strndup(json_arena(), text + blank, length - blank) : "";
	}
	if (*token)
		return token;
	error_set(err, ERROR_TRANSIENT, subject->json ? "%s holds no JSON object with a text \"%s\"" : "%s is empty",
		place, subject->own_member);
	return NULL;
}

static void fetch_file(struct subject *subject)
{
	JSON_WORK(work);
	AUTO_SECRET_STR text = STR_INIT(TOKEN_MAX);
	struct error err = {0};
	const char *token = NULL;

	if (env_read_file(subject->io.env, subject->own_file, &text, &err))
		token = token_in(subject, str_text(&text), text.length, &err);
	err.class = ERROR_TRANSIENT; /* others may write it */
	tell(subject, token, token ? NULL : &err);
}

static void on_answer(void *arg, const struct http_answer *answer, const struct error *err)
{
	JSON_WORK(work);
	struct subject *subject = arg;
	struct error failure = {0};
	const char *token = answer ? token_in(subject, answer->body, answer->length, &failure) : NULL;

	tell(subject, token, token ? NULL : err ? err : &failure);
}

static void fetch_url(struct subject *subject)
{
	struct oauth_request request = {.method = "GET", .url = subject->own_url};

	memcpy(request.headers, subject->headers, sizeof(request.headers));
	oauth_start(&subject->call, &subject->io, &request, on_answer, subject);
}

void subject_fetch(struct subject *subject, subject_fn fn, void *arg)
{
	subject->fn = fn;
	subject->arg = arg;
	if (subject->own_executable)
		executable_fetch(subject->own_executable, fn, arg);
	else if (subject->own_file)
		fetch_file(subject);
	else
		fetch_url(subject);
}

void subject_cancel(struct subject *subject)
{
	if (subject->own_executable)
		executable_cancel(subject->own_executable);
	oauth_stop(&subject->call);
	subject->fn = NULL;
}

/* --- making one --- */

static bool refuse(struct error *err, const char *why)
{
	return error_set(err, ERROR_REJECTED, "its \"credential_source\" %s", why);
}

static bool read_format(struct subject *subject, const cJSON *source, struct error *err)
{
	const char *type = json_text_or(source, "format.type", "text");

	subject->json = text_equal(type, "json");
	subject->own_member = mem_strdup(json_text(source, "format.subject_token_field_name"));
	if (!subject->json && !text_equal(type, "text"))
		return refuse(err, "has a format.type that is neither text nor json");
	return !subject->json || subject->own_member || refuse(err, "lacks format.subject_token_field_name");
}

static bool read_headers(struct subject *subject, const cJSON *source, struct error *err)
{
	const cJSON *headers = json_member(source, "headers");
	size_t count = 0;

	for (const cJSON *item = cJSON_IsObject(headers) ? headers->child : NULL; item; item = item->next) {
		if (!cJSON_IsString(item) || count == OAUTH_HEADERS_MAX)
			return refuse(err, "has headers that are no texts, or too many");
		subject->headers[count++] =
			(struct http_header){mem_strdup(item->string), mem_strdup(item->valuestring)};
	}
	return true;
}

/* What is there, of the three. */
static bool read_source(
	struct subject *subject, const cJSON *source, const struct subject_facts *facts, struct error *err)
{
	const cJSON *executable = json_member(source, "executable");
	const char *file = json_text(source, "file"), *url = json_text(source, "url");

	if (json_has(source, "environment_id"))
		return refuse(
			err, "is of AWS, which is not supported; use a key of a service account, or an OIDC token");
	if (json_has(source, "certificate"))
		return refuse(err, "is a certificate, which is not supported");
	if (!!executable + !!file + !!url != 1)
		return refuse(err, "must have one of file, url and executable");
	if (url && !address_is_web(url))
		return refuse(err, "has a url that is no http:// or https:// address");
	subject->own_file = mem_strdup(file);
	subject->own_url = mem_strdup(url);
	if (executable)
		subject->own_executable = executable_new(&subject->io, executable, facts, err);
	return executable ? subject->own_executable != NULL
	                  : read_format(subject, source, err) && read_headers(subject, source, err);
}

struct subject *subject_new(
	const struct credential_io *io, const cJSON *source, const struct subject_facts *facts, struct error *err)
{
	struct subject *subject = mem_alloc(sizeof(*subject));

	subject->io = *io;
	if (read_source(subject, source, facts, err))
		return subject;
	subject_free(subject);
	return NULL;
}

void subject_free(struct subject *subject)
{
	if (!subject)
		return;
	subject_cancel(subject);
	executable_free(subject->own_executable);
	mem_free(subject->own_file);
	mem_free(subject->own_url);
	mem_free(subject->own_member);
	for (size_t i = 0; i < OAUTH_HEADERS_MAX && subject->headers[i].name; i++) {
		mem_free((char *)subject->headers[i].name);
		secret_free((char *)subject->headers[i].value);
	}
	mem_free(subject);
}
