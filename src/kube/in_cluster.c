/* The service account of the pod we run in: the kubelet mounts its token, which it renews, and the authority. */
#include <string.h>

#include "kube/kubeconfig.h"

#define MOUNT "/var/run/secrets/kubernetes.io/serviceaccount/"

enum { NAMESPACE_MAX = 253 };

bool in_cluster(struct env *env)
{
	return env_variable(env, "KUBERNETES_SERVICE_HOST") && env_variable(env, "KUBERNETES_SERVICE_PORT");
}

/* A file of the mount that must be there and say something. */
static bool mounted(struct env *env, const char *path, struct error *err)
{
	AUTO_STR struct str content = STR_INIT(CONFIG_FILE_MAX);
	bool good = env_read_file(env, path, &content, err);
	if (good && !content.length)
		good = error_set(err, ERROR_REJECTED, "%s is empty", path);
	config_wipe(&content);
	return good || error_context(err, "the pod's service account (is automountServiceAccountToken off?)");
}

/* The namespace is told by a file, too; one that can't be read only leaves it open. */
static char *namespace_read(struct env *env)
{
	AUTO_STR struct str content = STR_INIT(NAMESPACE_MAX);
	if (!env_read_file(env, MOUNT "namespace", &content, NULL))
		return NULL;
	size_t length = strcspn(str_text(&content), " \t\r\n");
	return length ? mem_strndup(str_text(&content), length) : NULL;
}

bool config_in_cluster(struct env *env, struct kube_config *config, struct error *err)
{
	const char *host = env_variable(env, "KUBERNETES_SERVICE_HOST");
	const char *port = env_variable(env, "KUBERNETES_SERVICE_PORT");
	if (!mounted(env, MOUNT "token", err) || !mounted(env, MOUNT "ca.crt", err))
		return false;
	config->own_server = mem_printf(strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port);
	config->own_token_file = mem_strdup(MOUNT "token");
	config->peer.ca_file = config_keep(config, mem_strdup(MOUNT "ca.crt"));
	config->own_namespace = namespace_read(env);
	return true;
}
