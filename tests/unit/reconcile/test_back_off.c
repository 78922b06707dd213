/* How long a failure is rested after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake/fake_env.h"
#include "reconcile/internal.h"

static const struct {
	enum error_class class;
	int attempts;
	int64_t delay;
	const char *reason, *code; /* NULL: any other */
} rows[] = {
	{ERROR_STALE, 1, 0, NULL, NULL},
	{ERROR_STALE, 3, 0, NULL, NULL}, /* read too early: again at once */
	{ERROR_STALE, 4, 2000, NULL, NULL},
	{ERROR_STALE, 6, 8000, NULL, NULL},
	{ERROR_STALE, 100, 30000, NULL, NULL},
	{ERROR_WAIT, 1, 2000, NULL, NULL},
	{ERROR_WAIT, 2, 4000, NULL, NULL},
	{ERROR_WAIT, 5, 30000, NULL, NULL},
	{ERROR_WAIT, 1000, 30000, NULL, NULL},
	{ERROR_TRANSIENT, 1, 1000, NULL, NULL},
	{ERROR_TRANSIENT, 4, 8000, NULL, NULL},
	{ERROR_TRANSIENT, 1000, 60000, NULL, NULL},
	{ERROR_THROTTLED, 1, 30000, NULL, NULL},
	{ERROR_THROTTLED, 9, 30000, NULL, NULL}, /* the budget slows, not the resource */
	{ERROR_REJECTED, 1, 30000, NULL, NULL},
	{ERROR_REJECTED, 2, 60000, NULL, NULL},
	{ERROR_REJECTED, 1000, 300000, NULL, NULL},
	{ERROR_REJECTED, 1, 375000, "QuotaExceeded", NULL},
	{ERROR_REJECTED, 100, 375000, "QuotaExceeded", NULL},
	{ERROR_TRANSIENT, 1, 60000, "StockOut", NULL},
	{ERROR_TRANSIENT, 2, 120000, "StockOut", NULL},
	{ERROR_TRANSIENT, 9, 300000, "StockOut", NULL},
	{ERROR_TRANSIENT, 6, 32000, "CloudUnavailable", "INTERNAL_ERROR"},
	{ERROR_TRANSIENT, 7, 300000, "CloudUnavailable", "internalError"},
	{ERROR_TRANSIENT, 7, 60000, "CloudUnavailable", "backendError"},
};

static void by_class_and_attempts(void **state)
{
	struct fake_env env;

	fake_env_init(&env, NULL, 3);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = {.class = rows[i].class};

		error_reason(&err, rows[i].reason ? rows[i].reason : "");
		error_code(&err, rows[i].code ? rows[i].code : "");
		for (int round = 0; round < 50; round++)
			assert_in_range(back_off_cloud(&env.env, &err, rows[i].attempts), rows[i].delay * 8 / 10,
				rows[i].delay * 12 / 10);
	}
	fake_env_done(&env);
}

/* Two that failed together are not tried again together. */
static void never_all_at_the_same_moment(void **state)
{
	struct error err = {.class = ERROR_REJECTED};
	struct fake_env env;
	int same = 0;

	fake_env_init(&env, NULL, 3);
	for (int round = 0; round < 50; round++)
		same += back_off_cloud(&env.env, &err, 3) == back_off_cloud(&env.env, &err, 3);
	assert_true(same < 5);
	fake_env_done(&env);
}

static void what_the_server_asks_for_is_kept(void **state)
{
	struct error err = {.class = ERROR_TRANSIENT, .retry_after_ms = 90000};
	struct fake_env env;

	fake_env_init(&env, NULL, 3);
	for (int round = 0; round < 50; round++) {
		assert_in_range(back_off_cloud(&env.env, &err, 1), 90000, 108000);
		assert_in_range(back_off_api(&env.env, &err, 1), 90000, 108000);
	}
	err.retry_after_ms = 1;
	assert_in_range(back_off_api(&env.env, &err, 1), 1600, 2400);
	assert_in_range(back_off_api(&env.env, &err, 1000), 240000, 360000);
	fake_env_done(&env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_class_and_attempts),
		cmocka_unit_test(never_all_at_the_same_moment),
		cmocka_unit_test(what_the_server_asks_for_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
