/* The verdicts, and that no field of the spec which names something goes past them. */
#include <stdlib.h>
#include <string.h>

#include "../model/cases.h"
#include "rig.h"

#include "model/policy_types.h"
#include "policy/references.h"

static void check_words(const cJSON *each, const struct policy_verdict *verdict)
{
	const char *name = json_text(each, "name"), *field = json_text(each, "refused");
	size_t length = strlen(field);
	const cJSON *word;

	if (strncmp(verdict->message, field, length) != 0 || strncmp(verdict->message + length, ": ", 2) != 0)
		fail_msg("%s: does not begin with %s: %s", name, field, verdict->message);
	cJSON_ArrayForEach(word, json_member(each, "says"))
	{
		if (!strstr(verdict->message, word->valuestring))
			fail_msg("%s: without \"%s\": %s", name, word->valuestring, verdict->message);
	}
}

static void cases_are_judged(void **state)
{
	JSON_WORK(work);
	cJSON *data = cases_load("tests/data/policy-judgements.json");
	const cJSON *each;

	cJSON_ArrayForEach(each, json_member(data, "cases"))
	{
		struct asked asked;
		struct policy_verdict verdict;
		const char *identity = json_text(each, "identity");

		rig_ask(&asked, each);
		verdict = policy_judge(&asked.question);
		if (verdict.allowed != json_bool(each, "allowed", false))
			fail_msg("%s: %s", json_text(each, "name"), verdict.allowed ? "passes" : verdict.message);
		if (!verdict.allowed)
			check_words(each, &verdict);
		if (!text_equal(verdict.identity, identity))
			fail_msg("%s: acts as %s", json_text(each, "name"),
				verdict.identity ? verdict.identity : "itself");
		assert_true(identity == NULL || verdict.identity != NULL);
	}
}

static void whom_to_act_as_without_an_object(void **state)
{
	JSON_WORK(work);
	cJSON *each = json_parse_text(
		"{\"policies\":{\"b\":{\"impersonateServiceAccount\":\"b@p.test\"},\"a\":{\"namespaceSelector\":"
		"{\"matchLabels\":{\"x\":\"y\"}},\"impersonateServiceAccount\":\"a@p.test\"}}}");
	struct asked asked;

	rig_ask(&asked, each);
	assert_string_equal(policy_identity(asked.policies, 2, &asked.labels), "b@p.test");
	assert_null(policy_identity(asked.policies, 1, &asked.labels));
}

/* --- no field is forgotten --- */

/* Fields of the spec that name nothing: sizes, times, words of a closed list, names of what is ours, texts. A field that names a
 * resource, an account, an image or whatever else somebody may not be meant to use belongs into the table of references. */
static const char *const names_nothing[] = {
	"replicas", /* counted, as the next one: see machines in the cases */
	"pools[].replicas",
	"pools[].role",
	"training.port",
	"autoHealing.enabled",
	"autoHealing.initialDelaySec",
	"autoHealing.healthCheck.type",
	"autoHealing.healthCheck.port",
	"autoHealing.healthCheck.portName",
	"autoHealing.healthCheck.requestPath",
	"autoHealing.healthCheck.host",
	"autoHealing.healthCheck.request",
	"autoHealing.healthCheck.response",
	"autoHealing.healthCheck.grpcServiceName",
	"autoHealing.healthCheck.proxyHeader",
	"autoHealing.healthCheck.logConfig.enable",
	"autoHealing.healthCheck.checkIntervalSec",
	"autoHealing.healthCheck.timeoutSec",
	"autoHealing.healthCheck.healthyThreshold",
	"autoHealing.healthCheck.unhealthyThreshold",
	"minHealthyPercent",
	"allInstancesConfig.labels",
	"pools[].instanceLifecyclePolicy.defaultActionOnFailure",
	"pools[].instanceLifecyclePolicy.forceUpdateOnRepair",
	"pools[].capacity.balancingMode",
	"pools[].capacity.maxUtilizationPercent",
	"pools[].capacity.maxRate",
	"pools[].capacity.maxRatePerInstance",
	"pools[].capacity.customMetrics[].name",
	"pools[].capacity.customMetrics[].maxUtilizationPercent",
	"pools[].capacity.customMetrics[].dryRun",
	"pools[].capacity.capacityScalerPercent",
	"pools[].capacity.preference",
	"pools[].zones", /* of the region */
	"pools[].targetShape",
	"updatePolicy.instanceRedistributionType",
	"pools[].standbyPolicy.mode",
	"pools[].standbyPolicy.initialDelaySec",
	"pools[].standbyPolicy.targetSuspendedSize", /* counted */
	"pools[].standbyPolicy.targetStoppedSize",
	"pools[].statefulPolicy.disks[].deviceName",
	"pools[].statefulPolicy.disks[].autoDelete",
	"pools[].statefulPolicy.internalIPs[].interfaceName",
	"pools[].statefulPolicy.internalIPs[].autoDelete",
	"pools[].statefulPolicy.externalIPs[].interfaceName",
	"pools[].statefulPolicy.externalIPs[].autoDelete",
	"pools[].instanceFlexibilityPolicy.instanceSelections[].name",
	"pools[].instanceFlexibilityPolicy.instanceSelections[].rank",
	"pools[].autoscaling.minReplicas",
	"pools[].autoscaling.maxReplicas", /* counted */
	"pools[].autoscaling.mode",
	"pools[].autoscaling.coolDownPeriodSec",
	"pools[].autoscaling.cpuUtilization.utilizationTargetPercent",
	"pools[].autoscaling.cpuUtilization.predictiveMethod",
	"pools[].autoscaling.loadBalancingUtilization.utilizationTargetPercent",
	"pools[].autoscaling.customMetricUtilizations[].metric",
	"pools[].autoscaling.customMetricUtilizations[].filter",
	"pools[].autoscaling.customMetricUtilizations[].utilizationTarget",
	"pools[].autoscaling.customMetricUtilizations[].utilizationTargetType",
	"pools[].autoscaling.customMetricUtilizations[].singleInstanceAssignment",
	"pools[].autoscaling.scaleInControl.maxScaledInReplicas.fixed",
	"pools[].autoscaling.scaleInControl.maxScaledInReplicas.percent",
	"pools[].autoscaling.scaleInControl.timeWindowSec",
	"pools[].autoscaling.scalingSchedules[].name",
	"pools[].autoscaling.scalingSchedules[].schedule",
	"pools[].autoscaling.scalingSchedules[].timeZone",
	"pools[].autoscaling.scalingSchedules[].durationSec",
	"pools[].autoscaling.scalingSchedules[].minRequiredReplicas",
	"pools[].autoscaling.scalingSchedules[].disabled",
	"pools[].autoscaling.scalingSchedules[].description",
	"template.disk.diskSizeGb",
	"template.disk.autoDelete",
	"template.container.command",
	"template.container.args",
	"template.container.env[].name",
	"template.container.env[].value",
	"template.container.port",
	"template.container.gpus",
	"template.container.mounts[].hostPath",
	"template.container.mounts[].mountPath",
	"template.container.mounts[].readOnly",
	"template.container.shmSizeMb",
	"template.container.restartPolicy",
	"pools[].canary.replicas",
	"pools[].canary.percent",
	"template.imagePolicy",
	"template.revision",
	"template.disk.deviceName",
	"template.disk.interface",
	"template.disk.labels",
	"template.disk.provisionedIops",
	"template.disk.provisionedThroughput",
	"template.disk.architecture",
	"template.disk.guestOsFeatures",
	"template.disk.enableConfidentialCompute",
	"template.additionalDisks[].deviceName",
	"template.additionalDisks[].diskSizeGb",
	"template.additionalDisks[].autoDelete",
	"template.additionalDisks[].mode",
	"template.additionalDisks[].interface",
	"template.additionalDisks[].labels",
	"template.additionalDisks[].provisionedIops",
	"template.additionalDisks[].provisionedThroughput",
	"template.additionalDisks[].architecture",
	"template.additionalDisks[].guestOsFeatures",
	"template.additionalDisks[].enableConfidentialCompute",
	"template.localSsd.count",
	"template.localSsd.interface",
	"template.networkTier",
	"template.stackType",
	"template.nicType",
	"template.queueCount",
	"template.aliasIpRanges[].ipCidrRange",
	"template.additionalNetworkInterfaces[].networkTier",
	"template.additionalNetworkInterfaces[].stackType",
	"template.additionalNetworkInterfaces[].nicType",
	"template.additionalNetworkInterfaces[].queueCount",
	"template.additionalNetworkInterfaces[].aliasIpRanges[].ipCidrRange",
	"template.guestAccelerators[].acceleratorCount",
	"template.gpuDriver",
	"template.minCpuPlatform",
	"template.provisioningModel",
	"template.scheduling.onHostMaintenance",
	"template.scheduling.automaticRestart",
	"template.scheduling.instanceTerminationAction",
	"template.scheduling.maxRunDurationSec",
	"template.scheduling.terminationTime",
	"template.scheduling.hostErrorTimeoutSeconds",
	"template.scheduling.localSsdRecoveryTimeoutSec",
	"template.scheduling.onInstanceStopAction.discardLocalSsd",
	"template.scheduling.nodeAffinities[].operator",
	"template.scheduling.minNodeCpus",
	"template.scheduling.availabilityDomain",
	"template.shieldedInstanceConfig.enableSecureBoot",
	"template.shieldedInstanceConfig.enableVtpm",
	"template.shieldedInstanceConfig.enableIntegrityMonitoring",
	"template.confidentialInstanceConfig.confidentialInstanceType",
	"template.advancedMachineFeatures.enableNestedVirtualization",
	"template.advancedMachineFeatures.enableUefiNetworking",
	"template.advancedMachineFeatures.threadsPerCore",
	"template.advancedMachineFeatures.visibleCoreCount",
	"template.advancedMachineFeatures.performanceMonitoringUnit",
	"template.advancedMachineFeatures.turboMode",
	"template.reservationAffinity.consumeReservationType",
	"template.reservationAffinity.key",
	"template.keyRevocationActionType",
	"template.canIpForward",
	"template.networkPerformanceConfig.totalEgressBandwidthTier",
	"template.privateIpv6GoogleAccess",
	"template.labels",
	"template.tags", /* of the machines themselves; firewall rules of the network refer to them */
	"pools[].name",
	"pools[].baseInstanceName",
	"pools[].backends[].name",
	"backends[].name",
	"serving.port",
	"serving.portName",
	"serving.protocol",
	"serving.timeoutSec",
	"serving.drainingTimeoutSec",
	"serving.sessionAffinity",
	"serving.affinityCookieTtlSec",
	"serving.strongSessionAffinityCookie.name",
	"serving.strongSessionAffinityCookie.path",
	"serving.strongSessionAffinityCookie.ttlSec",
	"serving.consistentHash.httpHeaderName",
	"serving.consistentHash.httpCookie.name",
	"serving.consistentHash.httpCookie.path",
	"serving.consistentHash.httpCookie.ttlSec",
	"serving.consistentHash.minimumRingSize",
	"serving.localityLbPolicy",
	"serving.customMetrics[].name",
	"serving.customMetrics[].dryRun",
	"serving.outlierDetection.baseEjectionTimeSec",
	"serving.outlierDetection.intervalSec",
	"serving.outlierDetection.consecutiveErrors",
	"serving.outlierDetection.consecutiveGatewayFailure",
	"serving.outlierDetection.enforcingConsecutiveErrors",
	"serving.outlierDetection.enforcingConsecutiveGatewayFailure",
	"serving.outlierDetection.enforcingSuccessRate",
	"serving.outlierDetection.maxEjectionPercent",
	"serving.outlierDetection.successRateMinimumHosts",
	"serving.outlierDetection.successRateRequestVolume",
	"serving.outlierDetection.successRateStdevFactor",
	"serving.circuitBreakers.maxConnections",
	"serving.circuitBreakers.maxPendingRequests",
	"serving.circuitBreakers.maxRequests",
	"serving.circuitBreakers.maxRequestsPerConnection",
	"serving.circuitBreakers.maxRetries",
	"serving.maxStreamDurationSec",
	"serving.compressionMode",
	"serving.customRequestHeaders",
	"serving.customResponseHeaders",
	"serving.logConfig.enable",
	"serving.logConfig.sampleRatePercent",
	"serving.logConfig.optionalMode",
	"serving.logConfig.optionalFields",
	"serving.ipAddressSelectionPolicy",
	"serving.iap.enabled",
	"serving.iap.oauth2ClientId",
	"serving.iap.oauth2ClientSecretRef.key",
	"serving.enableCDN",
	"backends[].bucket.enableCDN",
	"backends[].bucket.compressionMode",
	"backends[].bucket.customResponseHeaders",
	"backends[].bucket.cdnPolicy.cacheMode",
	"backends[].bucket.cdnPolicy.clientTtl",
	"backends[].bucket.cdnPolicy.defaultTtl",
	"backends[].bucket.cdnPolicy.maxTtl",
	"backends[].bucket.cdnPolicy.negativeCaching",
	"backends[].bucket.cdnPolicy.negativeCachingPolicy[].code",
	"backends[].bucket.cdnPolicy.negativeCachingPolicy[].ttl",
	"backends[].bucket.cdnPolicy.bypassCacheOnRequestHeaders[].headerName",
	"backends[].bucket.cdnPolicy.requestCoalescing",
	"backends[].bucket.cdnPolicy.serveWhileStale",
	"backends[].bucket.cdnPolicy.signedUrlCacheMaxAgeSec",
	"backends[].bucket.cdnPolicy.signedUrlKeys[].name",
	"backends[].bucket.cdnPolicy.signedUrlKeys[].secretRef.key",
	"backends[].bucket.cdnPolicy.cacheKeyPolicy.queryStringWhitelist",
	"backends[].bucket.cdnPolicy.cacheKeyPolicy.includeHttpHeaders",
	"serving.cdnPolicy.cacheMode",
	"serving.cdnPolicy.clientTtl",
	"serving.cdnPolicy.defaultTtl",
	"serving.cdnPolicy.maxTtl",
	"serving.cdnPolicy.negativeCaching",
	"serving.cdnPolicy.negativeCachingPolicy[].code",
	"serving.cdnPolicy.negativeCachingPolicy[].ttl",
	"serving.cdnPolicy.bypassCacheOnRequestHeaders[].headerName",
	"serving.cdnPolicy.requestCoalescing",
	"serving.cdnPolicy.serveWhileStale",
	"serving.cdnPolicy.signedUrlCacheMaxAgeSec",
	"serving.cdnPolicy.signedUrlKeys[].name",
	"serving.cdnPolicy.signedUrlKeys[].secretRef.key",
	"serving.cdnPolicy.cacheKeyPolicy.includeHost",
	"serving.cdnPolicy.cacheKeyPolicy.includeProtocol",
	"serving.cdnPolicy.cacheKeyPolicy.includeQueryString",
	"serving.cdnPolicy.cacheKeyPolicy.queryStringWhitelist",
	"serving.cdnPolicy.cacheKeyPolicy.queryStringBlacklist",
	"serving.cdnPolicy.cacheKeyPolicy.includeHttpHeaders",
	"serving.cdnPolicy.cacheKeyPolicy.includeNamedCookies",
	"healthCheck.type",
	"healthCheck.port",
	"healthCheck.portName",
	"healthCheck.host",
	"healthCheck.request",
	"healthCheck.response",
	"healthCheck.grpcServiceName",
	"healthCheck.proxyHeader",
	"healthCheck.logConfig.enable",
	"healthCheck.requestPath",
	"healthCheck.checkIntervalSec",
	"healthCheck.timeoutSec",
	"healthCheck.healthyThreshold",
	"healthCheck.unhealthyThreshold",
	"frontend.port",
	"frontend.address.type",
	"frontend.ipv6.address.type",
	"frontend.httpKeepAliveTimeoutSec",
	"frontend.labels",
	"firewall.logConfig.enable",
	"firewall.logConfig.metadata",
	"frontend.tls.port",
	"frontend.tls.certificates[].name",
	"frontend.tls.certificates[].domains",
	"frontend.tls.sslPolicy.profile",
	"frontend.tls.sslPolicy.minTlsVersion",
	"frontend.tls.sslPolicy.customFeatures",
	"frontend.tls.quicOverride",
	"frontend.tls.tlsEarlyData",
	"frontend.tls.httpPolicy",
	"frontend.tls.redirectResponseCode",
	"frontend.migration.testingPercentage",
	"frontend.migration.stepSec",
	"frontend.migration.holdAt",
	"firewall.managed",
	"firewall.priority",
	"updatePolicy.type",
	"updatePolicy.maxSurge.fixed",
	"updatePolicy.maxSurge.percent",
	"updatePolicy.maxUnavailable.fixed",
	"updatePolicy.maxUnavailable.percent",
	"updatePolicy.minimalAction",
	"updatePolicy.mostDisruptiveAllowedAction",
	"updatePolicy.replacementMethod",
	"rollout.failurePolicy",
	"rollout.progressDeadlineSec",
	"rollout.maxUnhealthyPercent",
	"rollout.revisionHistoryLimit",
	"deletionPolicy",
	"driftPolicy",
	"suspend",
	"moveFrom.namespace", /* an object of this cluster, which must agree */
	"moveFrom.name",
	"moveTo.namespace",
	"moveTo.name",
};

static const struct reference *reference_find(const char *field)
{
	for (size_t i = 0; references_at(i); i++) {
		if (text_equal(references_at(i)->field, field))
			return references_at(i);
	}
	return NULL;
}

static bool is_named(const char *field)
{
	for (size_t i = 0; i < sizeof(names_nothing) / sizeof(names_nothing[0]); i++) {
		if (text_equal(names_nothing[i], field))
			return true;
	}
	return false;
}

typedef void (*leaf_fn)(void *arg, const char *field);

static void each_leaf(const struct type *type, const char *above, leaf_fn fn, void *arg)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];
		bool objects = field->type->kind == TYPE_LIST && field->type->item->kind == TYPE_OBJECT;
		char *path = arena_printf(
			json_arena(), "%s%s%s%s", above, *above ? "." : "", field->name, objects ? "[]" : "");

		if (field->over) /* judged where it is laid over, or names nothing there */
			assert_true(text_equal(field->over, "spec.template") ||
				    text_equal(field->over, "spec.updatePolicy") ||
				    text_equal(field->over, "spec.allInstancesConfig") ||
				    text_equal(field->over, "spec.autoHealing") ||
				    text_equal(field->over, "spec.serving") ||
				    text_equal(field->over, "spec.healthCheck"));
		else if (objects || field->type->kind == TYPE_OBJECT)
			each_leaf(objects ? field->type->item : field->type, path, fn, arg);
		else
			fn(arg, path);
	}
}

static void check_leaf(void *arg, const char *field)
{
	/* Routes name backends of the same object, and what requests look like. */
	if (text_starts(field, "routes[].") || text_starts(field, "routeTests[].")) {
		assert_null(reference_find(field));
		return;
	}
	if ((reference_find(field) != NULL) == is_named(field))
		fail_msg("spec.%s: say in src/policy/references.c which rule of a policy must allow it, or here that "
			 "it names "
			 "nothing",
			field);
}

static void every_field_is_judged_or_names_nothing(void **state)
{
	JSON_WORK(work);

	each_leaf(&spec_type, "", check_leaf, NULL);
}

static void find_leaf(void *arg, const char *field)
{
	const char **wanted = arg;

	if (text_equal(*wanted, field))
		*wanted = NULL;
}

static void every_row_is_a_field(void **state)
{
	JSON_WORK(work);

	for (size_t i = 0; references_at(i); i++) {
		const char *wanted = references_at(i)->field;

		each_leaf(&spec_type, "", find_leaf, &wanted);
		assert_null(wanted);
		assert_int_equal(references_at(i)->rule != NULL, references_at(i)->see != NULL);
	}
}

/* "spec.pools[1].zone" is about "pools[].zone", "spec.template.metadata.ssh-keys" about "template.metadata". */
static bool is_about(const char *refused, const char *field)
{
	if (!text_starts(refused, "spec."))
		return false;
	for (refused += strlen("spec."); *field; field++, refused++) {
		if (*refused != *field)
			return false;
		if (*field == '[')
			refused += strspn(refused + 1, "0123456789");
	}
	return *refused == '\0' || *refused == '.';
}

static void every_reference_is_refused_in_a_case(void **state)
{
	JSON_WORK(work);
	cJSON *data = cases_load("tests/data/policy-judgements.json");
	const cJSON *each;

	for (size_t i = 0; references_at(i); i++) {
		bool covered = !references_at(i)->rule;

		cJSON_ArrayForEach(each, json_member(data, "cases")) covered |=
			is_about(json_text_or(each, "refused", ""), references_at(i)->field) &&
			json_has(each, "policies");
		if (!covered)
			fail_msg("no case refuses spec.%s", references_at(i)->field);
	}
}

static bool is_used(const char *rule)
{
	for (size_t i = 0; references_at(i); i++) {
		if (references_at(i)->rule && text_equal(references_at(i)->rule->name, rule))
			return true;
	}
	return false;
}

/* What a policy can say is used, or said to be for later. */
static void every_rule_is_used_or_says_that_it_is_not(void **state)
{
	for (size_t i = 0; i < policy_allow_type.field_count; i++) {
		const struct field *field = &policy_allow_type.fields[i];

		if (is_used(field->name) == (strstr(field->text, "No field of TFLoadBalancer uses it yet.") != NULL))
			fail_msg("%s: %s", field->name, field->text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases_are_judged),
		cmocka_unit_test(whom_to_act_as_without_an_object),
		cmocka_unit_test(every_field_is_judged_or_names_nothing),
		cmocka_unit_test(every_row_is_a_field),
		cmocka_unit_test(every_reference_is_refused_in_a_case),
		cmocka_unit_test(every_rule_is_used_or_says_that_it_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
