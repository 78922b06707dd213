/* The configuration file: what it sets, what wins over it, and how mistakes in it are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/str.h"
#include "config_file.h"
#include "fake/fake_env.h"
#include "flag.h"

#define HEAD "apiVersion: config.tflb.dev/v1alpha1\nkind: ControllerConfiguration\n"

enum { ARGUMENTS = 8 };

/* The command line, up to NULL, and the file that it names. */
static bool settle(struct flags *flags, char *const argv[ARGUMENTS], const char *file, struct error *err)
{
	struct fake_env env;
	int argc = 0;

	while (argv[argc])
		argc++;
	*err = (struct error){0};
	fake_env_init(&env, NULL, 1);
	fake_env_file(&env, "/c.yaml", file);
	bool good = flags_parse(flags, argc, argv, err) && config_file_read(flags, &env.env, err);
	fake_env_done(&env);
	return good;
}

static bool settle_file(struct flags *flags, const char *file, struct error *err)
{
	return settle(flags, (char *[ARGUMENTS]){"tflb-controller", "--config=/c.yaml"}, file, err);
}

static void test_every_key(void **state)
{
	struct flags flags;
	struct error err;

	assert_true(settle_file(&flags,
		HEAD
		"kubeconfig: /k\ncontext: c\nuser: u\nnamespaces: [a, b]\ncomputeEndpoint: http://127.0.0.1:1/\n"
		"accessTokenFile: /t\nproject: my-project\nbuiltInPolicyOnly: true\nclusterId: 007\ndriftInterval: 1m\n"
		"leaderElection:\n  leaderElect: true\n  leaseDuration: 30s\n  renewDeadline: 20s\n  retryPeriod: 3s\n"
		"  resourceName: l\n  resourceNamespace: n\n"
		"logging: {format: json, level: debug}\n",
		&err));
	assert_string_equal(flags.kubeconfig, "/k");
	assert_string_equal(flags.context, "c");
	assert_string_equal(flags.user, "u");
	assert_int_equal(flags.namespaces.count, 2);
	assert_string_equal(flags.namespaces.items[1], "b");
	assert_string_equal(flags.compute_endpoint, "http://127.0.0.1:1/");
	assert_string_equal(flags.access_token_file, "/t");
	assert_string_equal(flags.cluster_id, "007");
	assert_string_equal(flags.project, "my-project");
	assert_true(flags.built_in_only);
	assert_int_equal(flags.drift_interval_ms, 60000);
	assert_true(flags.leader_elect);
	assert_int_equal(flags.lease_duration_ms, 30000);
	assert_int_equal(flags.renew_deadline_ms, 20000);
	assert_int_equal(flags.retry_period_ms, 3000);
	assert_string_equal(flags.lease_name, "l");
	assert_string_equal(flags.lease_namespace, "n");
	assert_int_equal(flags.log_format, LOG_JSON);
	assert_int_equal(flags.log_level, LOG_DEBUG);
	flags_done(&flags);
}

static void test_what_it_does_not_say_stays(void **state)
{
	struct flags flags;
	struct error err;

	assert_true(settle_file(&flags, HEAD "driftInterval:\nlogging: {}\nnamespaces: []\nclusterId: ~\n", &err));
	assert_int_equal(flags.drift_interval_ms, 50000);
	assert_int_equal(flags.log_level, LOG_INFO);
	assert_int_equal(flags.namespaces.count, 0);
	assert_null(flags.cluster_id);
	flags_done(&flags);
}

static void test_flags_win(void **state)
{
	struct flags flags;
	struct error err;

	assert_true(settle(&flags,
		(char *[ARGUMENTS]){"tflb-controller", "--namespace=x", "--config", "/c.yaml", "--log-level=warn",
			"--leader-elect=false"},
		HEAD "namespaces: [a, b]\ncontext: c\nlogging: {level: debug}\nleaderElection: {leaderElect: true}\n",
		&err));
	assert_int_equal(flags.namespaces.count, 1);
	assert_string_equal(flags.namespaces.items[0], "x");
	assert_int_equal(flags.log_level, LOG_WARN);
	assert_false(flags.leader_elect);
	assert_string_equal(flags.context, "c");
	flags_done(&flags);
}

/* What is overridden must be right all the same: the flag may be gone tomorrow. */
static void test_an_overridden_value_is_checked(void **state)
{
	struct flags flags;
	struct error err;

	assert_false(settle(&flags, (char *[ARGUMENTS]){"tflb-controller", "--config=/c.yaml", "--log-level=warn"},
		HEAD "logging: {level: loud}\n", &err));
	assert_non_null(strstr(err.message, "line 3: logging.level loud: must be debug, info, warn or error"));
	flags_done(&flags);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *file, *message;
	} cases[] = {
		{"", "must be a mapping with apiVersion: config.tflb.dev/v1alpha1 and kind: ControllerConfiguration"},
		{"- a\n", "must be a mapping with apiVersion: config.tflb.dev/v1alpha1 and kind: "
			  "ControllerConfiguration"},
		{"kind: ControllerConfiguration\n", "apiVersion is missing; it must be config.tflb.dev/v1alpha1"},
		{"\napiVersion: tflb.dev/v1alpha1\n", "line 2: apiVersion must be config.tflb.dev/v1alpha1"},
		{"apiVersion: [config.tflb.dev/v1alpha1]\n", "line 1: apiVersion must be config.tflb.dev/v1alpha1"},
		{"apiVersion: config.tflb.dev/v1alpha1\nkind: Controller\n",
			"line 2: kind must be ControllerConfiguration"},
		{HEAD "driftIntervall: 30s\n",
			"line 3: unknown key driftIntervall; the nearest known key is driftInterval"},
		{HEAD "drift-interval: 30s\n",
			"line 3: unknown key drift-interval; the nearest known key is driftInterval"},
		{HEAD "log-format: json\n", "line 3: unknown key log-format; the nearest known key is logging.format"},
		{HEAD "\nloging:\n  level: info\n", "line 4: unknown key loging; the nearest known key is logging"},
		{HEAD "leaseDuration: 5s\n",
			"line 3: unknown key leaseDuration; the nearest known key is leaderElection.leaseDuration"},
		{HEAD "leaderElection:\n  # who\n  leaderElected: true\n",
			"line 5: unknown key leaderElection.leaderElected; the nearest known key is "
			"leaderElection.leaderElect"},
		{HEAD "config: /other.yaml\n", "line 3: unknown key config; the nearest known key is kubeconfig"},
		{HEAD "apiversion: x\n", "line 3: unknown key apiversion; the nearest known key is apiVersion"},
		{HEAD "driftInterval: 4s\n", "line 3: driftInterval 4s: must be 5s to 60m, such as 50s"},
		{HEAD "driftInterval: [50s]\n", "line 3: driftInterval must be one value, not a list or a mapping"},
		{HEAD "namespaces: a\n", "line 3: namespaces must be a list of texts"},
		{HEAD "namespaces:\n- a\n- [b]\n", "line 5: namespaces must be a list of texts"},
		{HEAD "namespaces:\n- a\n-\n", "line 5: namespaces must be a list of texts"},
		{HEAD "namespaces:\n- a\n- B\n", "line 5: namespaces B: not a namespace name"},
		{HEAD "logging: json\n", "line 3: logging must be a mapping"},
		{HEAD "leaderElection: {leaderElect: on}\n",
			"line 3: leaderElection.leaderElect on: must be true or false"},
		{HEAD "user: a\ncontext: b\nuser: c\n", "line 5: \"user\" a second time"},
		{HEAD "logging: {level: info, level: info}\n", "line 3: \"level\" a second time"},
		{HEAD "---\nuser: a\n", "line 3: a second document"},
		{HEAD "user: [a\n", "line 4: did not find expected ',' or ']'"},
		{HEAD "user: &a b\ncontext: *a\n", "line 4: aliases are refused"},
		{HEAD "logging: {level: {a: {b: {c: d}}}}\n", "line 3: nested too deeply"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct flags flags;
		struct error err;
		assert_false(settle_file(&flags, cases[i].file, &err));
		AUTO_FREE char *message = mem_printf("configuration file /c.yaml: %s", cases[i].message);
		assert_string_equal(err.message, message);
		assert_int_equal(err.class, ERROR_REJECTED);
		flags_done(&flags);
	}
}

static void test_files_that_cannot_be_read(void **state)
{
	struct flags flags;
	struct error err;
	AUTO_STR struct str text = STR_INIT(1 << 20);

	assert_false(settle_file(&flags, NULL, &err));
	assert_string_equal(err.message, "--config: cannot read /c.yaml: No such file or directory");
	flags_done(&flags);
	str_adds(&text, HEAD);
	while (text.length <= 64 * 1024)
		str_adds(&text, "# ........................................\n");
	assert_false(settle_file(&flags, str_text(&text), &err));
	assert_non_null(strstr(err.message, "too large"));
	flags_done(&flags);
}

/* README's table has each key in the row of its flag. */
static void test_readme(void **state)
{
	AUTO_STR struct str text = STR_INIT(1 << 20);
	const struct flag *flag;

	assert_true(env_read_file(env_system(), TFLB_SOURCE_DIR "/README.md", &text, &(struct error){0}));
	for (size_t i = 0; (flag = flags_at(i)); i++) {
		if (!flag->key)
			continue;
		AUTO_FREE char *begin = mem_printf("| `--%s%s", flag->name, flag->value ? " " : "`");
		AUTO_FREE char *cell = mem_printf(" | `%s` | ", flag->key);
		const char *row = strstr(str_text(&text), begin);
		assert_non_null(row);
		AUTO_FREE char *line = mem_strndup(row, strcspn(row, "\n"));
		if (!strstr(line, cell))
			fail_msg("README.md: the row of --%s lacks the key %s", flag->name, flag->key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_what_it_does_not_say_stays),
		cmocka_unit_test(test_flags_win),
		cmocka_unit_test(test_an_overridden_value_is_checked),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_files_that_cannot_be_read),
		cmocka_unit_test(test_readme),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
