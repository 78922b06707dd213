/* Names of resources: legal, at most 63 characters, and different for different objects. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "cases.h"

static char *name_of(const char *object, const char *role, const char *hash)
{
	static char name[MODEL_NAME_SIZE];
	model_name("abcdefgh", object, role, hash, name);
	return name;
}

static void names_have_their_form(void **state)
{
	assert_string_equal(name_of("tf", "url-map", NULL), "tflb-abcdefgh-tf-url-map");
	assert_string_equal(name_of("tf", "template-cpu", "k3k3k3k3"), "tflb-abcdefgh-tf-template-cpu-k3k3k3k3");
	char prefix[MODEL_NAME_SIZE];
	model_prefix("abcdefgh", prefix);
	assert_string_equal(prefix, "tflb-abcdefgh-");
}

static void what_is_not_allowed_becomes_a_dash(void **state)
{
	assert_string_equal(name_of("My.Object_1", "url-map", NULL), "tflb-abcdefgh--y--bject-1-url-map");
	assert_string_equal(name_of("tf--", "url-map", NULL), "tflb-abcdefgh-tf-url-map");
	assert_string_equal(name_of("...", "url-map", NULL), "tflb-abcdefgh-url-map");
}

static void only_the_objects_name_is_cut(void **state)
{
	char object[64];
	memset(object, 'x', 63);
	object[63] = '\0';
	char *name = name_of(object, "group-cpu", "k3k3k3k3");
	assert_int_equal(strlen(name), 63);
	assert_true(text_starts(name, "tflb-abcdefgh-xxx"));
	assert_true(text_ends(name, "x-group-cpu-k3k3k3k3"));
	/* 63 - "tflb-abcdefgh-" - "-group-cpu-k3k3k3k3" = 30 characters of the name: the 30th is a dash and goes */
	object[29] = '-';
	name = name_of(object, "group-cpu", "k3k3k3k3");
	assert_int_equal(strlen(name), 62);
	assert_null(strstr(name, "--"));
}

static void the_longest_role_leaves_no_room_for_the_name(void **state)
{
	const char *role = "template-pool-of-thirty-characters-aaaaa";
	assert_int_equal(strlen(role), 40);
	char *name = name_of("tf", role, "k3k3k3k3");
	assert_int_equal(strlen(name), 63);
	assert_string_equal(name, "tflb-abcdefgh-template-pool-of-thirty-characters-aaaaa-k3k3k3k3");
	/* One character of the name fits with one less. */
	assert_string_equal(
		name_of("tf", role + 2, "k3k3k3k3"), "tflb-abcdefgh-t-mplate-pool-of-thirty-characters-aaaaa-k3k3k3k3");
}

static void identities_are_plain(void **state)
{
	char longest[255];

	memset(longest, 'n', 254);
	longest[254] = '\0';
	assert_false(model_is_identity(longest));
	longest[253] = '\0';
	assert_true(model_is_identity(longest));
	assert_true(model_is_identity("5bd2e9c5-7d8c-4c5a-9f0e-2b9f0c7a1f11"));
	assert_true(model_is_identity("arn:aws:eks:eu-west-1:1234:cluster/Some_name.v2"));
	static const char *const others[] = {"", "a b", "a\"b", "a\\b", "a\nb", "a\x01", "\xc3\xa4", "a\x7f"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(model_is_identity(others[i]));
}

static void ids_depend_on_all_three(void **state)
{
	char id[MODEL_ID_SIZE], other[MODEL_ID_SIZE];
	model_id("cluster-1", "ml", "tf", id);
	assert_string_equal(id, "n62loxsh"); /* frozen: another id would leave every chain behind */
	static const char *const others[][3] = {{"cluster-2", "ml", "tf"}, {"cluster-1", "prod", "tf"},
		{"cluster-1", "ml", "tf2"}, {"cluster-1", "mlt", "f"}, {"cluster-1m", "l", "tf"},
		{"cluster-1", "m", "ltf"}};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		model_id(others[i][0], others[i][1], others[i][2], other);
		assert_string_not_equal(id, other);
	}
}

static void random_name(unsigned *seed, char name[64])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t length = 1 + (size_t)rand_r(seed) % 63;
	for (size_t i = 0; i < length; i++)
		name[i] = letters[(size_t)rand_r(seed) % (i == 0 || i + 1 == length ? 36 : 37)];
	name[length] = '\0';
}

static bool is_legal(const char *name)
{
	return text_is_label(name, 63);
}

/* Long names that are cut to the same letters still differ, by the id. */
static void a_thousand_objects_have_names_of_their_own(void **state)
{
	unsigned seed = 1;
	struct map seen = {0};
	for (int i = 0; i < 1000; i++) {
		char namespace[20], object[64], id[MODEL_ID_SIZE], name[MODEL_NAME_SIZE];
		snprintf(namespace, sizeof namespace, "ns-%d", i);
		random_name(&seed, object);
		model_id("cluster-1", namespace, object, id);
		model_name(id, i % 2 ? object : "the-same-name-everywhere", "template-cpu", "k3k3k3k3", name);
		assert_true(is_legal(name));
		assert_null(map_put(&seen, name, id));
	}
	assert_int_equal(seen.count, 1000);
	map_done(&seen, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_have_their_form),
		cmocka_unit_test(what_is_not_allowed_becomes_a_dash),
		cmocka_unit_test(only_the_objects_name_is_cut),
		cmocka_unit_test(the_longest_role_leaves_no_room_for_the_name),
		cmocka_unit_test(identities_are_plain),
		cmocka_unit_test(ids_depend_on_all_three),
		cmocka_unit_test(a_thousand_objects_have_names_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
