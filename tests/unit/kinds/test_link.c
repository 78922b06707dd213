/* Links in all forms that the cloud uses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "kinds/link.h"

#define URL "https://www.googleapis.com/compute/v1/"
#define PATH "projects/p/global/urlMaps/m"

static void paths(void **state)
{
	static const char *const cases[][2] = {
		{URL PATH, PATH},
		{"https://compute.googleapis.com/compute/beta/" PATH, PATH},
		{"http://127.0.0.1:8080/compute/v1/" PATH, PATH},
		{PATH, PATH},
		{"global/urlMaps/m", PATH},
		{"zones/z/instanceGroups/g", "projects/p/zones/z/instanceGroups/g"},
		{"regions/r/subnetworks/s", "projects/p/regions/r/subnetworks/s"},
		{URL "projects/google.com:x/global/images/i", "projects/google.com:x/global/images/i"},
		{URL PATH "?uniqueId=7", PATH},
		{"global/urlMaps/m?uniqueId=7", PATH},
		{"m", ""},
		{"34.1.2.3", ""},
		{"", ""},
	};
	JSON_WORK(work);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(link_path(cases[i][0], "p"), cases[i][1]);
}

static void equality(void **state)
{
	JSON_WORK(work);

	assert_true(link_equal(URL PATH, "global/urlMaps/m", "p"));
	assert_true(link_equal("https://www.googleapis.com/compute/beta/" PATH, URL PATH, "p"));
	assert_true(link_equal("projects/123456/global/urlMaps/m", PATH, "p"));
	assert_true(link_equal(PATH, "projects/123456/global/urlMaps/m", "p"));
	assert_false(link_equal("projects/123456/global/urlMaps/other", PATH, "p"));
	assert_false(link_equal("projects/q/global/urlMaps/m", PATH, "p"));
	assert_false(link_equal("projects/p1/global/urlMaps/m", PATH, "p"));
	assert_false(link_equal("projects/12ab/global/urlMaps/m", PATH, "p"));
	assert_false(link_equal("projects/p/global/urlMaps/m2", PATH, "p"));
	assert_false(link_equal("zones/a/instanceGroups/g", "zones/b/instanceGroups/g", "p"));
	assert_true(link_equal(PATH "?uniqueId=a/b", PATH, "p"));
	assert_false(link_equal(PATH "?m", "projects/p/global/urlMaps/am", "p"));
	assert_false(link_equal("projects/p/global/urlMaps/", PATH, "p"));
	assert_false(link_equal("m", PATH, "p"));
	assert_false(link_equal("m?a", "m", "p"));
	assert_false(link_equal("", "m", "p"));
	assert_true(link_equal("m", "m", "p"));
	assert_false(link_equal("m", "n", "p"));
}

static void parts(void **state)
{
	JSON_WORK(work);

	assert_string_equal(link_name(URL PATH), "m");
	assert_string_equal(link_name("m"), "m");
	assert_string_equal(link_place(URL PATH), "global/urlMaps/m");
	assert_string_equal(link_place(PATH), "global/urlMaps/m");
	assert_string_equal(link_place("zones/z/instances/i"), "zones/z/instances/i");
	assert_string_equal(link_place("projects/p"), "projects/p");
	assert_string_equal(link_place("m"), "m");
	assert_string_equal(link_location(URL "projects/p/zones/us-central1-a/instanceGroups/g"), "us-central1-a");
	assert_string_equal(link_location(URL "projects/p/zones/us-central1-a"), "us-central1-a");
	assert_string_equal(link_location("regions/europe-west1/subnetworks/s"), "europe-west1");
	assert_string_equal(link_location(PATH), "");
	assert_string_equal(link_location("projects/p/global/networks/my-zones/"), "");
	assert_string_equal(link_url(PATH), URL PATH);
}

static void regions_are_no_zones(void **state)
{
	assert_true(link_is_region("us-central1"));
	assert_true(link_is_region("northamerica-northeast1"));
	assert_false(link_is_region("us-central1-a"));
	assert_false(link_is_region("us-south1-ai1b"));
	assert_false(link_is_region(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regions_are_no_zones),
		cmocka_unit_test(paths),
		cmocka_unit_test(equality),
		cmocka_unit_test(parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
