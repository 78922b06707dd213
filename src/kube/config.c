/* Kubeconfig files. The file is read into a tree once, the entries that the context names are copied, and every file
 * they point to is tried, so that what cannot work is refused at the start with the entry's name, and not hours later.
 * Invariant: the caller's config is written only when everything was good. */
#include "kube/config.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "kube/yaml.h"

enum { FILE_MAX = 1024 * 1024, DEPTH_MAX = 16, NODES_MAX = 20000 };

/* One kubeconfig being read. */
struct reading {
	struct env *env;
	const char *path;
	const cJSON *tree;
	struct kube_config *config;
	size_t texts;
	struct error *err;
};

/* An entry of clusters, users or contexts. */
struct entry {
	const char *what, *name;
	const cJSON *body;
};

/* Refuses an entry; returns false. */
#define refuse(reading, entry, format, ...)                                                                            \
	error_set((reading)->err, ERROR_REJECTED, "%s \"%s\" " format, (entry)->what, (entry)->name, ##__VA_ARGS__)

static const char *keep(struct reading *reading, char *own_text)
{
	assert(reading->texts < sizeof(reading->config->own_texts) / sizeof(reading->config->own_texts[0]));
	return reading->config->own_texts[reading->texts++] = own_text;
}

static const char *keep_copy(struct reading *reading, const char *text)
{
	return text ? keep(reading, mem_strdup(text)) : NULL;
}

/* The text of a member; NULL when absent or empty. */
static const char *member(const struct entry *entry, const char *name)
{
	const cJSON *value = json_member(entry->body, name);
	return cJSON_IsString(value) && *value->valuestring ? value->valuestring : NULL;
}

static bool flag(struct reading *reading, const struct entry *entry, const char *name, bool *value)
{
	const char *text = member(entry, name);
	if (text && !text_equal(text, "true") && !text_equal(text, "false"))
		return refuse(reading, entry, "has %s \"%s\"; it must be true or false", name, text);
	*value = text_equal(text, "true");
	return true;
}

/* Paths in a kubeconfig are relative to its folder. */
static char *path_resolved(const struct reading *reading, const char *path)
{
	const char *slash = strrchr(reading->path, '/');
	if (*path == '/' || !slash)
		return mem_strdup(path);
	return mem_printf("%.*s/%s", (int)(slash - reading->path), reading->path, path);
}

/* A file that an entry names: resolved, and readable now. NULL and err when not. */
static char *file_of(struct reading *reading, const struct entry *entry, const char *name)
{
	AUTO_FREE char *path = path_resolved(reading, member(entry, name));
	AUTO_STR struct str content = STR_INIT(FILE_MAX);
	bool readable = env_read_file(reading->env, path, &content, reading->err);
	bool empty = content.length == 0;
	if (content.own_text)
		explicit_bzero(content.own_text, content.capacity);
	if (!readable) {
		error_context(reading->err, "%s \"%s\", %s", entry->what, entry->name, name);
		reading->err->class = ERROR_REJECTED;
		return NULL;
	}
	if (!empty)
		return TAKE(path);
	refuse(reading, entry, "names the %s %s, which is empty", name, path);
	return NULL;
}

static void without_white_space(struct str *to, const char *text)
{
	for (; *text; text++)
		if (!strchr(" \t\r\n", *text))
			str_add(to, text, 1);
}

/* Inline base64, line breaks allowed. NULL and err when malformed. */
static char *data_of(struct reading *reading, const struct entry *entry, const char *name)
{
	AUTO_STR struct str packed = STR_INIT(FILE_MAX);
	AUTO_STR struct str content = STR_INIT(FILE_MAX);
	without_white_space(&packed, member(entry, name));
	if (str_decode_base64(&content, str_text(&packed), packed.length) && strstr(str_text(&content), "-----BEGIN "))
		return str_take(&content);
	refuse(reading, entry, "has %s that is not base64 of a PEM text", name);
	return NULL;
}

/* A PEM text that may stand in the file (NAME-data, which wins) or beside it (NAME). */
static bool pem_read(
	struct reading *reading, const struct entry *entry, const char *name, const char **file, const char **pem)
{
	char data[64];
	snprintf(data, sizeof(data), "%s-data", name);
	char *own_text;
	if (member(entry, data)) {
		own_text = data_of(reading, entry, data);
		*pem = own_text ? keep(reading, own_text) : NULL;
		return own_text != NULL;
	}
	if (!member(entry, name))
		return true;
	own_text = file_of(reading, entry, name);
	*file = own_text ? keep(reading, own_text) : NULL;
	return own_text != NULL;
}

/* The entry of that name in a list of {name, KIND: {...}}. */
static bool entry_find(struct reading *reading, const char *list, struct entry *entry)
{
	const cJSON *item, *found = NULL;
	cJSON_ArrayForEach(item, json_member(reading->tree, list))
	{
		if (!text_equal(json_text(item, "name"), entry->name))
			continue;
		if (found)
			return error_set(reading->err, ERROR_REJECTED, "\"%s\" stands twice in %s", entry->name, list);
		found = item;
	}
	entry->body = json_member(found, entry->what);
	return found != NULL;
}

/* The entry that the context names; err says which name is missing. */
static bool entry_of_context(
	struct reading *reading, const struct entry *context, const char *list, struct entry *entry)
{
	entry->name = member(context, entry->what);
	if (!entry->name)
		return refuse(reading, context, "names no %s", entry->what);
	if (entry_find(reading, list, entry))
		return true;
	if (reading->err->class != ERROR_NONE)
		return false;
	return refuse(reading, context, "names %s \"%s\", which is not in %s", entry->what, entry->name, list);
}

static bool server_read(struct reading *reading, const struct entry *cluster)
{
	const char *server = member(cluster, "server");
	if (!server)
		return refuse(reading, cluster, "has no server");
	const char *host = text_starts(server, "https://")  ? server + 8
	                   : text_starts(server, "http://") ? server + 7
	                                                    : NULL;
	if (strchr(server, '@'))
		return refuse(reading, cluster, "has a server with credentials in it; they belong into users");
	if (!host || !*host || *host == '/' || strpbrk(server, "?# \t\r\n"))
		return refuse(reading, cluster, "has server \"%s\"; it must look like https://HOST:PORT", server);
	size_t length = strlen(server);
	while (server[length - 1] == '/')
		length--;
	reading->config->own_server = mem_strndup(server, length);
	return true;
}

static bool proxy_read(struct reading *reading, const struct entry *cluster)
{
	const char *proxy = member(cluster, "proxy-url");
	bool known = !proxy || text_starts(proxy, "http://") || text_starts(proxy, "https://") ||
	             text_starts(proxy, "socks5://");
	if (!known)
		return refuse(
			reading, cluster, "has a proxy-url that does not begin with http://, https:// or socks5://");
	reading->config->peer.proxy = keep_copy(reading, proxy);
	return true;
}

static bool cluster_read(struct reading *reading, const struct entry *cluster)
{
	struct http_peer *peer = &reading->config->peer;
	if (!server_read(reading, cluster) || !proxy_read(reading, cluster) ||
		!flag(reading, cluster, "insecure-skip-tls-verify", &peer->insecure) ||
		!pem_read(reading, cluster, "certificate-authority", &peer->ca_file, &peer->ca_pem))
		return false;
	if (peer->insecure && (peer->ca_file || peer->ca_pem))
		return refuse(
			reading, cluster, "has both a certificate-authority and insecure-skip-tls-verify; remove one");
	peer->server_name = keep_copy(reading, member(cluster, "tls-server-name"));
	return true;
}

static bool user_supported(struct reading *reading, const struct entry *user)
{
	static const char *const unsupported[] = {
		"exec", "auth-provider", "username", "password", "as", "as-uid", "as-groups", "as-user-extra"};
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++) {
		const cJSON *value = json_member(user->body, unsupported[i]);
		if (value && !cJSON_IsNull(value))
			return refuse(reading, user,
				"has %s, which is not supported; use a token, a tokenFile or a client certificate",
				unsupported[i]);
	}
	return true;
}

static bool bearer_read(struct reading *reading, const struct entry *user)
{
	struct kube_config *config = reading->config;
	if (member(user, "tokenFile"))
		return (config->own_token_file = file_of(reading, user, "tokenFile")) != NULL;
	const char *token = member(user, "token");
	if (token && strpbrk(token, " \t\r\n"))
		return refuse(reading, user, "has a token with white space in it");
	config->own_token = mem_strdup(token);
	return true;
}

static bool user_read(struct reading *reading, const struct entry *user)
{
	struct http_peer *peer = &reading->config->peer;
	if (!user_supported(reading, user) || !bearer_read(reading, user) ||
		!pem_read(reading, user, "client-certificate", &peer->client_cert_file, &peer->client_cert_pem) ||
		!pem_read(reading, user, "client-key", &peer->client_key_file, &peer->client_key_pem))
		return false;
	bool certificate = peer->client_cert_file || peer->client_cert_pem,
	     key = peer->client_key_file || peer->client_key_pem;
	if (certificate != key)
		return refuse(reading, user, "has a client-%s without a client-%s", certificate ? "certificate" : "key",
			certificate ? "key" : "certificate");
	return true;
}

static bool context_find(struct reading *reading, const char *wanted, struct entry *context)
{
	const cJSON *current = json_member(reading->tree, "current-context");
	context->name = wanted ? wanted : cJSON_IsString(current) ? current->valuestring : "";
	if (!*context->name)
		return error_set(reading->err, ERROR_REJECTED, "no current-context; choose one with --context");
	if (entry_find(reading, "contexts", context))
		return true;
	if (reading->err->class != ERROR_NONE)
		return false;
	return refuse(reading, context, "is not in contexts");
}

/* Credentials are for https only: on plain http the user's entry is not even looked at, as kubectl does it. */
static bool config_read(struct reading *reading, const char *wanted)
{
	struct entry context = {.what = "context"}, cluster = {.what = "cluster"}, user = {.what = "user"};
	if (!context_find(reading, wanted, &context) || !entry_of_context(reading, &context, "clusters", &cluster) ||
		!cluster_read(reading, &cluster))
		return false;
	reading->config->own_namespace = mem_strdup(member(&context, "namespace"));
	if (text_starts(reading->config->own_server, "http://") || !member(&context, "user"))
		return true;
	return entry_of_context(reading, &context, "users", &user) && user_read(reading, &user);
}

static bool tree_read(struct reading *reading, const struct str *content)
{
	struct yaml_limits limits = {.depth = DEPTH_MAX, .nodes = NODES_MAX};
	const cJSON *tree = yaml_read(str_text(content), content->length, limits, reading->err);
	if (!tree)
		return false;
	if (!cJSON_IsObject(tree))
		return error_set(reading->err, ERROR_REJECTED,
			"not a kubeconfig: it must be a mapping with clusters, users and contexts");
	reading->tree = tree;
	return true;
}

static bool file_read(struct reading *reading, const char *context)
{
	AUTO_STR struct str content = STR_INIT(FILE_MAX);
	bool good = env_read_file(reading->env, reading->path, &content, reading->err);
	good = good && tree_read(reading, &content) && config_read(reading, context);
	if (content.own_text)
		explicit_bzero(content.own_text, content.capacity);
	return good;
}

bool kube_config_load(
	struct env *env, const char *path, const char *context, struct kube_config *config, struct error *err)
{
	if (!path || !*path)
		return error_set(err, ERROR_REJECTED, "no kubeconfig: give --kubeconfig FILE or set KUBECONFIG");
	JSON_WORK(work);
	struct kube_config made = {0};
	struct error failure = {0};
	struct reading reading = {.env = env, .path = path, .config = &made, .err = &failure};
	if (file_read(&reading, context)) {
		*config = made;
		return true;
	}
	kube_config_done(&made);
	failure.class = ERROR_REJECTED;
	error_context(&failure, "kubeconfig %s", path);
	if (err)
		*err = failure;
	return false;
}

static void secret_free(char *own_text)
{
	if (own_text)
		explicit_bzero(own_text, strlen(own_text));
	mem_free(own_text);
}

void kube_config_done(struct kube_config *config)
{
	if (!config)
		return;
	mem_free(config->own_server);
	secret_free(config->own_token);
	mem_free(config->own_token_file);
	mem_free(config->own_namespace);
	for (size_t i = 0; i < sizeof(config->own_texts) / sizeof(config->own_texts[0]); i++)
		secret_free(config->own_texts[i]);
	*config = (struct kube_config){0};
}
