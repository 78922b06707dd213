/* What the table of types can say, tried apart from the API: a use site that overrides (the same type without defaults and
 * requirements, down to its lists, which replace), objects without a default, transitions inside lists. A small type of the
 * test's own stands for them. */
#include <stddef.h>

#include "cases.h"
#include "model/parse.h"
#include "model/rules.h"
#include "model/schema.h"
#include "model/types.h"

struct engine {
	uint64_t present;
	int64_t power, limit;
	char *fuel;
};
struct wheel {
	uint64_t present;
	char *name;
	int64_t size;
};
struct wheels {
	struct wheel *items;
	size_t count;
};
struct car {
	uint64_t present;
	struct engine engine;
	struct wheels wheels;
	struct lb_texts trips;
	char *color;
};
struct flag {
	uint64_t present;
	bool waving;
};
struct race {
	uint64_t present;
	struct car car, spare;
	struct flag flag;
};

static bool below_limit(const void *self, const void *old)
{
	const struct engine *engine = self;
	return engine->power <= engine->limit;
}

static bool not_odd(const void *self, const void *old)
{
	return *(const int64_t *)self % 2 == 0;
}

static bool not_smaller(const void *self, const void *old)
{
	return *(const int64_t *)self >= *(const int64_t *)old;
}

static bool waves(const void *self, const void *old)
{
	return ((const struct flag *)self)->waving;
}

static const struct rule engine_rules[] = {
	{.cel = "self.power <= self.limit", .message = "too much power", .whole = true, .holds = below_limit},
	{.cel = NULL},
};
static const struct rule power_rules[] = {
	{.cel = "self % 2 == 0", .message = "power is even", .holds = not_odd},
	{.cel = NULL},
};

static const struct rule size_rules[] = {
	{.cel = "self >= oldSelf", .message = "wheels only grow", .transition = true, .holds = not_smaller},
	{.cel = NULL},
};
static const struct rule flag_rules[] = {
	{.cel = "self.waving", .message = "a flag waves", .holds = waves},
	{.cel = NULL},
};

static const struct type word = TEXT(1, 10);
static const struct type power = {.kind = TYPE_INTEGER, .most = 100, .rules = power_rules};
static const struct type size = {.kind = TYPE_INTEGER, .most = 100, .rules = size_rules};
static const struct type boolean = {.kind = TYPE_BOOLEAN};
static const struct type limit = INTEGER(0, 100);
static const struct field engine_fields[] = {
	{"power", &power, offsetof(struct engine, power), .fallback = "10", .text = "Power."},
	{"limit", &limit, offsetof(struct engine, limit), .fallback = "50", .text = "Limit."},
	{"fuel", &word, offsetof(struct engine, fuel), .text = "Fuel.", .required = true},
};
static const struct type engine = {
	.kind = TYPE_OBJECT, FIELDS(engine_fields), .size = sizeof(struct engine), .rules = engine_rules};
static const struct field wheel_fields[] = {
	{"name", &word, offsetof(struct wheel, name), .text = "Name.", .required = true},
	{"size", &size, offsetof(struct wheel, size), .text = "Size."},
};
static const struct type wheel = {.kind = TYPE_OBJECT, FIELDS(wheel_fields), .size = sizeof(struct wheel)};
static const struct type wheels = {
	.kind = TYPE_LIST, .most = 4, .form = LIST_KEYED, .keys = {"name"}, .item = &wheel, .item_text = "A wheel."};
static const struct type trips = {
	.kind = TYPE_LIST, .most = 4, .form = LIST_ATOMIC, .item = &word, .item_text = "A trip."};
static const struct field car_fields[] = {
	{"engine", &engine, offsetof(struct car, engine), .fallback = "{}", .text = "Engine."},
	{"wheels", &wheels, offsetof(struct car, wheels), .text = "Wheels."},
	{"trips", &trips, offsetof(struct car, trips), .text = "Trips."},
	{"color", &word, offsetof(struct car, color), .text = "Color.", .required = true},
};
static const struct type car = {.kind = TYPE_OBJECT, FIELDS(car_fields), .size = sizeof(struct car)};
static const struct field flag_fields[] = {
	{"waving", &boolean, offsetof(struct flag, waving), .text = "Whether it waves."},
};
static const struct type flag = {
	.kind = TYPE_OBJECT, FIELDS(flag_fields), .size = sizeof(struct flag), .rules = flag_rules};
static const struct field race_fields[] = {
	{"car", &car, offsetof(struct race, car), .text = "Car.", .required = true},
	{"spare", &car, offsetof(struct race, spare), .text = "Over the car.", .over = "race.car"},
	{"flag", &flag, offsetof(struct race, flag), .text = "Flag."},
};
static const struct type race = {.kind = TYPE_OBJECT, FIELDS(race_fields), .size = sizeof(struct race)};

#define CAR "\"car\":{\"color\":\"red\",\"engine\":{\"fuel\":\"gas\"}}"

static const struct place root = {NULL, "race", 0};

static bool read_race(const char *text, struct race *read, struct error *err)
{
	*read = (struct race){0};
	cJSON *tree = json_parse_text(text);
	return parse_value(&race, false, &root, tree, read, err) && rules_check(&race, false, &root, read, NULL, err);
}

static void nothing_is_filled_in(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct race read;
	assert_true(read_race("{" CAR ",\"spare\":{\"engine\":{\"power\":80}}}", &read, &err));
	assert_int_equal(read.car.engine.power, 10);
	assert_int_equal(read.car.engine.limit, 50);
	assert_int_equal(read.spare.engine.power, 80);
	assert_true(read.spare.engine.limit == LB_ABSENT);
	assert_null(read.spare.engine.fuel);
	assert_null(read.spare.color);
}

static void an_absent_one_has_absent_numbers(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct race read;
	assert_true(read_race("{" CAR "}", &read, &err));
	assert_true(read.spare.engine.power == LB_ABSENT);
	assert_true(read.spare.present == 0);
}

static void bounds_and_rules_of_single_values_hold(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct race read;
	assert_false(read_race("{" CAR ",\"spare\":{\"engine\":{\"power\":101}}}", &read, &err));
	assert_string_equal(err.message, "race.spare.engine.power: must be at most 100");
	assert_false(read_race("{" CAR ",\"spare\":{\"engine\":{\"power\":7}}}", &read, &err));
	assert_string_equal(err.message, "race.spare.engine.power: power is even");
}

static void rules_about_two_members_hold_outside_only(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct race read;
	assert_true(read_race("{" CAR ",\"spare\":{\"engine\":{\"power\":60,\"limit\":20}}}", &read, &err));
	assert_false(
		read_race("{\"car\":{\"color\":\"red\",\"engine\":{\"fuel\":\"gas\",\"power\":60}}}", &read, &err));
	assert_string_equal(err.message, "race.car.engine: too much power");
}

static void items_of_lists_are_whole(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct race read;
	assert_false(read_race("{" CAR ",\"spare\":{\"wheels\":[{}]}}", &read, &err));
	assert_string_equal(err.message, "race.spare.wheels[0].name: is required");
}

static void an_atomic_list_keeps_order_and_repetition(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct race read;
	assert_true(read_race("{" CAR ",\"spare\":{\"trips\":[\"b\",\"a\",\"b\"]}}", &read, &err));
	assert_int_equal(read.spare.trips.count, 3);
	assert_string_equal(read.spare.trips.items[0], "b");
	assert_string_equal(read.spare.trips.items[2], "b");
	assert_false(read_race("{" CAR ",\"spare\":{\"trips\":[\"\"]}}", &read, &err));
	assert_string_equal(err.message, "race.spare.trips[0]: must not be empty");
}

static void an_absent_object_has_no_rules(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct race read;
	assert_true(read_race("{" CAR "}", &read, &err));
	assert_true(read_race("{" CAR ",\"flag\":{\"waving\":true}}", &read, &err));
	assert_false(read_race("{" CAR ",\"flag\":{}}", &read, &err));
	assert_string_equal(err.message, "race.flag: a flag waves");
}

static void texts_have_a_least_length(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	struct race read;
	assert_false(read_race("{\"car\":{\"color\":\"\",\"engine\":{\"fuel\":\"gas\"}}}", &read, &err));
	assert_string_equal(err.message, "race.car.color: must not be empty");
}

static bool wheels_may_change(const char *before, const char *after, struct error *err)
{
	struct race old, new;
	const char *form = "{\"car\":{\"color\":\"red\",\"engine\":{\"fuel\":\"gas\"},\"wheels\":[%s]}}";
	assert_true(read_race(arena_printf(json_arena(), form, before), &old, err));
	assert_true(read_race(arena_printf(json_arena(), form, after), &new, err));
	return rules_check(&race, false, &root, &new, &old, err);
}

/* An item of a keyed list is the old one with its key, wherever that stood. */
static void items_are_compared_by_key(void **state)
{
	JSON_WORK(work);
	struct error err = {0};
	const char *before = "{\"name\":\"a\",\"size\":9},{\"name\":\"b\",\"size\":2}";
	assert_true(wheels_may_change(before, "{\"name\":\"b\",\"size\":3},{\"name\":\"a\",\"size\":9}", &err));
	assert_true(wheels_may_change(before, "{\"name\":\"c\",\"size\":1}", &err));
	assert_true(wheels_may_change(before, "{\"name\":\"a\"}", &err));
	assert_false(wheels_may_change(before, "{\"name\":\"b\",\"size\":1}", &err));
	assert_string_equal(err.message, "race.car.wheels[0].size: wheels only grow");
}

static void trees_are_not_filled_either(void **state)
{
	JSON_WORK(work);
	cJSON *tree = json_parse_text("{" CAR ",\"spare\":{\"engine\":{\"nope\":1}}}");
	parse_default(&race, false, tree);
	assert_string_equal(json_print_canonical(tree),
		"{\"car\":{\"color\":\"red\",\"engine\":{\"fuel\":\"gas\",\"limit\":50,\"power\":10}},"
		"\"spare\":{\"engine\":{}}}");
}

static void the_schema_says_so(void **state)
{
	JSON_WORK(work);
	cJSON *schema = schema_build(&race, (struct schema_site){.see = NULL}, "Race.");
	cJSON *whole = json_at(schema, "properties.car"), *spare = json_at(schema, "properties.spare");
	assert_true(json_has(whole, "required"));
	assert_true(json_has(whole, "properties.engine.default"));
	assert_string_equal(
		json_text(json_member(json_at(whole, "properties.engine"), "x-kubernetes-validations"), "[0].message"),
		"too much power");
	assert_false(json_has(spare, "required"));
	assert_false(json_has(spare, "properties.engine.default"));
	assert_false(json_has(spare, "properties.engine.properties.power.default"));
	assert_false(json_has(spare, "properties.engine.required"));
	assert_null(json_member(json_at(spare, "properties.engine"), "x-kubernetes-validations"));
	assert_non_null(json_member(json_at(spare, "properties.engine.properties.power"), "x-kubernetes-validations"));
	assert_true(json_has(spare, "properties.wheels.items.required"));
	assert_null(json_text(json_at(spare, "properties.trips"), "x-kubernetes-list-type")); /* atomic */
	assert_string_equal(json_text(json_at(spare, "properties.wheels"), "x-kubernetes-list-type"), "map");
	assert_string_equal(json_text(spare, "description"), "Over the car.");
	assert_string_equal(json_text(spare, "properties.engine.description"), "See race.car.engine.");
	assert_null(json_text(spare, "properties.engine.properties.power.description"));
	assert_null(json_text(spare, "properties.wheels.items.properties.size.description"));
}

struct trailer {
	uint64_t present;
	bool brake, lamp;
};
static const struct field trailer_fields[] = {
	{"brake", &boolean, offsetof(struct trailer, brake), .text = "Brakes."},
	{"lamp", &boolean, offsetof(struct trailer, lamp), .rare = true, .text = "Has a lamp."},
};
static const struct type trailer = {.kind = TYPE_OBJECT, FIELDS(trailer_fields), .size = sizeof(struct trailer)};
struct convoy {
	uint64_t present;
	struct trailer first, last;
};
static const struct field convoy_fields[] = {
	{"first", &trailer, offsetof(struct convoy, first), .text = "The first."},
	{"last", &trailer, offsetof(struct convoy, last), .over = "convoy.first", .common = true, .text = "The last."},
};
static const struct type convoy = {.kind = TYPE_OBJECT, FIELDS(convoy_fields), .size = sizeof(struct convoy)};

/* Neither offered nor kept: the API server drops what its schema does not know. */
static void rare_members_are_left_out_where_asked(void **state)
{
	JSON_WORK(work);
	cJSON *schema = schema_build(&convoy, (struct schema_site){.see = NULL}, "Convoy.");
	assert_true(json_has(json_at(schema, "properties.first"), "properties.lamp"));
	assert_true(json_has(json_at(schema, "properties.last"), "properties.brake"));
	assert_false(json_has(json_at(schema, "properties.last"), "properties.lamp"));
	cJSON *tree =
		json_parse_text("{\"first\":{\"lamp\":true,\"brake\":true},\"last\":{\"lamp\":true,\"brake\":true}}");
	parse_default(&convoy, false, tree);
	assert_string_equal(
		json_print_canonical(tree), "{\"first\":{\"brake\":true,\"lamp\":true},\"last\":{\"brake\":true}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_filled_in),
		cmocka_unit_test(an_absent_one_has_absent_numbers),
		cmocka_unit_test(bounds_and_rules_of_single_values_hold),
		cmocka_unit_test(rules_about_two_members_hold_outside_only),
		cmocka_unit_test(items_of_lists_are_whole),
		cmocka_unit_test(an_atomic_list_keeps_order_and_repetition),
		cmocka_unit_test(an_absent_object_has_no_rules),
		cmocka_unit_test(texts_have_a_least_length),
		cmocka_unit_test(items_are_compared_by_key),
		cmocka_unit_test(trees_are_not_filled_either),
		cmocka_unit_test(the_schema_says_so),
		cmocka_unit_test(rare_members_are_left_out_where_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
