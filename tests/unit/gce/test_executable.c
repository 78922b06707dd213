/* Programs that print a token: what they are told, and what is taken from their words. */
#include "credential_rig.h"

#include "base/time.h"

#define ACCOUNT(executable, more)                                                                                      \
	"{'type':'external_account','audience':'//iam.googleapis.com/pool','subject_token_type':'urn:x',"              \
	"'credential_source':{'executable':" executable "}" more "}"
#define PROGRAM "{'command':' /bin/print-token  --for me '}"
#define KEPT "{'command':'/bin/print-token','timeout_millis':5000,'output_file':'/kept'}"
#define TOKEN(more)                                                                                                    \
	"{\"version\":1,\"success\":true,\"token_type\":\"urn:ietf:params:oauth:token-type:id_token\"" more "}"
#define GOOD TOKEN(",\"id_token\":\"printed\"")

struct seen {
	char file[64], arguments[128], variables[512];
	int timeout_ms;
	struct process *process;
};
static struct seen seen;

static void join(char *to, size_t size, const char *const *words)
{
	AUTO_STR struct str text = STR_INIT(4096);
	for (; *words; words++)
		str_addf(&text, "%s%s", text.length ? " " : "", *words);
	assert_true(text_copy(to, size, str_text(&text)));
}

static void on_run(void *arg, const struct process_request *request, struct process *process)
{
	seen = (struct seen){.timeout_ms = request->timeout_ms, .process = process};
	text_copy(seen.file, sizeof(seen.file), request->file);
	join(seen.arguments, sizeof(seen.arguments), request->arguments);
	join(seen.variables, sizeof(seen.variables), request->variables);
}

static int setup(void **state)
{
	rig_setup(state);
	struct rig *rig = *state;
	rig->env.run = on_run;
	fake_env_variable(&rig->env, "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
	return 0;
}

static void make(struct rig *rig, const char *file)
{
	struct error err;
	if (!rig_make(rig, file, &err))
		fail_msg("%s", err.message);
}

static void end(struct rig *rig, int code, const char *output, const char *complaint)
{
	fake_loop_settle(&rig->loop);
	fake_env_end(seen.process, code, output, complaint);
	fake_loop_settle(&rig->loop);
}

static void runs_it_as_documented(void **state)
{
	struct rig *rig = *state;
	make(rig, ACCOUNT(PROGRAM, ""));
	rig_fetch(rig);
	end(rig, 0, GOOD, "");
	assert_string_equal(seen.file, "/bin/print-token");
	assert_string_equal(seen.arguments, "--for me");
	assert_string_equal(seen.variables,
		"GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE=//iam.googleapis.com/pool GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE=urn:x "
		"GOOGLE_EXTERNAL_ACCOUNT_ID= GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE=0 GOOGLE_EXTERNAL_ACCOUNT_REVOKE=0");
	assert_int_equal(seen.timeout_ms, 30000);
	assert_field(rig_next(rig), "subject_token", "printed");
}

static void tells_it_whom_it_is_for(void **state)
{
	struct rig *rig = *state;
	make(rig,
		ACCOUNT(KEPT, ",'service_account_impersonation_url':'http://127.0.0.1/a@b.test:generateAccessToken'"));
	rig_fetch(rig);
	end(rig, 0, GOOD, "");
	assert_non_null(strstr(seen.variables, "GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL=a@b.test "));
	assert_non_null(strstr(seen.variables, "GOOGLE_EXTERNAL_ACCOUNT_ID=a@b.test "));
	assert_non_null(strstr(seen.variables, "GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE=/kept"));
	assert_int_equal(seen.timeout_ms, 5000);
}

static void takes_saml_too(void **state)
{
	struct rig *rig = *state;
	make(rig, ACCOUNT(PROGRAM, ""));
	rig_fetch(rig);
	end(rig, 0,
		"{\"version\":1,\"success\":true,\"token_type\":\"urn:ietf:params:oauth:token-type:saml2\","
		"\"saml_response\":\"PHNhbWw+\"}",
		"");
	assert_field(rig_next(rig), "subject_token", "PHNhbWw+");
}

static void failures_are_told_without_secrets(void **state)
{
	static const struct {
		int code;
		const char *output, *complaint, *message;
	} cases[] = {
		{3, "canary", "no login for eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl",
			"it ended with code 3: no login for [...]"},
		{3, "canary", "", "it ended with code 3"},
		{-1, "", "there is no such program", "there is no such program"},
		{0, "", "", "it wrote nothing"},
		{0, "canary", "", "its output is no JSON object with success"},
		{0, "[]", "", "its output is no JSON object with success"},
		{0, "{\"version\":1}", "", "its output is no JSON object with success"},
		{0, "{\"success\":true}", "", "its output has a version that is not 1"},
		{0, "{\"version\":2,\"success\":true}", "", "its output has a version that is not 1"},
		{0, "{\"version\":1,\"success\":false,\"code\":\"401\",\"message\":\"who are you?\"}", "",
			"it says 401: who are you?"},
		{0, "{\"version\":1,\"success\":true}", "", "its output has a token_type that is not known"},
		{0, TOKEN(""), "", "its output has no id_token"},
		{0, TOKEN(",\"id_token\":\"canary\",\"expiration_time\":1000"), "", "its token has expired"},
	};
	struct rig *rig = *state;
	make(rig, ACCOUNT(PROGRAM, ""));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_FREE char *message = mem_printf("program /bin/print-token: %s", cases[i].message);
		rig_fetch(rig);
		end(rig, cases[i].code, cases[i].output, cases[i].complaint);
		assert_int_equal(rig->told, 1);
		assert_int_equal(rig->err.class, ERROR_TRANSIENT);
		assert_string_equal(rig->err.message, message);
	}
}

static void an_answer_that_it_kept_spares_a_run(void **state)
{
	struct rig *rig = *state;
	make(rig, ACCOUNT(KEPT, ""));
	fake_env_file(&rig->env, "/kept", TOKEN(",\"id_token\":\"kept\",\"expiration_time\":9999999999"));
	rig_fetch(rig);
	assert_field(rig_next(rig), "subject_token", "kept");
	assert_int_equal(rig->env.runs, 0);
}

static void a_kept_answer_that_is_no_good_does_not(void **state)
{
	static const char *const kept[] = {
		"", "x", TOKEN(",\"id_token\":\"k\",\"expiration_time\":1000"), TOKEN(",\"id_token\":\"k\"")};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		make(rig, ACCOUNT(KEPT, ""));
		fake_env_file(&rig->env, "/kept", kept[i]);
		rig_fetch(rig);
		end(rig, 0, GOOD, "");
		assert_field(rig_next(rig), "subject_token", "printed");
	}
	/* It may write into the file instead of printing. */
	make(rig, ACCOUNT(KEPT, ""));
	rig_fetch(rig);
	fake_env_file(&rig->env, "/kept", TOKEN(",\"id_token\":\"kept\",\"expiration_time\":9999999999"));
	end(rig, 0, "", "");
	assert_field(rig_next(rig), "subject_token", "kept");
}

static void cancel_ends_it(void **state)
{
	struct rig *rig = *state;
	make(rig, ACCOUNT(PROGRAM, ""));
	rig_fetch(rig);
	fake_loop_settle(&rig->loop);
	assert_int_equal(rig->env.alive.count, 1);
	credential_cancel(rig->credential);
	assert_int_equal(rig->env.alive.count, 0);
	assert_int_equal(rig->told, 0);
}

static void files_that_cannot_work(void **state)
{
	struct rig *rig = *state;
	struct error err;
	assert_false(rig_make(rig, ACCOUNT("{'command':' '}", ""), &err));
	assert_string_equal(err.message, "its \"executable\" has no command");
	assert_false(rig_make(rig, ACCOUNT("{'command':'x','timeout_millis':4999}", ""), &err));
	assert_string_equal(err.message, "its \"timeout_millis\" must be 5000 to 120000");
	fake_env_variable(&rig->env, "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "true");
	assert_false(rig_make(rig, ACCOUNT(PROGRAM, ""), &err));
	assert_string_equal(err.message,
		"its \"executable\" is not run: set GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES to 1 to allow it");
}

int main(void)
{
#define RIG(test) cmocka_unit_test_setup_teardown(test, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		RIG(runs_it_as_documented),
		RIG(tells_it_whom_it_is_for),
		RIG(takes_saml_too),
		RIG(failures_are_told_without_secrets),
		RIG(an_answer_that_it_kept_spares_a_run),
		RIG(a_kept_answer_that_is_no_good_does_not),
		RIG(cancel_ends_it),
		RIG(files_that_cannot_work),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
