/* The regular expressions of the schema and the same in C agree: on chosen texts and on thousands of random ones. POSIX and
 * RE2 read these expressions alike. */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "model/patterns.h"

static const struct pattern *const patterns[] = {&pattern_label, &pattern_project, &pattern_machine_type,
	&pattern_image, &pattern_network, &pattern_subnetwork, &pattern_service_account, &pattern_scope,
	&pattern_label_value, &pattern_zone, &pattern_request_path, &pattern_object_name, &pattern_reason,
	&pattern_revision, &pattern_reservation, &pattern_manager_tag, &pattern_kms_key, &pattern_email,
	&pattern_snapshot, &pattern_range_size, &pattern_network_attachment, &pattern_container_image,
	&pattern_one_line, &pattern_env_name, &pattern_folder, &pattern_account, &pattern_name_glob, &pattern_path_glob,
	&pattern_region, &pattern_decimal, &pattern_object, &pattern_header_name, &pattern_header_line,
	&pattern_secret_member, &pattern_bucket, &pattern_error_code, &pattern_page, &pattern_url_path,
	&pattern_match_header, &pattern_rule_path, &pattern_route_host};
enum { PATTERNS = sizeof patterns / sizeof *patterns };

static const char *const chosen[] = {"", "a", "A", "1", "-", "a-", "-a", "a-b", "a--b", "tf", "my-project",
	"my-project-", "example.com:my-project", ".com:my-project", ":my-project", "a:b:my-project", "n1-standard-4",
	"n1--standard", "n1-", "1n-a", "global/images/tf", "global/images/family/tf", "global/images/family",
	"global/images/family/", "global/images/", "projects/my-project/global/images/family/tf",
	"projects/x/global/images/tf", "projects//global/images/tf", "projects/my-project", "projects/my-project/",
	"/global/images/tf", "global/networks/default", "global/networks/", "projects/my-project/global/networks/n",
	"projects/my-project/n", "regions/us-central1/subnetworks/s", "regions//subnetworks/s",
	"regions/us-central1/subnetworks/", "projects/my-project/regions/r/subnetworks/s", "default", "a@b", "a@", "@b",
	"a@b@c", "a+b%c@d.e", "defaults", "https://www.googleapis.com/auth/x", "https://www.googleapis.com/auth/",
	"https://www.googleapis.com/auth/x/y", "https://wwwxgoogleapis.com/auth/x", "us-central1-a", "us-central1",
	"us-central-a", "1-a", "a1-a", "us-central1-1", "us-central1-a-b", "/", "/a", "/a b", "/~!", "/\x7F",
	"/\xC3\xA4", "a\n", "/a\n", "us-central1-a\n", "A_", "A,b:c", "A:", "gpus/reservationBlocks/b",
	"gpus/reservationBlocks/", "projects/my-project/reservations/r",
	"projects/my-project/reservations/r/reservationBlocks/b", "reservations/r", "tagValues/4", "1.2:3+4", "GVNIC",
	"A_1", "/7", "/8", "/24", "/32", "/33", "/240", "/08", "global/snapshots/s", "global/snapshots/",
	"regions/r/networkAttachments/n", "regions/r/networkAttachments/",
	"projects/p/locations/l/keyRings/r/cryptoKeys/k",
	"projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/12",
	"projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/",
	"projects//locations/l/keyRings/r/cryptoKeys/k", "*", "**", "***", "projects/*", "projects/", "projects/p q",
	"**/x", "*x", "a@b.c", "a@B", "a@b\n", "1@b", "+@b", "a+b@c", "a1", "ab12", "us-central1", "0", "0.5", "1.",
	".5", "1234567890", "1.1234567", "X-A", "X-A: b", "X-A:", ":a", "X A: b", "X-A: \n", ":method", "::", "/*",
	"/a/*", "/a*", "/*/a", "/a/", "/a?b", "*.a.b", "*-a", "*:80", "a.b:8080", "a.b:", "*.", "a.b:123456", "a..b",
	"a.", "**a"};

static void compare(const struct pattern *pattern, const regex_t *expression, const char *text)
{
	bool matches = regexec(expression, text, 0, NULL, 0) == 0;
	if (pattern->matches(text) != matches)
		fail_msg("%s %s \"%s\", in C it is otherwise", pattern->text, matches ? "matches" : "does not match",
			text);
}

static void chosen_texts(void **state)
{
	for (size_t i = 0; i < PATTERNS; i++) {
		regex_t expression;
		assert_int_equal(regcomp(&expression, patterns[i]->text, REG_EXTENDED | REG_NOSUB), 0);
		for (size_t j = 0; j < sizeof chosen / sizeof *chosen; j++)
			compare(patterns[i], &expression, chosen[j]);
		regfree(&expression);
	}
}

/* Pieces that the forms are made of, so that random texts come near them. */
static const char *const pieces[] = {"a", "z9", "1", "-", "-a", "b-c", ".", ":", "/", "_", "*", "@", "A", " ",
	"projects/", "my-project", "global/", "images/", "family/", "networks/", "regions/", "us-central1",
	"/subnetworks/", "default", "https://www.googleapis.com/auth/", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a1-b2", ",",
	"%", "+", "reservations/", "/reservationBlocks/"};

static void random_text(unsigned *seed, char *text, size_t size)
{
	text[0] = '\0';
	for (int count = rand_r(seed) % 8; count > 0; count--) {
		const char *piece = pieces[(size_t)rand_r(seed) % (sizeof pieces / sizeof *pieces)];
		strncat(text, piece, size - strlen(text) - 1);
	}
}

static void random_texts(void **state)
{
	unsigned seed = 7;
	for (size_t i = 0; i < PATTERNS; i++) {
		regex_t expression;
		assert_int_equal(regcomp(&expression, patterns[i]->text, REG_EXTENDED | REG_NOSUB), 0);
		for (int j = 0; j < 4000; j++) {
			char text[300];
			random_text(&seed, text, sizeof text);
			compare(patterns[i], &expression, text);
		}
		regfree(&expression);
	}
}

/* One letter of a good text changed: where such matchers go wrong. */
static void mutate(const struct pattern *pattern, const char *good)
{
	static const char letters[] = "a9-/.:_@ A";
	regex_t expression;
	assert_int_equal(regcomp(&expression, pattern->text, REG_EXTENDED | REG_NOSUB), 0);
	compare(pattern, &expression, good);
	assert_true(pattern->matches(good));
	for (size_t i = 0; good[i]; i++) {
		for (const char *letter = letters; *letter; letter++) {
			char text[300];
			snprintf(text, sizeof text, "%s", good);
			text[i] = *letter;
			compare(pattern, &expression, text);
			snprintf(text, sizeof text, "%.*s%c%s", (int)i, good, *letter, good + i);
			compare(pattern, &expression, text);
		}
	}
	regfree(&expression);
}

static void near_misses(void **state)
{
	mutate(&pattern_label, "http-alt2");
	mutate(&pattern_project, "my-project-1");
	mutate(&pattern_project, "example.com:my-project");
	mutate(&pattern_machine_type, "n2-custom-8-16384");
	mutate(&pattern_image, "projects/my-project/global/images/family/tf-1");
	mutate(&pattern_image, "global/images/tf-1");
	mutate(&pattern_network, "projects/my-project/global/networks/ml");
	mutate(&pattern_subnetwork, "projects/my-project/regions/us-central1/subnetworks/ml");
	mutate(&pattern_subnetwork, "regions/us-central1/subnetworks/ml");
	mutate(&pattern_service_account, "tf@my-project.iam.gserviceaccount.com");
	mutate(&pattern_scope, "https://www.googleapis.com/auth/devstorage.read_only");
	mutate(&pattern_zone, "us-central1-a");
	mutate(&pattern_region, "us-central1");
	mutate(&pattern_decimal, "1234.5678");
	mutate(&pattern_request_path, "/v1/models?x=1");
	mutate(&pattern_object_name, "1-tf");
	mutate(&pattern_object, "ml-2");
	mutate(&pattern_reason, "Rolling_Out:x");
}

static void lengths(void **state)
{
	char text[80] = "";
	for (size_t length = 1; length < 70; length++) {
		memset(text, 'a', length);
		text[length] = '\0';
		for (size_t i = 0; i < PATTERNS; i++) {
			regex_t expression;
			assert_int_equal(regcomp(&expression, patterns[i]->text, REG_EXTENDED | REG_NOSUB), 0);
			compare(patterns[i], &expression, text);
			regfree(&expression);
		}
		assert_int_equal(pattern_is_label_key(text), length <= 63);
		char project[80 + sizeof ":my-project"];
		snprintf(project, sizeof project, "%s:my-project", text);
		assert_int_equal(pattern_project.matches(project), length <= 63);
	}
}

static void keys(void **state)
{
	assert_true(pattern_is_label_key("a_b-1"));
	assert_false(pattern_is_label_key(""));
	assert_false(pattern_is_label_key("1a"));
	assert_false(pattern_is_label_key("a.b"));
	assert_true(pattern_is_metadata_key("1A_b-"));
	assert_false(pattern_is_metadata_key(""));
	assert_false(pattern_is_metadata_key("a.b"));
	assert_false(pattern_is_metadata_key("a b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen_texts),
		cmocka_unit_test(random_texts),
		cmocka_unit_test(near_misses),
		cmocka_unit_test(lengths),
		cmocka_unit_test(keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
