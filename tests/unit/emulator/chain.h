/* The well-known chain, made step by step with the bodies of the reference. */
#pragma once

#include "client.h"

#define ZONE P "zones/us-central1-a/"
#define ZONE_LINK LINK "zones/us-central1-a/"
#define FAMILY "projects/deeplearning-platform-release/global/images/family/common-cu129-ubuntu-2204-nvidia-580"

#define TEMPLATE(name, machine)                                                                                        \
	"{\"name\":\"" name "\",\"properties\":{\"machineType\":\"" machine "\",\"tags\":{\"items\":[\"tf\"]},"        \
	"\"disks\":[{\"boot\":true,\"autoDelete\":true,\"initializeParams\":{\"sourceImage\":\"" FAMILY "\"}}],"       \
	"\"networkInterfaces\":[{\"network\":\"global/networks/default\"}]}}"

#define MANAGER                                                                                                        \
	"{\"name\":\"mig\",\"baseInstanceName\":\"tf\",\"versions\":[{\"instanceTemplate\":\"" LINK                    \
	"global/instanceTemplates/t1\"}],\"targetSize\":3,\"namedPorts\":[{\"name\":\"http\",\"port\":80}],"           \
	"\"updatePolicy\":{\"type\":\"PROACTIVE\",\"maxSurge\":{\"fixed\":1},\"maxUnavailable\":{\"fixed\":0}}}"

#define FIREWALL                                                                                                       \
	"{\"name\":\"fw\",\"network\":\"global/networks/default\",\"sourceRanges\":[\"130.211.0.0/22\",\"35.191.0.0/"  \
	"16\"],"                                                                                                       \
	"\"targetTags\":[\"tf\"],\"allowed\":[{\"IPProtocol\":\"tcp\",\"ports\":[\"80\"]}]}"

#define HEALTH_CHECK "{\"name\":\"hc\",\"type\":\"HTTP\",\"checkIntervalSec\":10,\"httpHealthCheck\":{\"port\":80}}"

#define SERVICE                                                                                                        \
	"{\"name\":\"be\",\"loadBalancingScheme\":\"EXTERNAL\",\"healthChecks\":[\"" LINK                              \
	"global/healthChecks/hc\"],\"backends\":[{\"group\":\"" ZONE_LINK "instanceGroups/mig\"}]}"

#define MAP "{\"name\":\"map\",\"defaultService\":\"global/backendServices/be\"}"
#define PROXY "{\"name\":\"proxy\",\"urlMap\":\"projects/my-project/global/urlMaps/map\"}"
#define RULE                                                                                                           \
	"{\"name\":\"rule\",\"target\":\"" LINK                                                                        \
	"global/targetHttpProxies/proxy\",\"portRange\":\"80\",\"loadBalancingScheme\":\"EXTERNAL\","                  \
	"\"IPAddress\":\"" LINK "global/addresses/ip\"}"

#define GET_HEALTH "{\"group\":\"" ZONE_LINK "instanceGroups/mig\"}"

static inline void chain_make_group(struct client *client)
{
	client_make(client, "POST", P "global/instanceTemplates", TEMPLATE("t1", "n1-standard-4"));
	client_make(client, "POST", ZONE "instanceGroupManagers", MANAGER);
}

/* Everything but the firewall and the rule. */
static inline void chain_make_back(struct client *client)
{
	chain_make_group(client);
	client_make(client, "POST", P "global/healthChecks", HEALTH_CHECK);
	client_make(client, "POST", P "global/backendServices", SERVICE);
	client_make(client, "POST", P "global/urlMaps", MAP);
	client_make(client, "POST", P "global/targetHttpProxies", PROXY);
	client_make(client, "POST", P "global/addresses", "{\"name\":\"ip\"}");
}

static inline void chain_make(struct client *client)
{
	chain_make_back(client);
	client_make(client, "POST", P "global/firewalls", FIREWALL);
	client_make(client, "POST", P "global/forwardingRules", RULE);
}

static inline cJSON *chain_manager(struct client *client)
{
	return client_call(client, 200, "GET", ZONE "instanceGroupManagers/mig", NULL);
}

/* How many of the group's machines are in that state, by getHealth. */
static inline int chain_health(struct client *client, const char *state)
{
	const cJSON *body = client_call(client, 200, "POST", P "global/backendServices/be/getHealth", GET_HEALTH),
		    *item;
	int count = 0;

	cJSON_ArrayForEach(item, json_member(body, "healthStatus")) count +=
		text_equal(json_text(item, "healthState"), state);
	return count;
}
