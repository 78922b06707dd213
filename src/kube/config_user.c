/* An entry of a kubeconfig's users: how we prove who we are, and as whom we act. */
#include <ctype.h>
#include <string.h>

#include "kube/kubeconfig.h"

static bool given(const cJSON *body, const char *name)
{
	const cJSON *value = json_member(body, name);
	return value && !cJSON_IsNull(value);
}

static bool user_supported(struct reading *reading, const struct entry *user)
{
	static const char *const unsupported[] = {"auth-provider", "username", "password"};
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++)
		if (given(user->body, unsupported[i]))
			return refuse(reading, user,
				"has %s, which is not supported; use exec, a token, a tokenFile or a client "
				"certificate",
				unsupported[i]);
	return true;
}

static bool bearer_read(struct reading *reading, const struct entry *user)
{
	struct kube_config *config = reading->config;
	if (config_text(user->body, "tokenFile"))
		return (config->own_token_file = config_file(reading, user, "tokenFile")) != NULL;
	const char *token = config_text(user->body, "token");
	if (token && strpbrk(token, " \t\r\n"))
		return refuse(reading, user, "has a token with white space in it");
	config->own_token = mem_strdup(token);
	return true;
}

static bool certificate_read(struct reading *reading, const struct entry *user)
{
	struct http_peer *peer = &reading->config->peer;
	if (!config_pem(reading, user, "client-certificate", &peer->client_cert_file, &peer->client_cert_pem) ||
		!config_pem(reading, user, "client-key", &peer->client_key_file, &peer->client_key_pem))
		return false;
	bool certificate = peer->client_cert_file || peer->client_cert_pem;
	bool key = peer->client_key_file || peer->client_key_pem;
	if (certificate != key)
		return refuse(reading, user, "has a client-%s without a client-%s", certificate ? "certificate" : "key",
			certificate ? "key" : "certificate");
	return true;
}

/* --- impersonation --- */

static bool printable(const char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			return false;
	return true;
}

static bool header_add(struct reading *reading, const struct entry *user, const char *own_name, const cJSON *value)
{
	struct kube_config *config = reading->config;
	size_t count = 0;
	while (count < KUBE_HEADERS_MAX && config->headers[count].name)
		count++;
	if (count == KUBE_HEADERS_MAX)
		return refuse(reading, user, "has more than %d names in as, as-groups and as-user-extra together",
			KUBE_HEADERS_MAX);
	if (!cJSON_IsString(value) || !printable(value->valuestring))
		return refuse(reading, user, "has a value for %s that is no plain text", own_name);
	config->headers[count] = (struct http_header){own_name, config_keep(config, mem_strdup(value->valuestring))};
	return true;
}

static bool headers_add(struct reading *reading, const struct entry *user, const char *own_name, const cJSON *values)
{
	const cJSON *value;
	if (values && !cJSON_IsNull(values) && !cJSON_IsArray(values))
		return refuse(reading, user, "has something for %s that is no list", own_name);
	cJSON_ArrayForEach(value, values)
	{
		if (!header_add(reading, user, own_name, value))
			return false;
	}
	return true;
}

/* A key may hold what a header's name must not. */
static const char *extra_name(struct reading *reading, const char *key)
{
	AUTO_STR struct str name = {0};
	AUTO_FREE char *lower = mem_strdup(key);
	for (char *at = lower; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	str_adds(&name, "Impersonate-Extra-");
	str_add_escaped(&name, lower);
	return config_keep(reading->config, str_take(&name));
}

static bool extras_read(struct reading *reading, const struct entry *user)
{
	const cJSON *values;
	cJSON_ArrayForEach(values, json_member(user->body, "as-user-extra"))
	{
		if (!values->string || !headers_add(reading, user, extra_name(reading, values->string), values))
			return false;
	}
	return true;
}

static bool impersonation_read(struct reading *reading, const struct entry *user)
{
	static const char *const others[] = {"as-uid", "as-groups", "as-user-extra"};
	if (!config_text(user->body, "as")) {
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			if (given(user->body, others[i]))
				return refuse(reading, user, "has %s without as, the user to act as", others[i]);
		return true;
	}
	const cJSON *uid = json_member(user->body, "as-uid");
	return header_add(reading, user, "Impersonate-User", json_member(user->body, "as")) &&
	       (!given(user->body, "as-uid") || header_add(reading, user, "Impersonate-Uid", uid)) &&
	       headers_add(reading, user, "Impersonate-Group", json_member(user->body, "as-groups")) &&
	       extras_read(reading, user);
}

/* A plugin is not asked when the entry itself says who we are. */
static bool plugin_needed(const struct kube_config *config, const struct entry *user)
{
	const struct http_peer *peer = &config->peer;
	bool known = config->own_token || config->own_token_file || peer->client_cert_file || peer->client_cert_pem;
	return given(user->body, "exec") && !known;
}

bool config_user(struct reading *reading, const struct entry *user, const struct entry *cluster)
{
	if (!user_supported(reading, user) || !bearer_read(reading, user) || !certificate_read(reading, user) ||
		!impersonation_read(reading, user))
		return false;
	return !plugin_needed(reading->config, user) || config_exec(reading, user, cluster);
}
