#include "gce/executable.h"

#include <string.h>

#include "base/map.h"
#include "base/secret.h"

enum {
	TIMEOUT_MS = 30 * 1000,
	TIMEOUT_LEAST_MS = 5 * 1000,
	TIMEOUT_MOST_MS = 120 * 1000,
	OUTPUT_MAX = 256 * 1024,
	VERSION_MAX = 1,
};

static const char ALLOWED[] = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES";
static const char ID_TOKEN[] = "urn:ietf:params:oauth:token-type:id_token";
static const char JWT[] = "urn:ietf:params:oauth:token-type:jwt";
static const char SAML[] = "urn:ietf:params:oauth:token-type:saml2";

struct executable {
	struct credential_io io;
	struct vec words;      /* the command and its arguments, ends with NULL */
	struct vec variables;  /* "NAME=value", ends with NULL */
	char *own_output_file; /* where it keeps its last answer; NULL: nowhere */
	int timeout_ms;
	struct process *process; /* running; NULL: not */
	subject_fn fn;
	void *arg;
};

static bool is_allowed(struct env *env, struct error *err)
{
	if (text_equal(env_variable(env, ALLOWED), "1"))
		return true;
	return error_set(err, ERROR_REJECTED, "its \"executable\" is not run: set %s to 1 to allow it", ALLOWED);
}

/* --- its answer --- */

static const char *token_of(const cJSON *answer, struct error *err)
{
	const char *type = json_text_or(answer, "token_type", "");
	bool saml = text_equal(type, SAML);
	const char *token = json_text(answer, saml ? "saml_response" : "id_token");

	if (!saml && !text_equal(type, ID_TOKEN) && !text_equal(type, JWT))
		error_set(err, ERROR_TRANSIENT, "its output has a token_type that is not known");
	else if (!token || !*token)
		error_set(err, ERROR_TRANSIENT, "its output has no %s", saml ? "saml_response" : "id_token");
	else
		return token;
	return NULL;
}

static const char *refusal_of(const cJSON *answer, struct error *err)
{
	AUTO_FREE char *code = secret_clean(json_text_or(answer, "code", ""), (const char *[]){NULL});
	AUTO_FREE char *message = secret_clean(json_text_or(answer, "message", ""), (const char *[]){NULL});

	error_set(err, ERROR_TRANSIENT, "it says %s: %s", code, message);
	return NULL;
}

/* The token in an answer, in the current arena. */
static const char *read_answer(const struct executable *executable, const char *text, size_t length, struct error *err)
{
	const cJSON *answer = json_parse(text, length, (struct json_limits){.bytes = OUTPUT_MAX, .depth = 8}, NULL);
	int64_t version = json_int(answer, "version", 0), ends = json_int(answer, "expiration_time", INT64_MAX);

	if (!cJSON_IsObject(answer) || !cJSON_IsBool(json_member(answer, "success")))
		error_set(err, ERROR_TRANSIENT, "its output is no JSON object with success");
	else if (version < 1 || version > VERSION_MAX)
		error_set(err, ERROR_TRANSIENT, "its output has a version that is not 1");
	else if (!json_bool(answer, "success", false))
		return refusal_of(answer, err);
	else if (ends < env_wall_us(executable->io.env) / 1000000)
		error_set(err, ERROR_TRANSIENT, "its token has expired");
	else
		return token_of(answer, err);
	return NULL;
}

/* The answer that it kept, if that is good and says until when. */
static const char *read_kept(const struct executable *executable)
{
	AUTO_SECRET_STR text = STR_INIT(OUTPUT_MAX);
	struct error ignored;

	if (!executable->own_output_file ||
		!env_read_file(executable->io.env, executable->own_output_file, &text, &ignored))
		return NULL;
	const char *token = read_answer(executable, str_text(&text), text.length, &ignored);
	const cJSON *answer = token ? json_parse(str_text(&text), text.length, (struct json_limits){0}, NULL) : NULL;
	return json_has(answer, "expiration_time") ? token : NULL;
}

/* --- its runs --- */

static void tell(struct executable *executable, const char *token, struct error *err)
{
	subject_fn fn = executable->fn;

	if (err)
		error_context(err, "program %s", (const char *)executable->words.own_items[0]);
	executable->fn = NULL;
	fn(executable->arg, token, err);
}

static void on_end(void *arg, const struct process_result *result, const struct error *err)
{
	JSON_WORK(work);
	struct executable *executable = arg;
	struct error failure = err ? *err : (struct error){0};
	const char *token = NULL;

	executable->process = NULL;
	if (result && result->exit_code != 0) {
		AUTO_FREE char *complaint = secret_clean(result->complaint, (const char *[]){NULL});
		error_set(&failure, ERROR_TRANSIENT, "it ended with code %d%s%s", result->exit_code,
			*complaint ? ": " : "", complaint);
	} else if (result) {
		token = result->length ? read_answer(executable, result->output, result->length, &failure)
		                       : read_kept(executable);
		if (!token && failure.class == ERROR_NONE)
			error_set(&failure, ERROR_TRANSIENT, "it wrote nothing");
	}
	failure.class = ERROR_TRANSIENT;
	tell(executable, token, token ? NULL : &failure);
}

void executable_fetch(struct executable *executable, subject_fn fn, void *arg)
{
	JSON_WORK(work);
	struct process_request request = {.file = executable->words.own_items[0],
		.arguments = (const char *const *)executable->words.own_items + 1,
		.variables = (const char *const *)executable->variables.own_items,
		.output_max = OUTPUT_MAX,
		.timeout_ms = executable->timeout_ms};
	const char *kept = read_kept(executable);

	executable->fn = fn;
	executable->arg = arg;
	if (kept)
		tell(executable, kept, NULL);
	else
		executable->process = env_run(executable->io.env, executable->io.loop, &request, on_end, executable);
}

void executable_cancel(struct executable *executable)
{
	env_stop(executable->io.env, TAKE(executable->process));
	executable->fn = NULL;
}

/* --- making one --- */

static void split_command(struct executable *executable, const char *command)
{
	static const char blanks[] = " \t\r\n";

	for (command += strspn(command, blanks); *command; command += strspn(command, blanks)) {
		size_t length = strcspn(command, blanks);
		vec_add(&executable->words, mem_strndup(command, length));
		command += length;
	}
	vec_add(&executable->words, NULL);
}

static void set_variable(struct executable *executable, const char *name, const char *value)
{
	if (value)
		vec_add(&executable->variables, mem_printf("GOOGLE_EXTERNAL_ACCOUNT_%s=%s", name, value));
}

static void set_variables(struct executable *executable, const struct subject_facts *facts)
{
	set_variable(executable, "AUDIENCE", facts->audience);
	set_variable(executable, "TOKEN_TYPE", facts->token_type);
	set_variable(executable, "ID", facts->email ? facts->email : "");
	set_variable(executable, "IMPERSONATED_EMAIL", facts->email);
	set_variable(executable, "INTERACTIVE", "0");
	set_variable(executable, "REVOKE", "0");
	set_variable(executable, "OUTPUT_FILE", executable->own_output_file);
	vec_add(&executable->variables, NULL);
}

struct executable *executable_new(
	const struct credential_io *io, const cJSON *source, const struct subject_facts *facts, struct error *err)
{
	const char *command = json_text_or(source, "command", "");
	int64_t timeout_ms = json_int(source, "timeout_millis", TIMEOUT_MS);

	if (!is_allowed(io->env, err))
		return NULL;
	if (!command[strspn(command, " \t\r\n")]) {
		error_set(err, ERROR_REJECTED, "its \"executable\" has no command");
		return NULL;
	}
	if (timeout_ms < TIMEOUT_LEAST_MS || timeout_ms > TIMEOUT_MOST_MS) {
		error_set(err, ERROR_REJECTED, "its \"timeout_millis\" must be 5000 to 120000");
		return NULL;
	}
	struct executable *executable = mem_alloc(sizeof(*executable));
	*executable = (struct executable){.io = *io, .timeout_ms = (int)timeout_ms};
	executable->own_output_file = mem_strdup(json_text(source, "output_file"));
	split_command(executable, command);
	set_variables(executable, facts);
	return executable;
}

void executable_free(struct executable *executable)
{
	if (!executable)
		return;
	executable_cancel(executable);
	vec_done(&executable->words, mem_free);
	vec_done(&executable->variables, mem_free);
	mem_free(executable->own_output_file);
	mem_free(executable);
}
