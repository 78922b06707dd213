/* Which files there are, and which of their entries count. The files are read into trees once, the entries that the
 * context names are copied, and every file they point to is tried, so that what cannot work is refused at the start with
 * the entry's name, and not hours later. Invariant: the caller's config is written only when everything was good. */
#include "kube/config.h"

#include <string.h>

#include "kube/kubeconfig.h"
#include "kube/yaml.h"

enum { DEPTH_MAX = 16, NODES_MAX = 20000 };

const char *config_keep(struct kube_config *config, char *own_text)
{
	vec_add(&config->texts, own_text);
	return own_text;
}

void config_wipe(struct str *content)
{
	if (content->own_text)
		explicit_bzero(content->own_text, content->capacity);
}

/* --- files --- */

static bool tree_read(struct reading *reading, const struct str *content)
{
	struct yaml_limits limits = {.depth = DEPTH_MAX, .nodes = NODES_MAX};
	const cJSON *tree = yaml_read(str_text(content), content->length, limits, reading->err);
	if (!tree)
		return false;
	if (cJSON_IsNull(tree))
		return true; /* an empty file says nothing */
	if (!cJSON_IsObject(tree))
		return error_set(reading->err, ERROR_REJECTED,
			"not a kubeconfig: it must be a mapping with clusters, users and contexts");
	reading->sources[reading->source_count++] = (struct source){reading->at, tree};
	return true;
}

static bool file_read(struct reading *reading, const char *path)
{
	AUTO_STR struct str content = STR_INIT(CONFIG_FILE_MAX);
	reading->at = path;
	bool good = env_read_file(reading->env, path, &content, reading->err) && tree_read(reading, &content);
	config_wipe(&content);
	return good;
}

static bool listed_before(char *const *paths, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(paths[i], path))
			return true;
	return false;
}

/* The paths of a list with colons, each once. */
static bool list_split(struct reading *reading, const char *list, char *paths[CONFIG_FILES_MAX], size_t *count)
{
	for (const char *at = list; *at; at += strcspn(at, ":"), at += *at == ':') {
		char *path = arena_strndup(json_arena(), at, strcspn(at, ":"));
		if (!*path || listed_before(paths, *count, path))
			continue;
		if (*count == CONFIG_FILES_MAX)
			return error_set(reading->err, ERROR_REJECTED, "more than %d files", CONFIG_FILES_MAX);
		paths[(*count)++] = path;
	}
	return true;
}

/* The files of KUBECONFIG. One that is not there is passed over, as kubectl does it. */
static bool list_read(struct reading *reading, const char *list)
{
	char *paths[CONFIG_FILES_MAX];
	size_t count = 0, there = 0;
	if (!list_split(reading, list, paths, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (file_read(reading, paths[i]))
			there++;
		else if (!text_equal(reading->err->code, "NotFound"))
			return false;
		else if (count > 1)
			*reading->err = (struct error){0};
	}
	reading->at = list;
	if (!there && reading->err->class == ERROR_NONE)
		error_set(reading->err, ERROR_REJECTED, "none of the files that KUBECONFIG names is there");
	return there != 0;
}

/* --- entries --- */

/* The entry of that name in a file's list of {name, KIND: {...}}. */
static bool source_find(struct reading *reading, const struct source *source, const char *list, struct entry *entry)
{
	const cJSON *item, *found = NULL;
	cJSON_ArrayForEach(item, json_member(source->tree, list))
	{
		if (!text_equal(json_text(item, "name"), entry->name))
			continue;
		if (found) {
			reading->at = source->path;
			return error_set(reading->err, ERROR_REJECTED, "\"%s\" stands twice in %s", entry->name, list);
		}
		found = item;
	}
	entry->body = json_member(found, entry->what);
	entry->path = source->path;
	return found != NULL;
}

/* The first file that has the name has the whole entry. */
static bool entry_find(struct reading *reading, const char *list, struct entry *entry)
{
	for (size_t i = 0; i < reading->source_count; i++) {
		if (source_find(reading, &reading->sources[i], list, entry)) {
			reading->at = entry->path;
			return true;
		}
		if (reading->err->class != ERROR_NONE)
			return false;
	}
	return false;
}

/* The entry that the context names; err says which name is missing. */
static bool entry_of_context(
	struct reading *reading, const struct entry *context, const char *list, struct entry *entry)
{
	entry->name = config_text(context->body, entry->what);
	if (!entry->name)
		return refuse(reading, context, "names no %s", entry->what);
	if (entry_find(reading, list, entry))
		return true;
	if (reading->err->class != ERROR_NONE)
		return false;
	return refuse(reading, context, "names %s \"%s\", which is not in %s", entry->what, entry->name, list);
}

static const char *current_context(struct reading *reading)
{
	for (size_t i = 0; i < reading->source_count; i++) {
		const char *name = config_text(reading->sources[i].tree, "current-context");
		if (name)
			return name;
	}
	return NULL;
}

static bool context_find(struct reading *reading, const char *wanted, struct entry *context)
{
	context->name = wanted && *wanted ? wanted : current_context(reading);
	if (!context->name)
		return error_set(reading->err, ERROR_REJECTED, "no current-context; choose one with --context");
	if (entry_find(reading, "contexts", context))
		return true;
	if (reading->err->class != ERROR_NONE)
		return false;
	return refuse(reading, context, "is not in contexts");
}

static bool user_find(struct reading *reading, const struct entry *context, const char *wanted, struct entry *user)
{
	if (!wanted)
		return entry_of_context(reading, context, "users", user);
	user->name = wanted;
	if (entry_find(reading, "users", user))
		return true;
	if (reading->err->class != ERROR_NONE)
		return false;
	return refuse(reading, user, "is not in users");
}

/* Credentials are for https only: on plain http the user's entry is not even looked at, as kubectl does it. */
static bool entries_read(struct reading *reading, const struct kube_config_options *options)
{
	struct entry context = {.what = "context"}, cluster = {.what = "cluster"}, user = {.what = "user"};
	if (!reading->source_count)
		return error_set(reading->err, ERROR_REJECTED,
			"not a kubeconfig: it must be a mapping with clusters, users and contexts");
	if (!context_find(reading, options->context, &context) ||
		!entry_of_context(reading, &context, "clusters", &cluster) || !config_cluster(reading, &cluster))
		return false;
	reading->config->own_namespace = mem_strdup(config_text(context.body, "namespace"));
	bool anonymous = !options->user && !config_text(context.body, "user");
	if (anonymous || text_starts(reading->config->own_server, "http://"))
		return true;
	return user_find(reading, &context, options->user, &user) && config_user(reading, &user, &cluster);
}

/* --- where to look --- */

static const char *home_config(struct env *env)
{
	const char *home = env_variable(env, "HOME");
	return home ? arena_printf(json_arena(), "%s/.kube/config", home) : NULL;
}

static bool home_read(struct reading *reading)
{
	const char *path = home_config(reading->env);
	if (path && file_read(reading, path))
		return true;
	bool missing = !path || text_equal(reading->err->code, "NotFound");
	if (missing)
		error_set(reading->err, ERROR_REJECTED,
			"there is none: give --kubeconfig FILE, set KUBECONFIG, or run in a pod with a service "
			"account");
	return false;
}

static bool files_read(struct reading *reading, const struct kube_config_options *options)
{
	const char *list = env_variable(reading->env, "KUBECONFIG");
	bool named = options->path && *options->path;
	bool good = named ? file_read(reading, options->path) : list ? list_read(reading, list) : home_read(reading);
	return good && entries_read(reading, options);
}

static bool kubeconfig_load(
	struct env *env, const struct kube_config_options *options, struct kube_config *config, struct error *err)
{
	JSON_WORK(work);
	struct reading reading = {.env = env, .config = config, .err = err};
	if (files_read(&reading, options))
		return true;
	error_context(err, "kubeconfig%s%s", reading.at ? " " : "", reading.at ? reading.at : "");
	return false;
}

/* In a pod a context or a user would be looked for in vain. */
static bool pod_load(
	struct env *env, const struct kube_config_options *options, struct kube_config *config, struct error *err)
{
	if (options->context || options->user)
		return error_set(err, ERROR_REJECTED, "--%s needs a kubeconfig, but we run in a pod without one",
			options->context ? "context" : "user");
	return config_in_cluster(env, config, err);
}

bool kube_config_load(
	struct env *env, const struct kube_config_options *options, struct kube_config *config, struct error *err)
{
	struct kube_config made = {0};
	struct error failure = {0};
	bool named = (options->path && *options->path) || env_variable(env, "KUBECONFIG");
	bool good = !named && in_cluster(env) ? pod_load(env, options, &made, &failure)
	                                      : kubeconfig_load(env, options, &made, &failure);
	if (good) {
		*config = made;
		return true;
	}
	kube_config_done(&made);
	failure.class = ERROR_REJECTED;
	if (err)
		*err = failure;
	return false;
}

static void secret_free(void *own_text)
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
	vec_done(&config->exec.arguments, NULL);
	vec_done(&config->exec.variables, NULL);
	vec_done(&config->texts, secret_free);
	*config = (struct kube_config){0};
}
