/* targetHttpProxies: from a forwarding rule to a URL map. */
#include <string.h>

#include "emulator/core.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/resource.h"

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	return emu_check_present(call, body, "urlMap") &&
	       emu_check_range(call, body, "httpKeepAliveTimeoutSec", 5, 1200);
}

static const struct emu_reference references[] = {
	{.field = "urlMap", .collections = "urlMaps", .missing = MISSING_NOT_FOUND, .uses = true},
	{.field = NULL},
};

static const struct emu_verb verbs[] = {
	{.name = "setUrlMap", .method = "POST", .fn = emu_set_url_map},
	{.name = NULL},
};

const struct emu_kind emu_target_http_proxy_kind = {
	.collection = "targetHttpProxies",
	.message = "TargetHttpProxy",
	.noun = "target_http_proxy",
	.scopes = EMU_IN_GLOBAL,
	.insert = {"insert", 3000, 20000},
	.patch = {"patch", 3000, 20000},
	.remove = {"delete", 3000, 20000},
	.fingerprint = FINGERPRINT_NEEDED,
	.quota = "TARGET_HTTP_PROXIES",
	.references = references,
	.verbs = verbs,
	.check = check,
};
