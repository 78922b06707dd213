/* Values picked from text are those of the tree, whatever stands around them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

static bool pick_from(const char *text, struct json_pick *picks, size_t count)
{
	return json_pick(text, strlen(text), picks, count);
}

static void assert_found(const struct json_pick *pick, const char *text)
{
	assert_non_null(pick->text);
	assert_int_equal(pick->length, strlen(text));
	assert_memory_equal(pick->text, text, pick->length);
}

static void test_found(void **state)
{
	struct json_pick picks[] = {{.path = "type"}, {.path = "object"}, {.path = "object.metadata.uid"},
		{.path = "object.spec.n"}, {.path = "object.metadata.missing"}, {.path = "obj"}};

	assert_true(pick_from(" {\"type\" : \"ADDED\",\n \"object\":{\"a\":[1,{\"metadata\":{\"uid\":7}},\"]}\\\"\"],"
			      "\"metadata\":{\"uid\":\"u-1\",\"x\":{}},\"spec\":{\"n\":-1.5e3}} } ",
		picks, 6));
	assert_found(&picks[0], "\"ADDED\"");
	assert_found(&picks[1],
		"{\"a\":[1,{\"metadata\":{\"uid\":7}},\"]}\\\"\"],\"metadata\":{\"uid\":\"u-1\",\"x\":{}},"
		"\"spec\":{\"n\":-1.5e3}}");
	assert_found(&picks[2], "\"u-1\"");
	assert_found(&picks[3], "-1.5e3");
	assert_null(picks[4].text);
	assert_null(picks[5].text);
}

/* A path ends at what is no object. */
static void test_not_an_object_on_the_way(void **state)
{
	struct json_pick picks[] = {{.path = "a.b"}};

	assert_true(pick_from("{\"a\":[{\"b\":1}]}", picks, 1));
	assert_null(picks[0].text);
	assert_true(pick_from("{\"a\":null,\"b\":2}", picks, 1));
	assert_null(picks[0].text);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {"", "[]", "1", "{", "{\"a\":1", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
		"{\"a\":\"x}", "{\"a\":\"x\\\"}", "{\"b\":[1,2}", "{\"a\":1} 2", "{\"a\":1,\"a\":2}", "{a:1}",
		"{\"a\":1 \"b\":2}", "{\"a\":{\"b\":[}"};
	struct json_pick picks[] = {{.path = "a"}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (pick_from(bad[i], picks, 1))
			fail_msg("not refused: %s", bad[i]);
}

/* No byte behind the text is looked at, wherever it ends. */
static void test_every_beginning(void **state)
{
	static const char whole[] = "{\"a\":{\"b\":\"c\\\"d\"},\"e\":[1,true,{\"f\":null}],\"g\":1}";
	struct json_pick picks[] = {{.path = "a.b"}, {.path = "g"}};

	for (size_t length = 0; length < strlen(whole); length++) {
		char *part = mem_copy(whole, length);
		assert_false(json_pick(part, length, picks, 2));
		mem_free(part);
	}
	assert_true(json_pick(whole, strlen(whole), picks, 2));
}

static void test_texts(void **state)
{
	struct json_pick picks[] = {{.path = "plain"}, {.path = "escaped"}, {.path = "number"}, {.path = "none"}};
	char text[8];

	assert_true(pick_from("{\"plain\":\"1234567\",\"escaped\":\"a\\u0062\",\"number\":12}", picks, 4));
	assert_true(json_pick_text(&picks[0], text, sizeof(text)));
	assert_string_equal(text, "1234567");
	assert_false(json_pick_text(&picks[0], text, 7));
	for (int i = 1; i < 4; i++)
		assert_false(json_pick_text(&picks[i], text, sizeof(text)));
}

static void test_takes_no_memory(void **state)
{
	struct json_pick picks[] = {{.path = "a.b"}};
	struct mem_count before = mem_counted();

	assert_true(pick_from("{\"c\":[{\"d\":\"e\"}],\"a\":{\"b\":\"f\"}}", picks, 1));
	assert_int_equal(mem_counted().bytes, before.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_not_an_object_on_the_way),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_every_beginning),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_takes_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
