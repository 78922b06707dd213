/* The ownership mark: whose is it, and what is no mark at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kinds/mark.h"

static const struct identity who = {.cluster = "c", .namespace = "ml", .name = "tf", .uid = "u"};

static void text(void **state)
{
	JSON_WORK(work);
	cJSON *note = json_parse_text("{\"stage\":1}");

	assert_string_equal(mark_text(&who, "url-map", NULL),
		"{\"manager\":\"tflb.dev\",\"cluster\":\"c\",\"namespace\":\"ml\","
		"\"name\":\"tf\",\"uid\":\"u\",\"role\":\"url-map\"}");
	assert_non_null(strstr(mark_text(&who, "url-map", note), "\"note\":{\"stage\":1}"));
}

static void there_and_back(void **state)
{
	JSON_WORK(work);
	struct mark mark;

	assert_true(mark_parse(mark_text(&who, "group-a", json_parse_text("{\"stage\":1}")), &mark));
	assert_string_equal(mark.role, "group-a");
	assert_int_equal(json_int(mark.note, "stage", 0), 1);
	assert_int_equal(mark_compare(&mark, &who, "tflb-aaaaaaaa-tf-url-map"), MARK_OURS);
}

static void no_marks(void **state)
{
	static const char *const texts[] = {
		"",
		"made by hand",
		"{",
		"{}",
		"[\"tflb.dev\"]",
		"{\"manager\":\"other\",\"cluster\":\"c\",\"namespace\":\"ml\",\"name\":\"tf\",\"uid\":\"u\",\"role\":"
		"\"r\"}",
		"{\"manager\":\"tflb.dev\",\"cluster\":\"c\",\"namespace\":\"ml\",\"name\":\"tf\",\"uid\":\"u\"}",
		"{\"manager\":\"tflb.dev\",\"cluster\":1,\"namespace\":\"ml\",\"name\":\"tf\",\"uid\":\"u\",\"role\":"
		"\"r\"}",
		"{\"manager\":\"tflb.dev\",\"cluster\":\"c\",\"namespace\":\"ml\",\"name\":\"tf\",\"uid\":\"u\","
		"\"role\":\"r\"} x",
	};
	JSON_WORK(work);
	struct mark mark;

	assert_false(mark_parse(NULL, &mark));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(mark_parse(texts[i], &mark));
	assert_int_equal(mark_compare(NULL, &who, "tflb-aaaaaaaa-tf-url-map"), MARK_NONE);
}

static void too_long(void **state)
{
	JSON_WORK(work);
	char name[3000];
	struct mark mark;

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_false(
		mark_parse(arena_printf(json_arena(),
				   "{\"manager\":\"tflb.dev\",\"cluster\":\"c\",\"namespace\":\"ml\",\"name\":\"%s\","
				   "\"uid\":\"u\",\"role\":\"r\"}",
				   name),
			&mark));
}

static void owners(void **state)
{
	const struct mark ours = {.cluster = "c", .namespace = "ml", .name = "tf", .uid = "u", .role = "r"};
	struct mark mark = ours;

	mark.uid = "before";
	assert_int_equal(mark_compare(&mark, &who, "tflb-aaaaaaaa-tf-url-map"), MARK_PREDECESSOR);
	mark.cluster = "elsewhere";
	assert_int_equal(mark_compare(&mark, &who, "tflb-aaaaaaaa-tf-url-map"), MARK_OTHER);
	mark = ours;
	mark.namespace = "other";
	assert_int_equal(mark_compare(&mark, &who, "tflb-aaaaaaaa-tf-url-map"), MARK_OTHER);
	mark = ours;
	mark.name = "tf2";
	assert_int_equal(mark_compare(&mark, &who, "tflb-aaaaaaaa-tf-url-map"), MARK_OTHER);
}

/* What others had under this id is its own once it holds it, and nothing else is. */
static void moved(void **state)
{
	struct identity holder = who;
	const struct mark mark = {.cluster = "c", .namespace = "old", .name = "old", .uid = "o", .role = "r"};
	struct mark elsewhere = mark;

	text_copy(holder.id, sizeof(holder.id), "aaaaaaaa");
	assert_int_equal(mark_compare(&mark, &holder, "tflb-aaaaaaaa-old-url-map"), MARK_OTHER);
	holder.holds = true;
	assert_int_equal(mark_compare(&mark, &holder, "tflb-aaaaaaaa-old-url-map"), MARK_PREDECESSOR);
	assert_int_equal(mark_compare(&mark, &holder, "tflb-aaaaaaab-old-url-map"), MARK_OTHER);
	assert_int_equal(mark_compare(&mark, &holder, "tflb-aaaaaaaa"), MARK_OTHER);
	elsewhere.cluster = "elsewhere";
	assert_int_equal(mark_compare(&elsewhere, &holder, "tflb-aaaaaaaa-old-url-map"), MARK_OTHER);
}

/* The longest of everything that is legal. */
static void it_always_fits(void **state)
{
	JSON_WORK(work);
	char part[254], role[41], note[MARK_NOTE_MAX + 1];
	const struct identity longest = {.cluster = part, .namespace = part, .name = part, .uid = part};
	struct mark mark;

	memset(part, 'x', 253);
	memset(role, 'r', 40);
	memset(note, 'n', MARK_NOTE_MAX);
	part[253] = role[40] = note[MARK_NOTE_MAX] = '\0';
	memcpy(note, "{\"a\":\"", 6);
	memcpy(note + MARK_NOTE_MAX - 2, "\"}", 2);
	assert_true(model_is_identity(part));
	assert_true(mark_parse(mark_text(&longest, role, json_parse_text(note)), &mark));
	assert_int_equal(mark_compare(&mark, &longest, "tflb-aaaaaaaa-tf-url-map"), MARK_OURS);
	assert_string_equal(json_print(mark.note), note);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(no_marks),
		cmocka_unit_test(too_long),
		cmocka_unit_test(owners),
		cmocka_unit_test(moved),
		cmocka_unit_test(it_always_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
