/* What the status says of certificates. */
#include "scene.h"

#define SPEC                                                                                                           \
	"{\"frontend\":{\"tls\":{\"certificates\":[{\"name\":\"web\",\"domains\":[\"ml.example.com\",\"api.example."   \
	"com\"]}]}}}"

static void managed_is(struct scene *scene, const char *status, const char *ml, const char *api)
{
	cJSON *managed = json_member(scene_node(scene, "cert-web")->seen, "managed");
	cJSON *states = json_set_object(managed, "domainStatus");

	json_set_text(managed, "status", status);
	json_set_text(states, "ml.example.com", ml);
	json_set_text(states, "api.example.com", api);
	scene_status(scene);
}

static const char *shown(const struct scene *scene, const char *path)
{
	return json_text_or(scene->status, path, "nothing");
}

static void pending_says_what_dns_must_say(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene, SPEC);
	managed_is(&scene, "PROVISIONING", "FAILED_NOT_VISIBLE", "ACTIVE");
	assert_says(&scene, "Ready", "False", "CertificatePending", "let the A record of ml.example.com say 34.1.2.3");
	assert_non_null(scene_condition(&scene, "Reconciling"));
	assert_string_equal(shown(&scene, "certificates[0].name"), "web");
	assert_string_equal(shown(&scene, "certificates[0].state"), "PROVISIONING");
	assert_string_equal(shown(&scene, "certificates[0].domains[1].domain"), "ml.example.com");
	assert_string_equal(shown(&scene, "certificates[0].domains[1].state"), "FAILED_NOT_VISIBLE");
	assert_string_equal(shown(&scene, "certificates[0].domains[0].message"), "nothing");
}

static void each_trouble_has_its_remedy(void **state)
{
	static const char *const cases[][2] = {{"PROVISIONING", "A record"}, {"FAILED_CAA_FORBIDDEN", "pki.goog"},
		{"FAILED_CAA_CHECKING", "name servers"}, {"FAILED_RATE_LIMITED", "asked again"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		JSON_WORK(work);
		struct scene scene;

		scene_make(&scene, SPEC);
		managed_is(&scene, "PROVISIONING_FAILED", cases[i][0], "ACTIVE");
		assert_says(&scene, "Ready", "False", "CertificatePending", cases[i][1]);
	}
}

static void google_comes_to_port_443_only(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene,
		"{\"frontend\":{\"tls\":{\"port\":8443,\"httpPolicy\":\"Serve\",\"certificates\":[{\"name\":\"web\","
		"\"domains\":[\"ml.example.com\",\"api.example.com\"]}]}}}");
	managed_is(&scene, "PROVISIONING", "PROVISIONING", "ACTIVE");
	assert_says(
		&scene, "Ready", "False", "CertificatePending", "at port 443 only, and spec.frontend.tls.port is 8443");
}

static void what_failed_for_good_needs_a_person(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene, SPEC);
	managed_is(&scene, "PROVISIONING_FAILED_PERMANENTLY", "FAILED_CAA_FORBIDDEN", "ACTIVE");
	assert_says(&scene, "Ready", "False", "CertificateFailed", "give the entry");
	assert_says(&scene, "Stalled", "True", "CertificateFailed", "pki.goog");
}

static void what_serves_is_ready(void **state)
{
	static const char *const states[] = {"ACTIVE", "RENEWAL_FAILED"};

	for (size_t i = 0; i < 2; i++) {
		JSON_WORK(work);
		struct scene scene;

		scene_make(&scene, SPEC);
		json_set_text(scene_node(&scene, "cert-web")->seen, "expireTime", "2026-09-11T03:00:00.000-07:00");
		managed_is(&scene, states[i], "ACTIVE", "ACTIVE");
		assert_says(&scene, "Ready", "True", "Serving", "");
		assert_string_equal(shown(&scene, "certificates[0].state"), states[i]);
		assert_string_equal(shown(&scene, "certificates[0].expireTime"), "2026-09-11T10:00:00Z");
		assert_string_equal(shown(&scene, "url"), "https://ml.example.com/");
	}
}

/* It is Ready, and somebody has to act all the same. */
static void what_can_t_be_renewed_is_told(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene, SPEC);
	json_set_text(scene_node(&scene, "cert-web")->seen, "expireTime", "2026-09-11T03:00:00.000-07:00");
	managed_is(&scene, "RENEWAL_FAILED", "FAILED_CAA_FORBIDDEN", "ACTIVE");
	assert_says(&scene, "Ready", "True", "Serving",
		"certificate web can't be renewed, and serves until 2026-09-11T10:00:00Z: FAILED_CAA_FORBIDDEN: a CAA "
		"record of "
		"ml.example.com forbids it");
}

static void an_existing_one_is_as_it_is(void **state)
{
	JSON_WORK(work);
	struct scene scene;

	scene_make(&scene,
		"{\"frontend\":{\"tls\":{\"port\":8443,\"httpPolicy\":\"Serve\",\"certificates\":[{\"name\":\"web\","
		"\"sslCertificate\":\"mine\"}]}}}");
	scene_status(&scene);
	assert_says(&scene, "Ready", "True", "Serving", "");
	assert_string_equal(shown(&scene, "certificates[0].resource"), "mine");
	assert_string_equal(shown(&scene, "certificates[0].state"), "ACTIVE");
	assert_string_equal(shown(&scene, "url"), "https://34.1.2.3:8443/");
	scene_node(&scene, "cert-web")->presence = NODE_ABSENT;
	scene_node(&scene, "cert-web")->seen = NULL;
	scene_status(&scene);
	assert_says(&scene, "Ready", "False", "ReferenceNotFound", "change spec.frontend.tls.certificates");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pending_says_what_dns_must_say),
		cmocka_unit_test(each_trouble_has_its_remedy),
		cmocka_unit_test(google_comes_to_port_443_only),
		cmocka_unit_test(what_failed_for_good_needs_a_person),
		cmocka_unit_test(what_serves_is_ready),
		cmocka_unit_test(what_can_t_be_renewed_is_told),
		cmocka_unit_test(an_existing_one_is_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
