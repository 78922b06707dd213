/* The table, names and their hashes, paths, and what points at what. Bodies are shown by the golden tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kinds/link.h"
#include "sample.h"

static void rows(void **state)
{
	for (int id = 0; id < KINDS; id++) {
		const struct kind *kind = kind_at(id);

		assert_int_equal(kind->id, id);
		assert_non_null(kind->build);
		assert_true(kind->external || kind->list_path); /* what is ours must be found by a census */
		for (const struct kind_member *member = kind->members; member && member->path; member++) {
			assert_int_equal(member->rule == MEMBER_VERB, member->verb != NULL);
			assert_int_equal(member->rule == MEMBER_NAMES, member->names != NULL);
			assert_int_equal(
				member->rule == MEMBER_KEYED || member->rule == MEMBER_DIGEST, member->key != NULL);
			assert_int_equal(member->rule == MEMBER_ABSENT_IS, member->absent != NULL);
		}
	}
}

static const char *name_of(const char *spec, enum kind_id kind, const char *role)
{
	struct sample sample;
	const struct want *want;

	sample_make(&sample, spec);
	want = wants_find(&sample.wants, kind, role);
	assert_non_null(want);
	return arena_strdup(json_arena(), want->name);
}

#define ASSERT_RENAMED(kind, role, a, b) assert_string_not_equal(name_of(a, kind, role), name_of(b, kind, role))
#define ASSERT_NOT_RENAMED(kind, role, a, b) assert_string_equal(name_of(a, kind, role), name_of(b, kind, role))

static void what_renames_a_template(void **state)
{
	JSON_WORK(work);

	ASSERT_RENAMED(KIND_INSTANCE_TEMPLATE, "template-w", "", "{\"template\":{\"machineType\":\"n2-standard-4\"}}");
	ASSERT_RENAMED(KIND_INSTANCE_TEMPLATE, "template-w", "", "{\"template\":{\"tags\":[\"x\"]}}");
	ASSERT_NOT_RENAMED(
		KIND_INSTANCE_TEMPLATE, "template-w", "", "{\"template\":{\"machineType\":\"n1-standard-4\"}}");
	ASSERT_NOT_RENAMED(KIND_INSTANCE_TEMPLATE, "template-w", "", "{\"replicas\":7,\"serving\":{\"port\":8501}}");
	ASSERT_NOT_RENAMED(
		KIND_INSTANCE_TEMPLATE, "template-w", "", "{\"pools\":[{\"name\":\"w\",\"zone\":\"europe-west1-b\"}]}");
	/* a bare subnetwork is another one in another region, and the same in another zone */
	ASSERT_RENAMED(KIND_INSTANCE_TEMPLATE, "template-w", "{\"template\":{\"subnetwork\":\"s\"}}",
		"{\"template\":{\"subnetwork\":\"s\"},\"pools\":[{\"name\":\"w\",\"zone\":\"europe-west1-b\"}]}");
	ASSERT_NOT_RENAMED(KIND_INSTANCE_TEMPLATE, "template-w", "{\"template\":{\"subnetwork\":\"s\"}}",
		"{\"template\":{\"subnetwork\":\"s\"},\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-f\"}]}");
}

static void what_renames_a_group(void **state)
{
	JSON_WORK(work);

	ASSERT_RENAMED(KIND_GROUP, "group-w", "", "{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-b\"}]}");
	ASSERT_RENAMED(KIND_GROUP, "group-w", "", "{\"template\":{\"network\":\"ml\"}}");
	ASSERT_RENAMED(KIND_GROUP, "group-w", "{\"template\":{\"network\":\"ml\"}}",
		"{\"template\":{\"network\":\"ml\",\"subnetwork\":\"s\"}}");
	ASSERT_RENAMED(KIND_GROUP, "group-w", "",
		"{\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\",\"baseInstanceName\":\"x\"}]}");
	ASSERT_NOT_RENAMED(KIND_GROUP, "group-w", "{\"template\":{\"network\":\"ml\"}}",
		"{\"template\":{\"network\":\"projects/my-project/global/networks/ml\"}}");
	ASSERT_NOT_RENAMED(
		KIND_GROUP, "group-w", "", "{\"template\":{\"machineType\":\"n2-standard-4\"},\"replicas\":9}");
}

static void what_renames_firewall_and_rule(void **state)
{
	JSON_WORK(work);

	ASSERT_RENAMED(KIND_FIREWALL, "firewall", "", "{\"template\":{\"network\":\"ml\"}}");
	ASSERT_NOT_RENAMED(KIND_FIREWALL, "firewall", "", "{\"template\":{\"network\":\"default\"}}");
	ASSERT_NOT_RENAMED(KIND_FIREWALL, "firewall", "", "{\"firewall\":{\"priority\":7}}");
	ASSERT_RENAMED(KIND_FORWARDING_RULE, "http-rule", "", "{\"frontend\":{\"port\":81}}");
	ASSERT_RENAMED(KIND_FORWARDING_RULE, "http-rule", "", "{\"frontend\":{\"address\":{\"type\":\"Ephemeral\"}}}");
	ASSERT_RENAMED(KIND_FORWARDING_RULE, "http-rule",
		"{\"frontend\":{\"address\":{\"type\":\"Named\",\"name\":\"a\"}}}",
		"{\"frontend\":{\"address\":{\"type\":\"Named\",\"name\":\"b\"}}}");
	ASSERT_NOT_RENAMED(
		KIND_FORWARDING_RULE, "http-rule", "", "{\"frontend\":{\"loadBalancingScheme\":\"EXTERNAL\"}}");
}

static void external_wants_have_no_body(void **state)
{
	JSON_WORK(work);
	struct sample sample;

	sample_make(&sample, "{\"frontend\":{\"address\":{\"type\":\"Named\",\"name\":\"mine\"}}}");
	assert_null(wants_find(&sample.wants, KIND_IMAGE, "image")->body);
	assert_string_equal(want_path(wants_find(&sample.wants, KIND_IMAGE, "image")), SAMPLE_IMAGE);
	assert_null(wants_find(&sample.wants, KIND_ADDRESS, "address")->body);
	assert_string_equal(want_path(wants_find(&sample.wants, KIND_ADDRESS, "address")),
		"projects/my-project/global/addresses/mine");
}

static const char *base_name(const char *object_name, const char *spec)
{
	struct sample sample;
	struct wants wants = {0};

	sample_make(&sample, spec);
	sample.lb.name = sample.lb.stem = arena_strdup(json_arena(), object_name);
	kinds_want(&(struct kind_context){.lb = &sample.lb, .who = &sample.who}, &wants);
	return json_text(wants_find(&wants, KIND_GROUP, "group-p")->body, "baseInstanceName");
}

static void names_of_machines(void **state)
{
	static const char pool[] = "{\"pools\":[{\"name\":\"p\",\"zone\":\"us-central1-a\"}]}";
	JSON_WORK(work);
	char name[64];

	assert_string_equal(base_name("tf", pool), "tf-p");
	assert_string_equal(base_name("3d", pool), "tflb-3d-p");
	memset(name, 'a', 63);
	name[63] = '\0';
	assert_int_equal(strlen(base_name(name, pool)), 58);
	name[57] = '-';
	assert_int_equal(strlen(base_name(name, pool)), 57);
}

/* Does a link in member of a body of kind point at the node? */
static bool points(enum kind_id kind, const char *path, const struct node *node, const char *link)
{
	for (const struct kind_member *member = kind_at(kind)->members; member->path; member++) {
		if (member->rule == MEMBER_REFERENCE && strcmp(member->path, path) == 0)
			return node_is_target(node, member, link);
	}
	fail();
	return false;
}

static void targets(void **state)
{
	JSON_WORK(work);
	struct sample sample;
	struct node group, address, image;
	const char *zone_path = "projects/123/zones/us-central1-a";

	sample_make(&sample, "");
	group = sample_node(wants_find(&sample.wants, KIND_GROUP, "group-w"));
	address = sample_node(wants_find(&sample.wants, KIND_ADDRESS, "address"));
	image = sample_node(wants_find(&sample.wants, KIND_IMAGE, "image"));
	assert_true(points(KIND_BACKEND_SERVICE, "backends[].group", &group,
		arena_printf(json_arena(), "%s/instanceGroups/%s", zone_path, group.own_name)));
	assert_false(points(KIND_BACKEND_SERVICE, "backends[].group", &group,
		arena_printf(json_arena(), "projects/123/zones/us-central1-b/instanceGroups/%s", group.own_name)));
	assert_false(points(KIND_BACKEND_SERVICE, "backends[].group", &address, node_path(&address)));
	assert_true(points(KIND_FORWARDING_RULE, "IPAddress", &address, node_path(&address)));
	assert_false(points(KIND_FORWARDING_RULE, "IPAddress", &address, "34.1.2.3"));
	json_set_text(address.seen, "address", "34.1.2.3");
	assert_true(points(KIND_FORWARDING_RULE, "IPAddress", &address, "34.1.2.3"));
	assert_false(points(KIND_FORWARDING_RULE, "IPAddress", &address, "34.1.2.4"));
	json_set_text(image.seen, "name", "tf-7");
	assert_true(points(
		KIND_INSTANCE_TEMPLATE, "properties.disks[].initializeParams.sourceImage", &image, SAMPLE_IMAGE));
	assert_false(points(KIND_INSTANCE_TEMPLATE, "properties.disks[].initializeParams.sourceImage", &image,
		"projects/images/global/images/tf-7")); /* what is pinned waits for no family */
}

static void usable(void **state)
{
	JSON_WORK(work);
	struct sample sample;
	struct node node;

	sample_make(&sample, "");
	node = sample_node(wants_find(&sample.wants, KIND_URL_MAP, "url-map"));
	assert_true(node_usable(&node));
	node.busy = true; /* a read */
	assert_true(node_usable(&node));
	node.change = CHANGE_PATCH;
	assert_false(node_usable(&node));
	node.busy = false;
	node.running = true;
	assert_false(node_usable(&node));
	node.running = false;
	node.presence = NODE_FOREIGN;
	assert_false(node_usable(&node));
	node.presence = NODE_UNKNOWN;
	assert_false(node_usable(&node));
}

/* A Secret that can't be read leaves what it was last, however many of it stand. */
static void the_newest_certificate_stands_for_its_secret(void **state)
{
	JSON_WORK(work);
	struct sample sample;
	struct node nodes[3], *items[] = {&nodes[0], &nodes[1], &nodes[2]};
	static const char *const made[] = {"2026-06-13T10:00:00Z", "2026-06-15T10:00:00Z", "2026-06-14T10:00:00Z"};
	struct wants wants = {0};

	sample_make(&sample,
		"{\"frontend\":{\"tls\":{\"certificates\":[{\"name\":\"web\",\"secretRef\":{\"name\":\"tls\"}}]}}}");
	assert_null(wants_find(&sample.wants, KIND_SSL_CERTIFICATE, "cert-web"));
	for (size_t i = 0; i < 3; i++) {
		nodes[i] = (struct node){.kind = kind_at(KIND_SSL_CERTIFICATE),
			.id = (uint32_t)i + 1,
			.own_name = arena_printf(json_arena(), "cert-%zu", i),
			.own_role = arena_strdup(json_arena(), "cert-web"),
			.presence = NODE_PRESENT,
			.seen = cJSON_CreateObject()};
		json_set_text(nodes[i].seen, "creationTimestamp", made[i]);
	}
	kinds_want(&(struct kind_context){.lb = &sample.lb, .who = &sample.who, .nodes = {.items = items, .count = 3}},
		&wants);
	assert_string_equal(wants_find(&wants, KIND_SSL_CERTIFICATE, "cert-web")->name, "cert-1");
}

static void an_address_has_its_ip(void **state)
{
	JSON_WORK(work);
	struct sample sample;
	struct node node;

	sample_make(&sample, "");
	node = sample_node(wants_find(&sample.wants, KIND_ADDRESS, "address"));
	assert_false(node.kind->usable(&node));
	node.verified = false; /* just made: the link is good enough */
	assert_true(node.kind->usable(&node));
	node.verified = true;
	json_set_text(node.seen, "address", "34.1.2.3");
	assert_true(node.kind->usable(&node));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(what_renames_a_template),
		cmocka_unit_test(what_renames_a_group),
		cmocka_unit_test(what_renames_firewall_and_rule),
		cmocka_unit_test(external_wants_have_no_body),
		cmocka_unit_test(names_of_machines),
		cmocka_unit_test(targets),
		cmocka_unit_test(usable),
		cmocka_unit_test(the_newest_certificate_stands_for_its_secret),
		cmocka_unit_test(an_address_has_its_ip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
