/* The table of flags, by way of command lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/str.h"
#include "flags.h"
#include "leader.h"
#include "serve.h"

enum { ARGUMENTS_MAX = 80 };

/* Words are taken apart at spaces. */
static bool parse(struct flags *flags, const char *line, struct error *err)
{
	static char words[4096];
	char *argv[ARGUMENTS_MAX] = {(char *)"tflb-controller"}, *rest = words;
	int argc = 1;

	assert_true(text_copy(words, sizeof(words), line));
	while ((argv[argc] = strtok_r(rest, " ", &rest)))
		assert_true(++argc < ARGUMENTS_MAX);
	*err = (struct error){0};
	return flags_parse(flags, argc, argv, err);
}

static void test_defaults(void **state)
{
	struct flags flags;
	struct error err;

	assert_true(parse(&flags, "", &err));
	assert_null(flags.kubeconfig);
	assert_int_equal(flags.namespaces.count, 0);
	assert_string_equal(flags.compute_endpoint, "https://compute.googleapis.com/compute/v1/");
	assert_int_equal(flags.drift_interval_ms, 50000);
	assert_false(flags.leader_elect);
	assert_int_equal(flags.lease_duration_ms, 15000);
	assert_int_equal(flags.renew_deadline_ms, 10000);
	assert_int_equal(flags.retry_period_ms, 2000);
	assert_string_equal(flags.lease_name, "tflb-controller");
	assert_string_equal(flags.probe_address, "0");
	assert_string_equal(flags.metrics_address, "0");
	assert_int_equal(flags.log_format, LOG_AUTO);
	assert_int_equal(flags.log_level, LOG_INFO);
	assert_true(leader_check(&flags, &err));
}

static void test_values(void **state)
{
	struct flags flags;
	struct error err;

	assert_true(parse(&flags,
		"--kubeconfig=/k --context c --namespace a --namespace=b --drift-interval 1m --leader-elect"
		" --log-format json --log-level error --cluster-id x --project my-project --built-in-policy-only"
		" --health-probe-bind-address :8081 --metrics-bind-address=127.0.0.1:0",
		&err));
	assert_string_equal(flags.kubeconfig, "/k");
	assert_string_equal(flags.context, "c");
	assert_int_equal(flags.namespaces.count, 2);
	assert_string_equal(flags.namespaces.items[0], "a");
	assert_string_equal(flags.namespaces.items[1], "b");
	assert_int_equal(flags.drift_interval_ms, 60000);
	assert_true(flags.leader_elect);
	assert_int_equal(flags.log_format, LOG_JSON);
	assert_int_equal(flags.log_level, LOG_ERROR);
	assert_string_equal(flags.cluster_id, "x");
	assert_string_equal(flags.project, "my-project");
	assert_true(flags.built_in_only);
	assert_string_equal(flags.probe_address, ":8081");
	assert_string_equal(flags.metrics_address, "127.0.0.1:0");
}

static void test_the_last_of_several_counts(void **state)
{
	struct flags flags;
	struct error err;

	assert_true(parse(&flags, "--leader-elect=true --leader-elect=false --log-level debug --log-level warn", &err));
	assert_false(flags.leader_elect);
	assert_int_equal(flags.log_level, LOG_WARN);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *line, *message;
	} cases[] = {
		{"--kubeconfg x", "unknown flag --kubeconfg, the nearest is --kubeconfig"},
		{"--log-levle=debug", "unknown flag --log-levle=debug, the nearest is --log-level"},
		{"--version=1", "--version takes no value"},
		{"--context", "--context needs a value"},
		{"-qx", "unknown flag -q"},
		{"--log-level info more", "unexpected argument more"},
		{"--drift-interval 4s", "--drift-interval 4s: must be 5s to 60m, such as 50s"},
		{"--drift-interval 61m", "--drift-interval 61m: must be 5s to 60m, such as 50s"},
		{"--leader-elect=yes", "--leader-elect yes: must be true or false"},
		{"--leader-elect-retry-period soon", "--leader-elect-retry-period soon: must be a time, such as 15s"},
		{"--leader-elect-resource-name -a", "--leader-elect-resource-name -a: not a name of a Lease"},
		{"--log-level loud", "--log-level loud: must be debug, info, warn or error"},
		{"--log-format xml", "--log-format xml: must be auto, text or json"},
		{"--metrics-bind-address 8080",
			"--metrics-bind-address 8080: must be :PORT or IP:PORT, such as :8080, or 0 for none"},
		{"--namespace A_b", "--namespace A_b: not a namespace name"},
		{"--project=123456", "--project 123456: not a project ID"},
		{"--built-in-policy-only=some", "--built-in-policy-only some: must be true or false"},
		{"--cluster-id=", "--cluster-id : must be 1 to 253 letters, digits and -._:/"},
		{"--cluster-id=a\"b", "--cluster-id a\"b: must be 1 to 253 letters, digits and -._:/"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct flags flags;
		struct error err;
		assert_false(parse(&flags, cases[i].line, &err));
		assert_string_equal(err.message, cases[i].message);
	}
}

static void test_addresses(void **state)
{
	static const char *const good[] = {"0", ":8080", ":0", "127.0.0.1:8080", "0.0.0.0:65535", "[::]:1", "[::1]:80"};
	static const char *const bad[] = {"", "1", "8080", ":", ":65536", ":-1", ":80 ", "localhost:80", "::1:80",
		"[::1]", "127.0.0.1", "[127.0.0.1:80", ":8080x", "http://127.0.0.1:80"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(bind_address_is_good(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (bind_address_is_good(bad[i]))
			fail_msg("taken for an address: %s", bad[i]);
	}
}

static void test_too_many_namespaces(void **state)
{
	struct flags flags;
	struct error err;
	AUTO_STR struct str line = STR_INIT(4096);

	for (int i = 0; i < FLAG_TEXTS_MAX; i++)
		str_addf(&line, "--namespace=n%d ", i);
	assert_true(parse(&flags, str_text(&line), &err));
	str_adds(&line, "--namespace=last");
	assert_false(parse(&flags, str_text(&line), &err));
	assert_string_equal(err.message, "--namespace last: there are 64 already, and no more can be");
}

static void test_times_of_an_election_must_fit(void **state)
{
	struct flags flags;
	struct error err;

	assert_true(parse(&flags, "--leader-elect-lease-duration 10s", &err));
	assert_false(leader_check(&flags, &err));
	assert_string_equal(err.message, "leader election: the lease duration must be longer than the renew deadline");
}

static void test_whose_namespace_the_lease_has(void **state)
{
	struct flags flags;
	struct error err;
	char identity[128];

	assert_true(parse(&flags, "", &err));
	assert_string_equal(leader_terms(&flags, NULL, identity).namespace, "default");
	assert_string_equal(leader_terms(&flags, "pods", identity).namespace, "pods");
	assert_true(parse(&flags, "--leader-elect-resource-namespace ours", &err));
	assert_string_equal(leader_terms(&flags, "pods", identity).namespace, "ours");
}

static void test_help_ends_the_reading(void **state)
{
	struct flags flags;
	struct error err;

	assert_true(parse(&flags, "--help --no-such-flag", &err));
	assert_true(flags.help);
	assert_true(parse(&flags, "-h --no-such-flag", &err));
	assert_true(flags.help);
	assert_false(flags.version);
	assert_false(parse(&flags, "--no-such-flag --help", &err));
}

/* Each flag once, with its default where it has one, and no line that a terminal would break. */
static void test_help(void **state)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	flags_print(out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(
		strstr(text, "\n  --drift-interval TIME     between two looks at a whole project, 5s to 60m (default: "
			     "50s)\n"));
	assert_non_null(strstr(text, "\n  --leader-elect            several"));
	assert_non_null(strstr(text,
		"\n  --leader-elect-retry-period TIME\n                            between two tries (default: 2s)\n"));
	assert_non_null(strstr(text, "\n  --help                    print this, as -h does\n"));
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 112);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_the_last_of_several_counts),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_too_many_namespaces),
		cmocka_unit_test(test_times_of_an_election_must_fit),
		cmocka_unit_test(test_whose_namespace_the_lease_has),
		cmocka_unit_test(test_help_ends_the_reading),
		cmocka_unit_test(test_help),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
