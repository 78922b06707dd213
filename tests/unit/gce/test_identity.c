/* Calls in the name of a service account: the token that they are sent with, and the project that our own credentials are of. */
#include "rig.h"

#include "gce/credential.h"

#define TENANT "team@ml.iam.gserviceaccount.com"
#define IAM "https://iamcredentials.example/v1/projects/-/serviceAccounts/" TENANT ":generateAccessToken"

static const char granted[] = "{\"accessToken\":\"ya29.tenant\",\"expireTime\":\"2026-01-02T04:04:05Z\"}";
static const char granted_again[] = "{\"accessToken\":\"ya29.again\",\"expireTime\":\"2026-01-02T04:04:05Z\"}";
static const char map[] = "{\"kind\":\"compute#urlMap\"}";

static void ask(struct rig *rig, const char *identity, struct told *told)
{
	struct gce_request request = {.project = "p",
		.budget = GCE_READ,
		.method = "GET",
		.path = "projects/p/global/urlMaps/x",
		.identity = identity};
	gce_send(rig->gce, &request, told_answer, told);
}

/* The next request, which must be for the account's token, by our own. */
static struct fake_call *impersonates(struct rig *rig)
{
	struct fake_call *call = rig_next(rig);
	assert_string_equal(call->method, "POST");
	assert_string_equal(call->url, IAM);
	assert_string_equal(fake_header(call, "Authorization"), "Bearer ya29.first");
	return call;
}

static struct fake_call *bears(struct rig *rig, const char *token)
{
	struct fake_call *call = rig_next(rig);
	assert_string_equal(fake_header(call, "Authorization"), token);
	return call;
}

static void each_call_bears_the_token_of_its_identity(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	ask(rig, TENANT, &told);
	rig_answer(rig, impersonates(rig), 200, granted);
	rig_answer(rig, bears(rig, "Bearer ya29.tenant"), 200, map);
	ask(rig, NULL, &told);
	rig_answer(rig, bears(rig, "Bearer ya29.first"), 200, map);
	ask(rig, TENANT, &told); /* the token is kept */
	rig_answer(rig, bears(rig, "Bearer ya29.tenant"), 200, map);
	assert_int_equal(told.count, 3);
}

static void a_refused_token_is_replaced_for_that_identity_alone(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	ask(rig, TENANT, &told);
	rig_answer(rig, impersonates(rig), 200, granted);
	struct fake_call *call = bears(rig, "Bearer ya29.tenant");
	fake_loop_run_for(&rig->loop, 20000);
	rig_refuse(rig, call, 401, "authError", "Invalid Credentials");
	rig_answer(rig, impersonates(rig), 200, granted_again);
	rig_answer(rig, bears(rig, "Bearer ya29.again"), 200, map);
	ask(rig, NULL, &told);
	rig_answer(rig, bears(rig, "Bearer ya29.first"), 200, map);
	assert_int_equal(told.count, 2);
	assert_int_equal(told.err.class, ERROR_NONE);
}

static void one_who_may_not_be_acted_as_stops_nobody_else(void **state)
{
	struct rig *rig = *state;
	struct told tenant = {0}, own = {0};
	ask(rig, TENANT, &tenant);
	rig_answer(rig, impersonates(rig), 403,
		"{\"error\":{\"code\":403,\"status\":\"PERMISSION_DENIED\",\"message\":\"Permission "
		"'iam.serviceAccounts.getAccessToken' denied on resource.\"}}");
	assert_int_equal(tenant.err.class, ERROR_REJECTED);
	assert_string_equal(tenant.err.reason, "PermissionDenied");
	assert_non_null(strstr(tenant.err.message,
		"no access token for service account " TENANT ", by way of the access token in /token"));
	assert_non_null(strstr(tenant.err.message, "Grant roles/iam.serviceAccountTokenCreator"));
	assert_null(strstr(tenant.err.message, "ya29"));
	ask(rig, NULL, &own);
	rig_answer(rig, bears(rig, "Bearer ya29.first"), 200, map);
	assert_int_equal(own.count, 1);
	assert_int_equal(own.err.class, ERROR_NONE);
}

static void on_item(void *arg, const char *text, size_t length)
{
}

static void on_done(void *arg, const struct error *err)
{
	assert_null(err);
	++*(int *)arg;
}

static void lists_too(void **state)
{
	struct rig *rig = *state;
	int ended = 0;
	struct gce_list list = {.project = "p",
		.path = "projects/p/global/urlMaps",
		.identity = TENANT,
		.item = on_item,
		.done = on_done,
		.arg = &ended};
	gce_list(rig->gce, &list);
	rig_answer(rig, impersonates(rig), 200, granted);
	rig_answer(rig, bears(rig, "Bearer ya29.tenant"), 200,
		"{\"kind\":\"compute#urlMapList\",\"items\":[],\"nextPageToken\":\"n\"}");
	rig_answer(rig, bears(rig, "Bearer ya29.tenant"), 200, "{\"kind\":\"compute#urlMapList\"}");
	assert_int_equal(ended, 1);
}

static void on_event(void *arg, const struct gce_mutation_event *event)
{
	*(enum gce_outcome *)arg = event->outcome;
}

static void mutate(struct rig *rig, const char *identity, enum gce_outcome *outcome)
{
	struct gce_request request = {.project = "p",
		.budget = GCE_WRITE,
		.method = "DELETE",
		.path = "projects/p/zones/z/instanceGroupManagers/x",
		.identity = identity};
	gce_mutate(rig->gce, &request, on_event, outcome);
}

static void answer_operation(struct rig *rig, struct fake_call *call, const char *name, const char *status)
{
	AUTO_FREE char *body = mem_printf(
		"{\"kind\":\"compute#operation\",\"name\":\"%s\",\"zone\":\"z\",\"status\":\"%s\",\"targetLink\":"
		"\"https://www.googleapis.com/compute/v1/projects/p/zones/z/instanceGroupManagers/x\"}",
		name, status);
	rig_answer(rig, call, 200, body);
}

static void so_is_a_write_and_what_becomes_of_it(void **state)
{
	struct rig *rig = *state;
	enum gce_outcome outcome = GCE_UNCLEAR;
	mutate(rig, TENANT, &outcome);
	rig_answer(rig, impersonates(rig), 200, granted);
	answer_operation(rig, bears(rig, "Bearer ya29.tenant"), "o", "RUNNING");
	struct fake_call *wait = bears(rig, "Bearer ya29.tenant");
	assert_true(text_ends(wait->path, "/operations/o/wait"));
	answer_operation(rig, wait, "o", "DONE");
	assert_int_equal(outcome, GCE_DONE);
}

/* Beyond so many long polls the operations of a scope are listed, by each identity for itself. */
static void operations_are_listed_by_each_for_itself(void **state)
{
	struct rig *rig = *state;
	enum gce_outcome outcomes[60];
	bool seen[2] = {false, false};
	for (int i = 0; i < 58; i++)
		mutate(rig, i < 56 || i % 2 ? NULL : TENANT, &outcomes[i]);
	for (int i = 0; i < 58;) {
		struct fake_call *call = rig_wait(rig, 60000);
		assert_non_null(call);
		AUTO_FREE char *name = mem_printf("o%d", i);
		if (text_equal(call->url, IAM))
			rig_answer(rig, call, 200, granted);
		else if (text_equal(call->method, "DELETE") && ++i)
			answer_operation(rig, call, name, "RUNNING");
	}
	while (!seen[0] || !seen[1]) {
		struct fake_call *call = rig_wait(rig, 60000);
		assert_non_null(call);
		if (!text_equal(call->path, "/compute/v1/projects/p/zones/z/operations"))
			continue;
		seen[text_equal(fake_header(call, "Authorization"), "Bearer ya29.tenant")] = true;
		rig_answer(rig, call, 200, "{\"kind\":\"compute#operationList\"}");
	}
}

static int setup_emulator(void **state)
{
	return rig_setup_with(state, "http://127.0.0.1:8787/compute/v1", "/token");
}

static void the_emulator_gives_out_tokens_itself(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	ask(rig, TENANT, &told);
	assert_string_equal(rig_next(rig)->url,
		"http://127.0.0.1:8787/v1/projects/-/serviceAccounts/" TENANT ":generateAccessToken");
}

static int setup_nobody(void **state)
{
	return rig_setup_with(state, "http://127.0.0.1:8787/compute/v1", NULL);
}

static void nobody_acts_as_nobody(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	const char *project;
	ask(rig, TENANT, &told);
	fake_loop_settle(&rig->loop);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.err.class, ERROR_REJECTED);
	assert_non_null(strstr(told.err.message, "there are no credentials of our own that could act as it"));
	assert_int_equal(gce_home(rig->gce, &project), GCE_HOME_NOBODYS);
	assert_null(project);
}

/* --- the project of our own credentials --- */

static void projects_in_names(void **state)
{
	static const char *const cases[][2] = {
		{"a@my-project.iam.gserviceaccount.com", "my-project"},
		{"a@my-project.example.com.iam.gserviceaccount.com", "example.com:my-project"},
		{"123-compute@developer.gserviceaccount.com", NULL},
		{"a@my-project.iam.gserviceaccount.com.evil.test", NULL},
		{"a@.iam.gserviceaccount.com", NULL},
		{"person@example.com", NULL},
		{"nobody", NULL},
		{NULL, NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_FREE char *found = credential_project_of(cases[i][0]);
		if (!text_equal(found, cases[i][1]))
			fail_msg("%s: %s", cases[i][0], found ? found : "none");
	}
}

static void where_we_are_at_home(void **state)
{
	struct rig *rig = *state;
	const char *project;
	assert_int_equal(gce_home(rig->gce, &project), GCE_HOME_UNKNOWN); /* a token tells nothing */
	fake_env_variable(&rig->env, "GOOGLE_CLOUD_QUOTA_PROJECT", "payer");
	assert_int_equal(gce_home(rig->gce, &project), GCE_HOME_KNOWN);
	assert_string_equal(project, "payer");
	fake_env_variable(&rig->env, "GOOGLE_CLOUD_PROJECT", "named");
	assert_int_equal(gce_home(rig->gce, &project), GCE_HOME_KNOWN);
	assert_string_equal(project, "named");
}

static void a_machine_tells_with_its_first_token(void **state)
{
	struct rig *rig = *state;
	struct told told = {0};
	const char *project;
	gce_free(rig->gce);
	fake_env_variable(&rig->env, "GCE_METADATA_HOST", "m");
	struct gce_options options = {
		&rig->loop.loop, &rig->env.env, &rig->http.http, "https://compute.googleapis.com/compute/v1", NULL};
	rig->gce = gce_new(&options, NULL);
	assert_int_equal(gce_home(rig->gce, &project), GCE_HOME_LATER);
	ask(rig, NULL, &told);
	rig_answer(rig, rig_next(rig), 200, "googleapis.com");
	rig_answer(rig, rig_next(rig), 200, "vm@p.test");
	assert_int_equal(gce_home(rig->gce, &project), GCE_HOME_LATER);
	rig_answer(rig, rig_next(rig), 200, "of-the-machine");
	assert_int_equal(gce_home(rig->gce, &project), GCE_HOME_KNOWN);
	assert_string_equal(project, "of-the-machine");
}

int main(void)
{
#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		RIG(each_call_bears_the_token_of_its_identity),
		RIG(a_refused_token_is_replaced_for_that_identity_alone),
		RIG(one_who_may_not_be_acted_as_stops_nobody_else),
		RIG(lists_too),
		RIG(so_is_a_write_and_what_becomes_of_it),
		RIG(operations_are_listed_by_each_for_itself),
		cmocka_unit_test_setup_teardown(the_emulator_gives_out_tokens_itself, setup_emulator, rig_teardown),
		cmocka_unit_test_setup_teardown(nobody_acts_as_nobody, setup_nobody, rig_teardown),
		cmocka_unit_test(projects_in_names),
		RIG(where_we_are_at_home),
		RIG(a_machine_tells_with_its_first_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
