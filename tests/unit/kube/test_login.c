/* Who we are, over time: files that others write anew, and a credential plugin that the test plays. The server tells what
 * it was sent, and accepts what the test says. */
#include "rig.h"

#define V1 "client.authentication.k8s.io/v1"
#define V1BETA1 "client.authentication.k8s.io/v1beta1"
#define PEM(text) "-----BEGIN " text "-----\\n"
#define PEM_TEXT(text) "-----BEGIN " text "-----\n"
#define CREDENTIAL(status) "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":{" status "}}"

struct fixture {
	struct rig rig;
	char token[64], certificate[64], key[64], authority[64], as[64]; /* of the last request */
	const char *refused;                                             /* token or certificate that gets 401 */
	const char *distrusted; /* with this authority, the server's certificate is not accepted */
	size_t requests;
	/* The plugin. */
	const char *output, *complaint;
	int exit_code;
	struct process *running; /* held back */
	bool hold;
	char command[64], argument[64], variable[64];
	/* The call. */
	size_t answers;
	struct error err;
};

static void copy(char to[64], const char *from)
{
	text_copy(to, 64, from ? from : "");
}

static void serve(void *arg, struct fake_call *call)
{
	struct fixture *f = arg;
	const char *token = fake_header(call, "Authorization");
	copy(f->token, token ? token + strlen("Bearer ") : NULL);
	copy(f->certificate, call->peer->client_cert_pem);
	copy(f->key, call->peer->client_key_pem);
	copy(f->authority, call->peer->ca_pem);
	copy(f->as, fake_header(call, "Impersonate-User"));
	assert_null(call->peer->ca_file);
	assert_null(call->peer->client_cert_file);
	f->requests++;
	if (f->distrusted && text_equal(f->distrusted, f->authority)) {
		fake_fail(call, "Tls", "the certificate is not accepted");
		return;
	}
	bool refused = f->refused && (text_equal(f->refused, f->token) || text_equal(f->refused, f->certificate));
	fake_answer(call, refused ? 401 : 200, "application/json", "{}");
}

static void plugin(void *arg, const struct process_request *request, struct process *process)
{
	struct fixture *f = arg;
	copy(f->command, request->file);
	copy(f->argument, request->arguments[0]);
	copy(f->variable, request->variables[0]);
	assert_true(request->timeout_ms > 0 && request->output_max > 0);
	assert_null(f->running); /* one at a time */
	if (f->hold)
		f->running = process;
	else
		fake_env_end(process, f->exit_code, f->output ? f->output : "", f->complaint ? f->complaint : "");
}

static void begin(struct fixture *f)
{
	*f = (struct fixture){0};
	rig_init(&f->rig, serve, f);
	kube_free(f->rig.kube);
	f->rig.kube = NULL;
	f->rig.env.run = plugin;
	f->rig.env.run_arg = f;
}

/* The client begins once the test has set the configuration. */
static void start(struct fixture *f)
{
	f->rig.kube = kube_new(&f->rig.loop.loop, &f->rig.env.env, &f->rig.http.http, &f->rig.config);
}

static void begin_plugin(struct fixture *f)
{
	begin(f);
	struct kube_exec *exec = &f->rig.config.exec;
	exec->command = "login";
	exec->api_version = V1;
	exec->install_hint = "get it there";
	vec_add(&exec->arguments, "get-token");
	vec_add(&exec->arguments, NULL);
	vec_add(&exec->variables, "A=b");
	vec_add(&exec->variables, NULL);
	start(f);
}

static void finish(struct fixture *f)
{
	rig_done(&f->rig);
}

static void on_answer(void *arg, const char *body, size_t length, const struct error *err)
{
	struct fixture *f = arg;
	f->answers++;
	f->err = err ? *err : (struct error){0};
}

static void send(struct fixture *f)
{
	kube_send(f->rig.kube, &(struct kube_request){.method = "GET", .path = "/x"}, on_answer, f);
	fake_loop_settle(&f->rig.loop);
}

/* A call that is carried out by the server with this token. */
static void works_with(struct fixture *f, const char *token)
{
	size_t before = f->answers;
	send(f);
	assert_int_equal(f->answers, before + 1);
	if (f->err.class != ERROR_NONE)
		fail_msg("%s", f->err.message);
	assert_string_equal(f->token, token);
}

static void fails_with(struct fixture *f, const char *message)
{
	size_t before = f->answers;
	send(f);
	assert_int_equal(f->answers, before + 1);
	assert_string_equal(f->err.message, message);
}

static void wait_s(struct fixture *f, int seconds)
{
	fake_loop_run_for(&f->rig.loop, seconds * 1000);
}

/* --- files --- */

static void test_files_are_read_again_each_minute(void **state)
{
	struct fixture f;
	begin(&f);
	f.rig.config.own_token_file = mem_strdup("/token");
	f.rig.config.own_token = mem_strdup("not this one");
	f.rig.config.peer.ca_file = "/ca";
	f.rig.config.peer.client_cert_file = "/crt";
	f.rig.config.peer.client_key_file = "/key";
	f.rig.config.headers[0] = (struct http_header){"Impersonate-User", "somebody"};
	fake_env_file(&f.rig.env, "/token", "one\n");
	fake_env_file(&f.rig.env, "/ca", PEM_TEXT("CA1"));
	fake_env_file(&f.rig.env, "/crt", PEM_TEXT("C1"));
	fake_env_file(&f.rig.env, "/key", PEM_TEXT("K1"));
	start(&f);
	works_with(&f, "one");
	assert_string_equal(f.authority, "-----BEGIN CA1-----");
	assert_string_equal(f.certificate, "-----BEGIN C1-----");
	assert_string_equal(f.key, "-----BEGIN K1-----");
	assert_string_equal(f.as, "somebody");
	fake_env_file(&f.rig.env, "/token", "two");
	fake_env_file(&f.rig.env, "/ca", PEM_TEXT("CA2"));
	fake_env_file(&f.rig.env, "/crt", PEM_TEXT("C2"));
	fake_env_file(&f.rig.env, "/key", PEM_TEXT("K2"));
	wait_s(&f, 59);
	works_with(&f, "one");
	wait_s(&f, 1);
	works_with(&f, "two");
	assert_string_equal(f.authority, "-----BEGIN CA2-----");
	assert_string_equal(f.certificate, "-----BEGIN C2-----");
	assert_string_equal(f.key, "-----BEGIN K2-----");
	finish(&f);
}

/* What the kubelet does for a moment, and what must not stop us. */
static void test_files_that_are_gone_for_a_moment(void **state)
{
	struct fixture f;
	begin(&f);
	f.rig.config.own_token_file = mem_strdup("/token");
	f.rig.config.peer.ca_file = "/ca";
	fake_env_file(&f.rig.env, "/token", "one");
	start(&f);
	fails_with(&f, "GET /x: cannot read /ca: No such file or directory");
	fake_env_file(&f.rig.env, "/ca", "nonsense");
	fails_with(&f, "GET /x: /ca holds no PEM text");
	fake_env_file(&f.rig.env, "/ca", PEM_TEXT("CA1"));
	works_with(&f, "one");
	fake_env_file(&f.rig.env, "/ca", NULL);
	fake_env_file(&f.rig.env, "/token", "");
	wait_s(&f, 120);
	works_with(&f, "one");
	assert_string_equal(f.authority, "-----BEGIN CA1-----");
	finish(&f);
}

static void test_a_certificate_that_was_renewed_after_401(void **state)
{
	struct fixture f;
	begin(&f);
	f.rig.config.peer.client_cert_file = "/crt";
	f.rig.config.peer.client_key_file = "/key";
	fake_env_file(&f.rig.env, "/crt", PEM_TEXT("C1"));
	fake_env_file(&f.rig.env, "/key", PEM_TEXT("K1"));
	start(&f);
	works_with(&f, "");
	fake_env_file(&f.rig.env, "/crt", PEM_TEXT("C2"));
	fake_env_file(&f.rig.env, "/key", PEM_TEXT("K2"));
	f.refused = "-----BEGIN C1-----";
	works_with(&f, "");
	assert_string_equal(f.certificate, "-----BEGIN C2-----");
	assert_int_equal(f.requests, 3);
	finish(&f);
}

/* The server has a certificate of another authority, and the file will say so, before a minute or after. */
static void test_an_authority_that_was_renewed_when_tls_failed(void **state)
{
	struct fixture f;
	begin(&f);
	f.rig.config.peer.ca_file = "/ca";
	fake_env_file(&f.rig.env, "/ca", PEM_TEXT("CA1"));
	start(&f);
	works_with(&f, "");
	f.distrusted = "-----BEGIN CA1-----";
	kube_send(f.rig.kube, &(struct kube_request){.method = "PATCH", .path = "/x", .body = "{}"}, on_answer, &f);
	fake_loop_settle(&f.rig.loop);
	assert_string_equal(f.err.code, "Tls");
	assert_int_equal(f.requests, 2);
	fake_env_file(&f.rig.env, "/ca", PEM_TEXT("CA2"));
	works_with(&f, "");
	assert_string_equal(f.authority, "-----BEGIN CA2-----");
	assert_int_equal(f.requests, 4);
	finish(&f);
}

/* --- the plugin --- */

static void test_a_plugin_is_run_once(void **state)
{
	struct fixture f;
	begin_plugin(&f);
	f.output = CREDENTIAL("\"token\":\"t1\"");
	works_with(&f, "t1");
	assert_string_equal(f.command, "login");
	assert_string_equal(f.argument, "get-token");
	assert_string_equal(f.variable, "A=b");
	wait_s(&f, 100000);
	works_with(&f, "t1"); /* no expiry: until the server refuses it */
	assert_int_equal(f.rig.env.runs, 1);
	finish(&f);
}

static void test_requests_wait_for_the_plugin(void **state)
{
	struct fixture f;
	begin_plugin(&f);
	f.hold = true;
	send(&f);
	send(&f);
	struct kube_call *call =
		kube_send(f.rig.kube, &(struct kube_request){.method = "GET", .path = "/y"}, on_answer, &f);
	wait_s(&f, 30);
	assert_int_equal(f.requests, 0);
	assert_int_equal(f.rig.env.runs, 1);
	kube_cancel(call);
	fake_env_end(TAKE(f.running), 0, CREDENTIAL("\"token\":\"t1\""), "");
	fake_loop_settle(&f.rig.loop);
	assert_int_equal(f.requests, 2);
	assert_int_equal(f.answers, 2);
	assert_string_equal(f.token, "t1");
	finish(&f);
}

static void test_free_while_the_plugin_runs(void **state)
{
	struct fixture f;
	begin_plugin(&f);
	f.hold = true;
	send(&f);
	kube_free(f.rig.kube);
	f.rig.kube = NULL;
	assert_int_equal(f.rig.env.alive.count, 0);
	wait_s(&f, 100);
	assert_int_equal(f.answers, 0);
	finish(&f);
}

/* The wall clock of the rig begins at 2026-01-02T03:04:05Z. */
static void test_expiry_refreshes(void **state)
{
	struct fixture f;
	begin_plugin(&f);
	f.output = CREDENTIAL("\"token\":\"t1\",\"expirationTimestamp\":\"2026-01-02T04:04:05Z\"");
	works_with(&f, "t1");
	f.output = CREDENTIAL("\"token\":\"t2\",\"expirationTimestamp\":\"2026-01-02T05:04:05+00:00\"");
	wait_s(&f, 3539);
	works_with(&f, "t1");
	assert_int_equal(f.rig.env.runs, 1);
	wait_s(&f, 1);
	f.hold = true;
	works_with(&f, "t1"); /* still good for a minute: nobody waits */
	assert_int_equal(f.rig.env.runs, 2);
	works_with(&f, "t1");
	fake_env_end(TAKE(f.running), 0, f.output, "");
	f.hold = false;
	fake_loop_settle(&f.rig.loop);
	works_with(&f, "t2");
	assert_int_equal(f.rig.env.runs, 2);
	finish(&f);
}

/* What gke-gcloud-auth-plugin writes, byte for byte, but for the time: without one where gcloud is logged in with a plain token. */
#define OF_GKE(status)                                                                                                 \
	"{\n    \"kind\": \"ExecCredential\",\n    \"apiVersion\": \"" V1BETA1 "\",\n"                                 \
	"    \"spec\": {\n        \"interactive\": false\n    },\n    \"status\": {\n" status "\n    }\n}"

static void test_the_plugin_of_gke(void **state)
{
	struct fixture f;
	begin_plugin(&f);
	f.rig.config.exec.api_version = V1BETA1;
	f.output = OF_GKE("        \"expirationTimestamp\": \"2026-01-02T04:04:05Z\",\n"
			  "        \"token\": \"ya29.c.b0AT7lpjBRmO7ghBEyMV18evd016hq\"");
	works_with(&f, "ya29.c.b0AT7lpjBRmO7ghBEyMV18evd016hq");
	wait_s(&f, 3500);
	works_with(&f, "ya29.c.b0AT7lpjBRmO7ghBEyMV18evd016hq");
	assert_int_equal(f.rig.env.runs, 1);
	f.output = OF_GKE("        \"token\": \"ya29.fake-token\"");
	wait_s(&f, 60);
	works_with(&f, "ya29.c.b0AT7lpjBRmO7ghBEyMV18evd016hq"); /* the next one is on its way */
	works_with(&f, "ya29.fake-token");
	wait_s(&f, 24 * 3600);
	works_with(&f, "ya29.fake-token");
	assert_int_equal(f.rig.env.runs, 2);
	finish(&f);
}

static void test_a_failing_refresh(void **state)
{
	struct fixture f;
	begin_plugin(&f);
	f.output = CREDENTIAL("\"token\":\"t1\",\"expirationTimestamp\":\"2026-01-02T04:04:05Z\"");
	works_with(&f, "t1");
	f.exit_code = 1;
	f.complaint = "no network";
	wait_s(&f, 3550);
	works_with(&f, "t1");
	works_with(&f, "t1");
	assert_int_equal(f.rig.env.runs, 2); /* not again at once */
	wait_s(&f, 5);
	works_with(&f, "t1");
	assert_int_equal(f.rig.env.runs, 3);
	wait_s(&f, 5);
	wait_s(&f, 45);
	fails_with(&f, "GET /x: credential plugin login: it ended with code 1: no network");
	f.exit_code = 0;
	wait_s(&f, 5);
	f.output = CREDENTIAL("\"token\":\"t2\"");
	works_with(&f, "t2");
	finish(&f);
}

static void test_401_runs_it_again_once(void **state)
{
	struct fixture f;
	begin_plugin(&f);
	f.output = CREDENTIAL("\"token\":\"t1\"");
	works_with(&f, "t1");
	f.refused = "t1";
	f.output = CREDENTIAL("\"token\":\"t2\"");
	wait_s(&f, 10);
	works_with(&f, "t2");
	assert_int_equal(f.rig.env.runs, 2);
	assert_int_equal(f.requests, 3);
	f.refused = "t2"; /* fresh, and refused: asking again would give the same */
	send(&f);
	assert_int_equal(f.err.status, 401);
	assert_int_equal(f.rig.env.runs, 2);
	wait_s(&f, 10);
	send(&f);
	assert_int_equal(f.err.status, 401);
	assert_int_equal(f.rig.env.runs, 3);
	assert_int_equal(f.requests, 6);
	finish(&f);
}

static void test_tls_credentials(void **state)
{
	struct fixture f;
	begin_plugin(&f);
	f.output = CREDENTIAL("\"clientCertificateData\":\"" PEM("C1") "\",\"clientKeyData\":\"" PEM("K1") "\"");
	works_with(&f, "");
	assert_string_equal(f.certificate, PEM_TEXT("C1"));
	assert_string_equal(f.key, PEM_TEXT("K1"));
	f.refused = PEM_TEXT("C1");
	f.output = CREDENTIAL(
		"\"token\":\"t\",\"clientCertificateData\":\"" PEM("C2") "\",\"clientKeyData\":\"" PEM("K2") "\"");
	wait_s(&f, 10);
	works_with(&f, "t");
	assert_string_equal(f.certificate, PEM_TEXT("C2"));
	finish(&f);
}

static void test_answers_that_are_no_credentials(void **state)
{
	static const struct {
		const char *output, *why;
	} rows[] = {
		{"", "its output is no JSON"},
		{"token", "its output is no JSON"},
		{"{}", "its output is no ExecCredential"},
		{"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "beta1\",\"status\":{\"token\":\"t\"}}",
			"its output has apiVersion " V1 "beta1, but the kubeconfig says " V1},
		{"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\"}", "its output has no status"},
		{CREDENTIAL(""), "its output has neither a token nor a client certificate"},
		{CREDENTIAL("\"token\":\"a b\""), "its output has a token with white space in it"},
		{CREDENTIAL("\"token\":\"a\\r\\nHost: b\""), "its output has a token with white space in it"},
		{CREDENTIAL("\"token\":\"t\",\"clientCertificateData\":\"" PEM("C") "\""),
			"its output has a client certificate without a key"},
		{CREDENTIAL("\"clientKeyData\":\"" PEM("K") "\""), "its output has a client key without a certificate"},
		{CREDENTIAL("\"clientCertificateData\":\"c\",\"clientKeyData\":\"k\""),
			"its output has a client certificate or key that is no PEM text"},
		{CREDENTIAL("\"token\":\"t\",\"expirationTimestamp\":\"tomorrow\""),
			"its output has an expirationTimestamp that is no time"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		char want[300];
		begin_plugin(&f);
		f.output = rows[i].output;
		snprintf(want, sizeof(want), "GET /x: credential plugin login: %s", rows[i].why);
		fails_with(&f, want);
		assert_int_equal(f.requests, 0);
		assert_int_equal(f.err.class, ERROR_TRANSIENT);
		finish(&f);
	}
}

static void test_a_plugin_that_is_not_installed(void **state)
{
	struct fixture f;
	begin_plugin(&f);
	f.exit_code = -1;
	f.complaint = "cannot start login: no such file or directory";
	fails_with(&f, "GET /x: credential plugin login: cannot start login: no such file or directory; get it there");
	fails_with(&f, "GET /x: credential plugin login: cannot start login: no such file or directory; get it there");
	assert_int_equal(f.rig.env.runs, 1);
	finish(&f);
}

/* It says that its credential has expired already; at most every ten seconds we ask it for a better one. */
static void test_an_expired_credential(void **state)
{
	struct fixture f;
	begin_plugin(&f);
	f.output = CREDENTIAL("\"token\":\"t1\",\"expirationTimestamp\":\"2020-01-01T00:00:00Z\"");
	works_with(&f, "t1");
	wait_s(&f, 9);
	works_with(&f, "t1");
	assert_int_equal(f.rig.env.runs, 1);
	wait_s(&f, 1);
	works_with(&f, "t1");
	assert_int_equal(f.rig.env.runs, 2);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_are_read_again_each_minute),
		cmocka_unit_test(test_files_that_are_gone_for_a_moment),
		cmocka_unit_test(test_a_certificate_that_was_renewed_after_401),
		cmocka_unit_test(test_an_authority_that_was_renewed_when_tls_failed),
		cmocka_unit_test(test_a_plugin_is_run_once),
		cmocka_unit_test(test_requests_wait_for_the_plugin),
		cmocka_unit_test(test_free_while_the_plugin_runs),
		cmocka_unit_test(test_expiry_refreshes),
		cmocka_unit_test(test_the_plugin_of_gke),
		cmocka_unit_test(test_a_failing_refresh),
		cmocka_unit_test(test_401_runs_it_again_once),
		cmocka_unit_test(test_tls_credentials),
		cmocka_unit_test(test_answers_that_are_no_credentials),
		cmocka_unit_test(test_a_plugin_that_is_not_installed),
		cmocka_unit_test(test_an_expired_credential),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
