/* The clock that counts is the loop's: an expiry is turned into a span when the credential comes, so that setting the wall
 * clock neither shortens nor lengthens it. What a plugin wrote to its output is a secret and is never told. */
#include "kube/exec_plugin.h"

#include <string.h>

#include "base/time.h"
#include "kube/client.h"

enum {
	OUTPUT_MAX = 1024 * 1024,
	RUN_MS = 60 * 1000,
	EARLY_MS = 60 * 1000, /* before the expiry: time to ask for the next one */
	AGAIN_MS = 10 * 1000, /* least time between two runs after a good one */
	FAILED_MS = 5 * 1000, /* after one that failed */
};

LIST_HEAD(wait_list, login_wait);

struct exec_plugin {
	struct login *login;
	struct process *process;                  /* running; NULL: not */
	bool good;                                /* there is a credential */
	int64_t began_at, refresh_at, expires_at; /* of it, loop time; INT64_MAX: never */
	int64_t failed_at;
	struct error failure; /* of the last run; class NONE: it went well */
	struct wait_list waits;
};

/* What a plugin's answer says. */
struct credential {
	const char *token, *certificate, *key;
	int64_t span_ms; /* how long it is good; INT64_MAX: not told */
};

static int64_t now(const struct exec_plugin *plugin)
{
	return loop_now(plugin->login->kube->loop);
}

static const struct kube_exec *exec_of(const struct exec_plugin *plugin)
{
	return &plugin->login->kube->config->exec;
}

struct exec_plugin *exec_plugin_new(struct login *login)
{
	struct exec_plugin *plugin = mem_alloc(sizeof(*plugin));
	*plugin = (struct exec_plugin){.login = login};
	LIST_INIT(&plugin->waits);
	return plugin;
}

void exec_plugin_free(struct exec_plugin *plugin)
{
	if (!plugin)
		return;
	env_stop(plugin->login->kube->env, plugin->process);
	mem_free(plugin);
}

/* --- its answer --- */

static bool bad(struct error *err, const char *why)
{
	return error_set(err, ERROR_TRANSIENT, "its output %s", why);
}

static bool token_good(const char *token)
{
	for (; *token; token++)
		if (*token <= ' ' || *token > '~')
			return false;
	return true;
}

static bool pair_read(const cJSON *status, struct credential *credential, struct error *err)
{
	credential->certificate = json_text_or(status, "clientCertificateData", "");
	credential->key = json_text_or(status, "clientKeyData", "");
	if (!*credential->certificate != !*credential->key)
		return bad(err, *credential->key ? "has a client key without a certificate"
						 : "has a client certificate without a key");
	if (*credential->certificate &&
		(!strstr(credential->certificate, "-----BEGIN ") || !strstr(credential->key, "-----BEGIN ")))
		return bad(err, "has a client certificate or key that is no PEM text");
	return true;
}

static bool span_read(
	const struct exec_plugin *plugin, const cJSON *status, struct credential *credential, struct error *err)
{
	const char *text = json_text(status, "expirationTimestamp");
	int64_t expires_us;
	credential->span_ms = INT64_MAX;
	if (!text)
		return true;
	if (!time_parse(text, &expires_us))
		return bad(err, "has an expirationTimestamp that is no time");
	credential->span_ms = (expires_us - env_wall_us(plugin->login->kube->env)) / 1000;
	return true;
}

static bool status_read(
	const struct exec_plugin *plugin, const cJSON *tree, struct credential *credential, struct error *err)
{
	const cJSON *status = json_member(tree, "status");
	const char *version = json_text_or(tree, "apiVersion", "");
	if (!text_equal(json_text(tree, "kind"), "ExecCredential"))
		return bad(err, "is no ExecCredential");
	if (!text_equal(version, exec_of(plugin)->api_version))
		return error_set(err, ERROR_TRANSIENT, "its output has apiVersion %.60s, but the kubeconfig says %s",
			version, exec_of(plugin)->api_version);
	if (!cJSON_IsObject(status))
		return bad(err, "has no status");
	credential->token = json_text_or(status, "token", "");
	if (!token_good(credential->token))
		return bad(err, "has a token with white space in it");
	if (!pair_read(status, credential, err) || !span_read(plugin, status, credential, err))
		return false;
	if (!*credential->token && !*credential->certificate)
		return bad(err, "has neither a token nor a client certificate");
	return true;
}

static char *copy_of(const char *text)
{
	return *text ? mem_strdup(text) : NULL;
}

/* A good credential begins. */
static void credential_take(struct exec_plugin *plugin, const struct credential *credential)
{
	int64_t early = credential->span_ms / 4 < EARLY_MS ? credential->span_ms / 4 : EARLY_MS;
	int64_t until = credential->span_ms - early;
	plugin->good = true;
	plugin->began_at = now(plugin);
	plugin->expires_at = plugin->refresh_at = INT64_MAX;
	if (credential->span_ms != INT64_MAX) {
		plugin->refresh_at = now(plugin) + (until > AGAIN_MS ? until : AGAIN_MS);
		plugin->expires_at = now(plugin) + (credential->span_ms > AGAIN_MS ? credential->span_ms : AGAIN_MS);
	}
	login_take(
		plugin->login, copy_of(credential->token), copy_of(credential->certificate), copy_of(credential->key));
}

static bool answer_take(struct exec_plugin *plugin, const struct process_result *result, struct error *err)
{
	JSON_WORK(work);
	struct credential credential = {.token = "", .certificate = "", .key = ""};
	if (result->exit_code != 0)
		return error_set(err, ERROR_TRANSIENT, "it ended with code %d%s%s", result->exit_code,
			*result->complaint ? ": " : "", result->complaint);
	const cJSON *tree = json_parse(result->output, result->length, (struct json_limits){0}, NULL);
	if (!tree)
		return bad(err, "is no JSON");
	if (!status_read(plugin, tree, &credential, err))
		return false;
	credential_take(plugin, &credential);
	return true;
}

/* --- its runs --- */

static void failed(struct exec_plugin *plugin, struct error *err)
{
	const char *hint = exec_of(plugin)->install_hint;
	AUTO_FREE char *plain = mem_strdup(err->message);
	bool missing = hint && text_equal(err->code, "NotFound");
	error_set(err, ERROR_TRANSIENT, "credential plugin %s: %s%s%.400s", exec_of(plugin)->command, plain,
		missing ? "; " : "", missing ? hint : "");
	error_code(err, "CredentialPlugin");
	plugin->failure = *err;
	plugin->failed_at = now(plugin);
}

/* Those who waited go on in the loop's next turn: they may free us. */
static void wake(struct exec_plugin *plugin)
{
	while (!LIST_EMPTY(&plugin->waits)) {
		struct login_wait *wait = LIST_FIRST(&plugin->waits);
		LIST_REMOVE(wait, link);
		wait->waiting = false;
		timer_start(plugin->login->kube->loop, &wait->timer, 0, wait->fn, wait->arg);
	}
}

static void on_end(void *arg, const struct process_result *result, const struct error *err)
{
	struct exec_plugin *plugin = arg;
	struct error failure = err ? *err : (struct error){0};
	plugin->process = NULL;
	plugin->failure = (struct error){0};
	if (err || !answer_take(plugin, result, &failure))
		failed(plugin, &failure);
	wake(plugin);
}

static void run(struct exec_plugin *plugin)
{
	const struct kube_exec *exec = exec_of(plugin);
	struct kube *kube = plugin->login->kube;
	struct process_request request = {.file = exec->command,
		.arguments = (const char *const *)exec->arguments.own_items,
		.variables = (const char *const *)exec->variables.own_items,
		.output_max = OUTPUT_MAX,
		.timeout_ms = RUN_MS};
	plugin->process = env_run(kube->env, kube->loop, &request, on_end, plugin);
}

static bool failed_lately(const struct exec_plugin *plugin)
{
	return plugin->failure.class != ERROR_NONE && now(plugin) - plugin->failed_at < FAILED_MS;
}

bool exec_plugin_ready(struct exec_plugin *plugin, struct login_wait *wait, loop_fn fn, void *arg)
{
	if (plugin->good && now(plugin) >= plugin->expires_at)
		plugin->good = false;
	bool wanted = !plugin->good || now(plugin) >= plugin->refresh_at;
	if (wanted && !plugin->process && !failed_lately(plugin))
		run(plugin);
	if (plugin->good || !plugin->process)
		return true;
	*wait = (struct login_wait){.fn = fn, .arg = arg, .waiting = true};
	LIST_INSERT_HEAD(&plugin->waits, wait, link);
	return false;
}

bool exec_plugin_good(const struct exec_plugin *plugin, struct error *err)
{
	if (plugin->good)
		return true;
	if (err)
		*err = plugin->failure;
	return false;
}

bool exec_plugin_refused(struct exec_plugin *plugin)
{
	if (plugin->good && now(plugin) - plugin->began_at < AGAIN_MS)
		return false;
	plugin->good = false;
	return true;
}
