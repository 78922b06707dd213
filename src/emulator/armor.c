#include "emulator/armor.h"

#include <string.h>

#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/resource.h"

bool emu_set_policy(struct emu_call *call, struct emu_resource *resource, const char *member, const char *type)
{
	const struct emu_verb_rule rule = {type, 3000, 20000};
	cJSON *request = emu_call_body(call, "SecurityPolicyReference"), *body = emu_resource_body(resource);
	const char *link = json_text(request, "securityPolicy");
	const char *path = link ? emu_link_path(link, call->route.project) : NULL;

	if (!request)
		return false;
	if (link && (!path || !strstr(path, "/securityPolicies/")))
		return emu_refuse_field(&call->refusal, "securityPolicy", link, "The URL is malformed.");
	json_remove(body, member);
	if (path)
		json_set_text(body, member, emu_link_url(path));
	return emu_change_body(call, resource, body, &rule);
}
