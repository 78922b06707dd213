/* What people are told about a refusal: the cloud's sentence, then what to do, with the names that the answer holds. Bodies are those of
 * gce-compute-v1.md sections 4.2 and 5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gce/error.h"

#define ERRORS(reason, message)                                                                                        \
	"\"errors\":[{\"domain\":\"global\",\"reason\":\"" reason "\",\"message\":\"" message "\"}]"
#define BODY(code, reason, message)                                                                                    \
	"{\"error\":{\"code\":" code "," ERRORS(reason, message) ",\"message\":\"" message "\"}}"
#define DETAILED(code, message, details)                                                                               \
	"{\"error\":{\"code\":" code ",\"message\":\"" message                                                         \
	"\"," ERRORS("forbidden", message) ",\"details\":[" details "]}}"
#define QUOTAS "https://console.cloud.google.com/iam-admin/quotas?project=my-project."
#define ROBOT "service account robot@my-project.iam.gserviceaccount.com"
#define PAYER                                                                                                          \
	"The project that pays for the calls of " ROBOT " stands in quota_project_id of the credentials, or in "       \
	"GOOGLE_CLOUD_QUOTA_PROJECT: name one where it has roles/serviceusage.serviceUsageConsumer and the API is "    \
	"enabled."

static const struct error_scene scene = {"my-project", ROBOT ", from /key.json"};

static const struct {
	int status;
	const char *body, *message;
} answers[] = {
	{403, BODY("403", "quotaExceeded", "Quota 'BACKEND_SERVICES' exceeded.  Limit: 5.0 globally."),
		"Quota 'BACKEND_SERVICES' exceeded.  Limit: 5.0 globally. Delete what is not needed, or ask for more "
		"BACKEND_SERVICES in project my-project: " QUOTAS},
	{403, BODY("403", "quotaExceeded", "Quota 'INSTANCE_GROUPS' exceeded.  Limit: 1.0 in region us-central1."),
		"Quota 'INSTANCE_GROUPS' exceeded.  Limit: 1.0 in region us-central1. Delete what is not needed, or "
		"ask for "
		"more INSTANCE_GROUPS of region us-central1 in project my-project: " QUOTAS},
	{403,
		DETAILED("403",
			"Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of "
			"service "
			"'compute.googleapis.com' for consumer 'project_number:12'.",
			"{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"RATE_LIMIT_EXCEEDED\","
			"\"domain\":\"googleapis.com\",\"metadata\":{\"quota_metric\":\"compute.googleapis.com/"
			"global_reads\","
			"\"quota_limit_value\":\"1500\",\"quota_location\":\"global\"}}"),
		"Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service "
		"'compute.googleapis.com' for consumer 'project_number:12'. Calls slow down by themselves. If that "
		"goes on, see "
		"who else uses compute.googleapis.com/global_reads, or ask for more: " QUOTAS},
	{403,
		BODY("403", "forbidden",
			"Required 'compute.firewalls.create' permission for 'projects/my-project/global/firewalls/f'"),
		"Required 'compute.firewalls.create' permission for 'projects/my-project/global/firewalls/f'. Grant "
		"compute.firewalls.create to " ROBOT
		" in project my-project, for example by roles/compute.securityAdmin; that "
		"takes effect within minutes."},
	{403,
		BODY("403", "forbidden",
			"Required 'compute.urlMaps.create' permission for 'projects/other/global/urlMaps/m'"),
		"Required 'compute.urlMaps.create' permission for 'projects/other/global/urlMaps/m'. Grant "
		"compute.urlMaps.create "
		"to " ROBOT
		" in project other, for example by roles/compute.loadBalancerAdmin; that takes effect within minutes."},
	{403,
		DETAILED("403", "Compute Engine API has not been used in project 12 before or it is disabled.",
			"{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"SERVICE_DISABLED\"}"),
		"Compute Engine API has not been used in project 12 before or it is disabled. Enable the Compute "
		"Engine API: "
		"gcloud services enable compute.googleapis.com --project=my-project; that takes a few minutes."},
	{403,
		DETAILED("403", "This API method requires billing to be enabled.",
			"{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"BILLING_DISABLED\"}"),
		"This API method requires billing to be enabled. Enable billing for the project: "
		"https://console.cloud.google.com/billing/linkedaccount?project=my-project."},
	{403,
		DETAILED("403", "Request had insufficient authentication scopes.",
			"{\"reason\":\"ACCESS_TOKEN_SCOPE_INSUFFICIENT\"}"),
		"Request had insufficient authentication scopes. The token of " ROBOT
		" needs the scope cloud-platform or compute."},
	{403,
		DETAILED("403", "Request is prohibited by organization's policy.",
			"{\"reason\":\"VPC_SERVICE_CONTROLS\"}"),
		"Request is prohibited by organization's policy. A perimeter of VPC Service Controls protects project "
		"my-project: its administrator must let " ROBOT " in."},
	{403,
		DETAILED("403", "Caller does not have required permission to use project payer.",
			"{\"@type\":\"type.googleapis.com/"
			"google.rpc.Help\",\"links\":[]},{\"@type\":\"type.googleapis.com/"
			"google.rpc.ErrorInfo\",\"reason\":\"USER_PROJECT_DENIED\",\"metadata\":{\"consumer\":"
			"\"projects/payer\"}}"),
		"Caller does not have required permission to use project payer. " PAYER},
	{403,
		DETAILED("403",
			"Your application is authenticating by using local Application Default Credentials. The "
			"compute.googleapis.com API requires a quota project, which is not set by default.",
			"{\"reason\":\"SERVICE_DISABLED\"}"),
		"Your application is authenticating by using local Application Default Credentials. The "
		"compute.googleapis.com API requires a quota project, which is not set by default. " PAYER},
	{403, "<html>no</html>",
		"Compute Engine answered HTTP 403 with an HTML page. See whether " ROBOT
		" may use project my-project, and whether a proxy or a firewall stands before the API."},
	{412,
		BODY("412", "conditionNotMet",
			"Constraint constraints/compute.vmExternalIpAccess violated for projects/my-project."),
		"Constraint constraints/compute.vmExternalIpAccess violated for projects/my-project. A policy of the "
		"organization "
		"forbids it in project my-project: change the spec, or ask the policy's administrator for an exception "
		"from "
		"constraint compute.vmExternalIpAccess."},
	{404, BODY("404", "notFound", "The resource 'projects/my-project' was not found"),
		"The resource 'projects/my-project' was not found. Check the name in spec.project, and whether " ROBOT
		" may see the project."},
	{404, BODY("404", "notFound", "The resource 'projects/i/global/images/family/f' was not found"),
		"The resource 'projects/i/global/images/family/f' was not found. Name an image or family that exists "
		"and may be read in spec.template.image; where the image of a family is gone, another "
		"spec.template.revision looks the family up again."},
	{400,
		BODY("400", "resourceInUseByAnotherResource",
			"The target_http_proxy resource 'projects/p/global/targetHttpProxies/a' is already being used "
			"by "
			"'projects/p/global/forwardingRules/b'"),
		"The target_http_proxy resource 'projects/p/global/targetHttpProxies/a' is already being used by "
		"'projects/p/global/forwardingRules/b'. It is free when forwarding rule b is gone or refers to "
		"something else."},
	{400,
		BODY("400", "resourceInUseByAnotherResource",
			"The url_map resource 'projects/p/global/urlMaps/a' is already being used by "
			"'projects/p/global/targetHttpProxies/b'"),
		"The url_map resource 'projects/p/global/urlMaps/a' is already being used by "
		"'projects/p/global/targetHttpProxies/b'. It is free when target http proxy b is gone or refers to "
		"something "
		"else."},
	{400, BODY("400", "invalid", "Invalid value for field 'resource.x': '1'. No."),
		"Invalid value for field 'resource.x': '1'. No."},
};

static void answers_say_what_to_do(void **state)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct error_answer answer = {answers[i].status, answers[i].body, strlen(answers[i].body), 0};
		struct error err;

		gce_error_from_answer(&err, &scene, &answer);
		assert_string_equal(err.message, answers[i].message);
	}
}

/* The numbers stand in the details of the operation's error. */
static void an_operation_names_the_metric(void **state)
{
	static const char text[] =
		"{\"status\":\"DONE\",\"httpErrorStatusCode\":403,\"error\":{\"errors\":[{\"code\":\"QUOTA_EXCEEDED\","
		"\"message\":\"Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 0.0 "
		"globally.\",\"errorDetails\":[{\"quotaInfo\":"
		"{\"metricName\":\"compute.googleapis.com/"
		"gpus_all_regions\",\"limitName\":\"GPUS-ALL-REGIONS-per-project\","
		"\"dimensions\":{\"region\":\"us-east1\"},\"limit\":0.0}}]}]}}";
	struct error err;
	JSON_WORK(work);

	assert_false(gce_error_from_operation(json_parse_text(text), &scene, &err));
	assert_string_equal(err.message,
		"Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 0.0 globally. Delete what is not needed, or ask for more "
		"compute.googleapis.com/gpus_all_regions of region us-east1 in project my-project: " QUOTAS);
}

static void a_rate_names_its_limit(void **state)
{
	static const struct {
		const char *details;
		double limit;
	} cases[] = {
		{"{\"metadata\":{\"quota_limit\":\"ReadRequestsPerMinutePerProject\",\"quota_limit_value\":\"1500\"}}",
			1500},
		{"{},{\"metadatas\":{\"quota_limit\":\"WritesPerMinutePerProject\",\"quota_limit_value\":\"60\"}}", 60},
		{"{\"metadata\":{\"quota_limit\":\"QueriesPerDay\",\"quota_limit_value\":\"60\"}}", 0},
		{"{\"metadata\":{\"quota_limit\":\"WritesPerMinutePerProject\",\"quota_limit_value\":60}}", 0},
		{"{\"metadata\":{\"quota_limit\":\"WritesPerMinutePerProject\"}}", 0},
		{"", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		JSON_WORK(work);
		char *body = arena_printf(json_arena(), "{\"error\":{\"details\":[%s]}}", cases[i].details);

		assert_true(gce_error_quota_per_minute(&(struct error_answer){403, body, strlen(body), 0}) ==
			    cases[i].limit);
	}
	assert_true(gce_error_quota_per_minute(&(struct error_answer){403, "<html>", 6, 0}) == 0);
	assert_true(gce_error_quota_per_minute(&(struct error_answer){403, "", 0, 0}) == 0);
}

/* Machines are made by an account of the cloud's. */
static void a_machine_is_not_ours_to_make(void **state)
{
	struct error_scene machine = {.project = "my-project"};
	struct error err;
	JSON_WORK(work);

	gce_error_from_item(&err, &machine,
		json_parse_text(
			"{\"code\":\"PERMISSIONS_ERROR\",\"message\":\"Required 'compute.disks.create' permission for "
			"'projects/my-project/zones/z/disks/d'\"}"));
	assert_string_equal(err.reason, "PermissionDenied");
	assert_non_null(strstr(err.message, "Grant compute.disks.create to the account that makes a group's machines, "
					    "PROJECT_NUMBER@cloudservices.gserviceaccount.com, in project my-project"));
}

/* However long the names are, the error holds them or is cut; nothing is read or written beside it. */
static void long_names_fit(void **state)
{
	char body[3000] = "{\"error\":{\"errors\":[{\"reason\":\"forbidden\"}],\"message\":\"Required '";
	struct error err;

	for (int i = 0; i < 1000; i++)
		strcat(body, "x");
	strcat(body, "' permission for 'projects/");
	for (int i = 0; i < 1000; i++)
		strcat(body, "y");
	strcat(body, "'\"}}");
	gce_error_from_answer(&err, &scene, &(struct error_answer){403, body, strlen(body), 0});
	assert_non_null(strstr(err.message, "xxx... Grant the permission to " ROBOT " in project my-project;"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_say_what_to_do),
		cmocka_unit_test(an_operation_names_the_metric),
		cmocka_unit_test(a_rate_names_its_limit),
		cmocka_unit_test(a_machine_is_not_ours_to_make),
		cmocka_unit_test(long_names_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
