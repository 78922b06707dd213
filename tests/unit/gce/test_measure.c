/* What calls are called in the series: by the names of the Compute API. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gce/measure.h"

static void test_names(void **state)
{
	static const struct {
		const char *http_method, *path, *method, *kind;
	} cases[] = {
		{"GET", "projects/p/global/urlMaps/x", "get", "urlMaps"},
		{"GET", "projects/p/global/urlMaps", "list", "urlMaps"},
		{"GET", "projects/p/global/urlMaps?fields=a/b", "list", "urlMaps"},
		{"GET", "projects/p/aggregated/instanceGroupManagers?x=y", "aggregatedList", "instanceGroupManagers"},
		{"POST", "projects/p/global/urlMaps?requestId=1", "insert", "urlMaps"},
		{"PATCH", "projects/p/global/urlMaps/x?requestId=1", "patch", "urlMaps"},
		{"PUT", "projects/p/global/urlMaps/x", "update", "urlMaps"},
		{"DELETE", "projects/p/zones/z/instanceGroupManagers/x", "delete", "instanceGroupManagers"},
		{"POST", "projects/p/zones/z/instanceGroupManagers/x/resize?size=5", "resize", "instanceGroupManagers"},
		{"POST", "projects/p/regions/r/operations/o/wait", "wait", "operations"},
		{"POST", "projects/p/global/backendServices/b/getHealth", "getHealth", "backendServices"},
		{"GET", "projects/p/global/images/family/f", "getFromFamily", "images"},
		{"GET", "projects/p", "get", "projects"},
		{"GET", "", "list", "other"},
		/* subjects of operations */
		{"GET", "urlMaps/x", "get", "urlMaps"},
		{"GET", "zones/z/instanceGroups/x", "get", "instanceGroups"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct call_name name = call_name(cases[i].http_method, cases[i].path);

		assert_string_equal(name.method, cases[i].method);
		assert_string_equal(name.kind, cases[i].kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
