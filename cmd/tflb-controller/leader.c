/* The names and meanings are those that Kubernetes' own programs use. */
#include "leader.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/time.h"
#include "net/env.h"

const char LEADER_HELP[] =
	"  --leader-elect            several replicas: one works, the others watch and wait (default: off)\n"
	"  --leader-elect-lease-duration TIME   how long others wait for one that is silent (default: 15s)\n"
	"  --leader-elect-renew-deadline TIME   how long one that can't renew goes on (default: 10s)\n"
	"  --leader-elect-retry-period TIME     between two tries (default: 2s)\n"
	"  --leader-elect-resource-name NAME    of the Lease (default: tflb-controller)\n"
	"  --leader-elect-resource-namespace NAME   of the Lease (default: that of the pod or the context, then "
	"\"default\")\n";

static bool bad(const char *name, const char *value, const char *must)
{
	fprintf(stderr, "tflb-controller: --%s %s: %s; see tflb-controller --help\n", name, value, must);
	return false;
}

static bool take_time(const char *name, const char *value, int64_t *ms)
{
	return time_parse_duration(value, ms) || bad(name, value, "must be a time, such as 15s");
}

/* A DNS subdomain, as names of objects are. */
static bool is_object_name(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= 253 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") == length &&
	       !strchr("-.", text[0]) && !strchr("-.", text[length - 1]);
}

static bool take_switch(const char *name, const char *value, bool *on)
{
	*on = !value || text_equal(value, "true");
	return *on || text_equal(value, "false") || bad(name, value, "must be true or false");
}

bool leader_flag_take(struct leader_flags *flags, const char *name, const char *value)
{
	if (text_equal(name, "leader-elect"))
		return take_switch(name, value, &flags->elect);
	if (text_equal(name, "leader-elect-lease-duration"))
		return take_time(name, value, &flags->duration_ms);
	if (text_equal(name, "leader-elect-renew-deadline"))
		return take_time(name, value, &flags->renew_deadline_ms);
	if (text_equal(name, "leader-elect-retry-period"))
		return take_time(name, value, &flags->retry_period_ms);
	if (text_equal(name, "leader-elect-resource-name")) {
		flags->name = value;
		return is_object_name(value) || bad(name, value, "not a name of a Lease");
	}
	flags->namespace = value;
	return text_is_label(value, 63) || bad(name, value, "not a namespace name");
}

struct lease_terms leader_terms(const struct leader_flags *flags, const char *namespace, char identity[128])
{
	char host[64] = "", uuid[37];

	gethostname(host, sizeof(host) - 1);
	env_uuid(env_system(), uuid);
	snprintf(identity, 128, "%s_%s", host, uuid);
	return (struct lease_terms){
		.namespace = flags->namespace ? flags->namespace
	                     : namespace      ? namespace
	                                      : "default",
		.name = flags->name ? flags->name : "tflb-controller",
		.identity = identity,
		.duration_ms = flags->duration_ms,
		.renew_deadline_ms = flags->renew_deadline_ms,
		.retry_period_ms = flags->retry_period_ms,
	};
}

bool leader_flags_check(const struct leader_flags *flags)
{
	char identity[128];
	struct lease_terms terms = leader_terms(flags, NULL, identity);
	struct error err = {0};

	if (lease_terms_check(&terms, &err))
		return true;
	fprintf(stderr, "tflb-controller: --leader-elect flags: %s; see tflb-controller --help\n", err.message);
	return false;
}
