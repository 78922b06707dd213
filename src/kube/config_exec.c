/* The credential plugin of a kubeconfig's user: what is run, and what it is told. */
#include <string.h>

#include "kube/kubeconfig.h"

static const char group[] = "client.authentication.k8s.io/";

static bool version_read(struct reading *reading, const struct entry *user, const cJSON *body)
{
	const char *version = config_text(body, "apiVersion");
	bool known = text_starts(version, group) &&
	             (text_equal(version + strlen(group), "v1") || text_equal(version + strlen(group), "v1beta1"));
	if (!known)
		return refuse(reading, user, "has exec with apiVersion \"%s\"; it must be %sv1 or %sv1beta1",
			version ? version : "", group, group);
	reading->config->exec.api_version = config_keep(reading->config, mem_strdup(version));
	return true;
}

/* Nobody sits before us, so a plugin that must ask somebody can't work. */
static bool mode_read(struct reading *reading, const struct entry *user, const cJSON *body)
{
	const char *mode = config_text(body, "interactiveMode");
	if (!mode && text_ends(reading->config->exec.api_version, "/v1"))
		return refuse(reading, user,
			"has exec without interactiveMode; client.authentication.k8s.io/v1 needs Never or IfAvailable");
	if (text_equal(mode, "Always"))
		return refuse(reading, user,
			"has exec with interactiveMode Always, but nobody is here to be asked; use a plugin that needs "
			"no person");
	if (mode && !text_equal(mode, "Never") && !text_equal(mode, "IfAvailable"))
		return refuse(reading, user,
			"has exec with interactiveMode \"%s\"; it must be Never, IfAvailable or Always", mode);
	return true;
}

/* One that is looked for along PATH has no slash. */
static bool command_read(struct reading *reading, const struct entry *user, const cJSON *body)
{
	const char *command = config_text(body, "command");
	if (!command)
		return refuse(reading, user, "has exec without a command");
	char *own_path = strchr(command, '/') ? config_path(user, command) : mem_strdup(command);
	reading->config->exec.command = config_keep(reading->config, own_path);
	const char *hint = config_text(body, "installHint");
	if (hint)
		reading->config->exec.install_hint = config_keep(reading->config, mem_strdup(hint));
	return true;
}

static bool arguments_read(struct reading *reading, const struct entry *user, const cJSON *body)
{
	struct kube_config *config = reading->config;
	const cJSON *argument;
	cJSON_ArrayForEach(argument, json_member(body, "args"))
	{
		if (!cJSON_IsString(argument))
			return refuse(reading, user, "has exec with an argument that is no text");
		vec_add(&config->exec.arguments, (char *)config_keep(config, mem_strdup(argument->valuestring)));
	}
	vec_add(&config->exec.arguments, NULL);
	return true;
}

static bool variables_read(struct reading *reading, const struct entry *user, const cJSON *body)
{
	struct kube_config *config = reading->config;
	const cJSON *variable;
	cJSON_ArrayForEach(variable, json_member(body, "env"))
	{
		const char *name = config_text(variable, "name");
		if (!name || strchr(name, '='))
			return refuse(reading, user, "has exec with a variable without a name");
		char *own_text = mem_printf("%s=%s", name, json_text_or(variable, "value", ""));
		vec_add(&config->exec.variables, (char *)config_keep(config, own_text));
	}
	return true;
}

/* --- what the plugin is told --- */

/* The authority as base64, from wherever it is. */
static bool info_authority(struct reading *reading, cJSON *to)
{
	const struct http_peer *peer = &reading->config->peer;
	AUTO_STR struct str content = STR_INIT(CONFIG_FILE_MAX);
	AUTO_STR struct str packed = {0};
	if (peer->ca_file && !env_read_file(reading->env, peer->ca_file, &content, reading->err))
		return false;
	if (peer->ca_pem)
		str_adds(&content, peer->ca_pem);
	if (!content.length)
		return true;
	str_add_base64(&packed, content.own_text, content.length, false);
	json_set_text(to, "certificate-authority-data", str_text(&packed));
	return true;
}

/* What the cluster's entry says for plugins only. */
static const cJSON *info_config(const struct entry *cluster)
{
	const cJSON *extension;
	cJSON_ArrayForEach(extension, json_member(cluster->body, "extensions"))
	{
		if (text_equal(json_text(extension, "name"), "client.authentication.k8s.io/exec"))
			return json_member(extension, "extension");
	}
	return NULL;
}

static bool info_cluster(struct reading *reading, const struct entry *cluster, cJSON *spec)
{
	const struct kube_config *config = reading->config;
	cJSON *to = json_set_object(spec, "cluster");
	json_set_text(to, "server", config->own_server);
	json_set_text(to, "tls-server-name", config->peer.server_name);
	if (config->peer.insecure)
		json_set_bool(to, "insecure-skip-tls-verify", true);
	json_set_text(to, "proxy-url", config->peer.proxy);
	const cJSON *own = info_config(cluster);
	if (own)
		json_set(to, "config", json_copy(own));
	return info_authority(reading, to);
}

static bool info_write(
	struct reading *reading, const struct entry *user, const struct entry *cluster, const cJSON *body)
{
	struct kube_config *config = reading->config;
	struct entry exec = {.what = user->what, .name = user->name, .body = body};
	bool wanted;
	if (!config_flag(reading, &exec, "provideClusterInfo", &wanted))
		return false;
	cJSON *info = cJSON_CreateObject();
	json_set_text(info, "kind", "ExecCredential");
	json_set_text(info, "apiVersion", config->exec.api_version);
	cJSON *spec = json_set_object(info, "spec");
	if (wanted && !info_cluster(reading, cluster, spec))
		return false;
	json_set_bool(spec, "interactive", false);
	char *own_text = mem_printf("KUBERNETES_EXEC_INFO=%s", json_print(info));
	vec_add(&config->exec.variables, (char *)config_keep(config, own_text));
	vec_add(&config->exec.variables, NULL);
	return true;
}

bool config_exec(struct reading *reading, const struct entry *user, const struct entry *cluster)
{
	const cJSON *body = json_member(user->body, "exec");
	return version_read(reading, user, body) && mode_read(reading, user, body) &&
	       command_read(reading, user, body) && arguments_read(reading, user, body) &&
	       variables_read(reading, user, body) && info_write(reading, user, cluster, body);
}
