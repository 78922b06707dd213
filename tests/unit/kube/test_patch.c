#include "rig.h"

#define F "tflb.dev/cleanup"

struct row {
	const char *finalizers;   /* JSON; NULL: member absent */
	const char *add, *remove; /* NULL: nothing to do */
};

#define UID "[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"u-1\"},"
#define ADD_FIRST                                                                                                      \
	UID "{\"op\":\"test\",\"path\":\"/metadata/finalizers\",\"value\":null},"                                      \
	    "{\"op\":\"add\",\"path\":\"/metadata/finalizers\",\"value\":[\"" F "\"]}]"

static const struct row rows[] = {
	{NULL, ADD_FIRST, NULL},
	{"[]", ADD_FIRST, NULL},
	{"[\"a/b\"]", UID "{\"op\":\"add\",\"path\":\"/metadata/finalizers/-\",\"value\":\"" F "\"}]", NULL},
	{"[\"" F "\"]", NULL,
		UID "{\"op\":\"test\",\"path\":\"/metadata/finalizers/0\",\"value\":\"" F "\"},"
		    "{\"op\":\"remove\",\"path\":\"/metadata/finalizers/0\"}]"},
	{"[\"a/b\",\"" F "\",\"c/d\"]", NULL,
		UID "{\"op\":\"test\",\"path\":\"/metadata/finalizers/1\",\"value\":\"" F "\"},"
		    "{\"op\":\"remove\",\"path\":\"/metadata/finalizers/1\"}]"},
};

static void check(const char *seen, const char *want)
{
	if (!text_equal(seen, want))
		fail_msg("seen   %s\nwanted %s", seen ? seen : "NULL", want ? want : "NULL");
}

static void test_patches(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		JSON_WORK(work);
		const char *list = rows[i].finalizers;
		char *text = arena_printf(json_arena(), "{\"metadata\":{\"uid\":\"u-1\"%s%s}}",
			list ? ",\"finalizers\":" : "", list ? list : "");
		const cJSON *object = json_parse_text(text);
		check(kube_patch_add_finalizer(object, F), rows[i].add);
		check(kube_patch_remove_finalizer(object, F), rows[i].remove);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_patches)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
