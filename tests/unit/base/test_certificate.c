/* Chains and keys as a Secret may hold them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/certificate.h"
#include "tools/pair.h"

static void a_pair_fits(void **state)
{
	JSON_WORK(work);
	struct certificate certificate;
	struct error err = {0};
	struct pair pair;

	pair_make(&pair, "ml.example.com");
	assert_true(certificate_read(pair.own_chain, &certificate, &err));
	assert_int_equal(cJSON_GetArraySize(certificate.names), 1);
	assert_string_equal(certificate.names->child->valuestring, "ml.example.com");
	assert_int_equal(strlen(certificate.ends), strlen("2026-01-02T03:04:05Z"));
	assert_true(certificate_has_key(pair.own_chain, pair.own_key, &err));
	pair_done(&pair);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct error err = {0};
	struct pair a, b;

	pair_make(&a, "a.example.com");
	pair_make(&b, "b.example.com");
	assert_false(certificate_has_key(a.own_chain, b.own_key, &err));
	assert_non_null(strstr(err.message, "does not belong"));
	assert_int_equal(err.class, ERROR_REJECTED);
	assert_false(certificate_has_key(a.own_key, a.own_key, &err));
	assert_non_null(strstr(err.message, "holds no certificate"));
	assert_false(certificate_has_key(a.own_chain, a.own_chain, &err));
	assert_non_null(strstr(err.message, "no private key"));
	assert_false(certificate_has_key("", "", &err));
	pair_done(&a);
	pair_done(&b);
}

static void a_chain_has_an_end(void **state)
{
	JSON_WORK(work);
	struct certificate certificate;
	struct error err = {0};
	struct pair pair;
	char *chain;

	pair_make(&pair, "ml.example.com");
	chain = arena_printf(json_arena(), "%s%s%s%s%s", pair.own_chain, pair.own_chain, pair.own_chain, pair.own_chain,
		pair.own_chain);
	assert_true(certificate_read(chain, &certificate, &err));
	chain = arena_printf(json_arena(), "%s%s", chain, pair.own_chain);
	assert_false(certificate_read(chain, &certificate, &err));
	assert_non_null(strstr(err.message, "holds 6 certificates"));
	pair_done(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_fits),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(a_chain_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
