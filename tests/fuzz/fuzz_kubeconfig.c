/* A kubeconfig file, and what the credential plugin that it names says. Read twice it says the same, a refusal names the file, and
 * a request that was sent carries a token that may stand in a header. */
#include "fuzz.h"

#include <strings.h>

#include "base/secret.h"
#include "base/str.h"
#include "kube/kube.h"
#include "session.h"

static const struct kube_config_options options = {.path = "/k/config"};

static void on_answer(void *arg, const char *body, size_t length, const struct error *err)
{
	unsigned *told = arg;
	assert(!(*told)++ && !body == !!err);
	assert(!err || is_error(err));
}

static void on_request(void *arg, const struct fake_call *call)
{
	const char *bearer = fake_header(call, "Authorization");
	for (size_t i = 0; i < HTTP_HEADERS_MAX && call->headers[i].name; i++)
		assert(!strpbrk(call->headers[i].value, "\r\n") && !strpbrk(call->headers[i].name, "\r\n: "));
	if (bearer)
		assert(text_starts(bearer, "Bearer ") && secret_is_token(bearer + strlen("Bearer ")));
	assert(text_starts(call->url, "https://") || text_starts(call->url, "http://"));
}

static void ask(struct session *session, const struct kube_config *config)
{
	unsigned told = 0;
	session->programs = true;
	session->see = on_request;
	struct kube *kube = kube_new(&session->loop.loop, &session->env.env, &session->http.http, config);
	kube_send(kube, &(struct kube_request){.method = "GET", .path = "/x"}, on_answer, &told);
	session_run(session);
	kube_free(kube);
}

static void read(struct session *session)
{
	struct kube_config config = {0}, again = {0};
	struct error err = {0};
	if (!kube_config_load(&session->env.env, &options, &config, &err)) {
		assert(is_error(&err) && strstr(err.message, "/k/"));
		return;
	}
	assert(kube_config_load(&session->env.env, &options, &again, &err));
	assert(text_equal(config.own_server, again.own_server) && text_equal(config.own_token, again.own_token));
	assert(config.own_server && !text_ends(config.own_server, "/"));
	ask(session, &config);
	kube_config_done(&config);
	kube_config_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct session session;
	struct input input = {(const char *)bytes, length, false};
	struct part file;
	input_part(&input, &file);
	session_open(&session, input, 0);
	fake_env_file(&session.env, "/k/config", part_text(file));
	fake_env_file(&session.env, "/k/token", "abc\n");
	fake_env_file(&session.env, "/k/ca.crt", "-----BEGIN CERTIFICATE-----\n");
	read(&session);
	session_close(&session);
	return 0;
}
