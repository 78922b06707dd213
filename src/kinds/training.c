/* Names, cluster and what is run at boot; the calls by which groups get machines of these names stand in training_names.c. */
#include "kinds/training.h"

#include <ctype.h>
#include <string.h>

#include "kinds/internal.h"

enum { BASE_NAME_MAX = 58 };

/* The group's hash, which a new group changes, is not of the object and pool: names that the user gave may be given twice. */
char *training_base_name(const struct lb *lb, const struct identity *who, const struct lb_pool *pool, const char *base)
{
	cJSON *inputs = cJSON_CreateObject();
	char group[HASH_SIZE], hash[HASH_SIZE];
	size_t length = strnlen(base, BASE_NAME_MAX - HASH_SIZE);

	group_hash(lb, pool, group);
	json_set_text(inputs, "id", who->id);
	json_set_text(inputs, "pool", pool->name);
	json_set_text(inputs, "group", group);
	hash_inputs(inputs, hash);
	while (base[length - 1] == '-')
		length--;
	return arena_printf(json_arena(), "%.*s-%s", (int)length, base, hash);
}

/* "my-project", or "my-project.example.com" of a project within a domain, which is written the other way round. */
static char *domain_of(const char *project)
{
	const char *colon = strchr(project, ':');

	return colon ? arena_printf(json_arena(), "%s.%.*s", colon + 1, (int)(colon - project), project)
	             : arena_strdup(json_arena(), project);
}

/* TensorFlow writes types of tasks in lower case. */
static char *type_of(const char *role)
{
	char *type = arena_strdup(json_arena(), role);

	for (char *letter = type; *letter; letter++)
		*letter = (char)tolower((unsigned char)*letter);
	return type;
}

static void add_tasks(cJSON *tasks, const struct lb *lb, const struct identity *who, const struct lb_pool *pool)
{
	const char *base = group_base_name(lb, who, pool), *domain = domain_of(lb->spec.project);

	for (int64_t i = 0; i < lb_pool_replicas(lb, pool); i++)
		json_add_text(tasks, arena_printf(json_arena(), "%s-%lld.%s.c.%s.internal:%lld", base, (long long)i,
					     pool->zone, domain, (long long)lb->spec.training.port));
}

cJSON *training_cluster(const struct lb *lb, const struct identity *who)
{
	cJSON *cluster = cJSON_CreateObject(), *tasks;

	for (size_t i = 0; i < lb->spec.pools.count; i++) {
		const struct lb_pool *pool = &lb->spec.pools.items[i];
		const char *type = pool->role ? type_of(pool->role) : NULL;

		if (!type || text_equal(pool->role, "EVALUATOR") || lb_pool_replicas(lb, pool) == 0)
			continue;
		tasks = json_member(cluster, type);
		add_tasks(tasks ? tasks : json_set_array(cluster, type), lb, who, pool);
	}
	return cluster;
}

/* Tasks of one type count through all its pools. */
static int64_t first_index(const struct lb *lb, const struct lb_pool *pool)
{
	int64_t first = 0;

	for (size_t i = 0; i < lb->spec.pools.count; i++) {
		const struct lb_pool *before = &lb->spec.pools.items[i];

		if (text_equal(before->name, pool->name))
			break;
		first += text_equal(before->role, pool->role) ? lb_pool_replicas(lb, before) : 0;
	}
	return first;
}

char *training_config(const struct lb *lb, const struct identity *who, const struct lb_pool *pool)
{
	cJSON *config = cJSON_CreateObject(), *task;

	json_set(config, "cluster", training_cluster(lb, who));
	task = json_set_object(config, "task");
	json_set_text(task, "type", type_of(pool->role));
	json_set_int(task, "index", first_index(lb, pool));
	return json_print_canonical(config);
}

#define SERVER "http://${GCE_METADATA_HOST:-metadata.google.internal}/computeMetadata/v1/instance"

/* The number that ends the machine's name is added to the index that its group begins with. */
const char *const *training_lines(void)
{
	static const char get[] = "  until tflb_value=$(curl -sf -H Metadata-Flavor:Google \"" SERVER "/$1\"); do";
	static const char set[] = "TF_CONFIG=$(printf %s \"$tflb_value\" | sed "
				  "\"s/\\\"index\\\":[0-9]*/\\\"index\\\":$((tflb_first + tflb_index))/\")";
	static const char config[] = "tflb_get attributes/" TRAINING_KEY;
	static const char *const lines[] = {
		"tflb_get() {",
		get,
		"    sleep 1",
		"  done",
		"}",
		"tflb_get name",
		"tflb_index=${tflb_value##*-}",
		config,
		"tflb_first=$(printf %s \"$tflb_value\" | sed 's/.*\"index\":\\([0-9]*\\).*/\\1/')",
		set,
		"export TF_CONFIG",
		NULL,
	};

	return lines;
}

/* The folder of our own script is one that programs may be run from, which /tmp need not be. */
char *training_startup_script(void)
{
	static const char script[] = "tflb_get attributes/" TRAINING_SCRIPT_KEY;
	static const char *const run[] = {
		"tflb_script=$(mktemp \"$(dirname \"$0\")/tflb-XXXXXX\")",
		script,
		"printf '%s\\n' \"$tflb_value\" >\"$tflb_script\"",
		"chmod 0700 \"$tflb_script\"",
		"exec \"$tflb_script\"",
		NULL,
	};
	AUTO_STR struct str text = STR_INIT(4096);

	str_adds(&text, "#!/bin/sh\nset -eu\n");
	for (const char *const *line = training_lines(); *line; line++)
		str_addf(&text, "%s\n", *line);
	for (const char *const *line = run; *line; line++)
		str_addf(&text, "%s\n", *line);
	return arena_strdup(json_arena(), str_text(&text));
}
