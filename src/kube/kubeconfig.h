/* Kubeconfig files being read, as the files that read their entries see it. */
#pragma once

#include "base/json.h"
#include "kube/config.h"

enum { CONFIG_FILE_MAX = 1024 * 1024, CONFIG_FILES_MAX = 16 };

/* One file. Texts and trees live in the arena of the reading. */
struct source {
	const char *path;
	const cJSON *tree;
};

struct reading {
	struct env *env;
	struct source sources[CONFIG_FILES_MAX];
	size_t source_count;
	const char *at; /* the file that is being read, for errors */
	struct kube_config *config;
	struct error *err;
};

/* An entry of clusters, users or contexts. */
struct entry {
	const char *what, *name;
	const cJSON *body;
	const char *path; /* of its file */
};

/* Refuses an entry; returns false. */
#define refuse(reading, entry, format, ...)                                                                            \
	error_set((reading)->err, ERROR_REJECTED, "%s \"%s\" " format, (entry)->what, (entry)->name, ##__VA_ARGS__)

/* The config keeps the text. Returns it as a loan. */
const char *config_keep(struct kube_config *config, char *own_text);
/* The text of a member; NULL when absent or empty. */
const char *config_text(const cJSON *body, const char *name);
bool config_flag(struct reading *reading, const struct entry *entry, const char *name, bool *value);
/* Paths in a kubeconfig are relative to its folder. */
char *config_path(const struct entry *entry, const char *path);
/* The file that a member names: resolved, readable and not empty now. NULL and err when not. */
char *config_file(struct reading *reading, const struct entry *entry, const char *name);
/* A PEM text that may stand in the file (NAME-data, which wins) or beside it (NAME). */
bool config_pem(
	struct reading *reading, const struct entry *entry, const char *name, const char **file, const char **pem);

/* config_cluster.c, config_user.c, config_exec.c: an entry into the config. The cluster is read before the user. */
bool config_cluster(struct reading *reading, const struct entry *cluster);
bool config_user(struct reading *reading, const struct entry *user, const struct entry *cluster);
bool config_exec(struct reading *reading, const struct entry *user, const struct entry *cluster);

/* in_cluster.c: whether we run in a pod, and its service account as config. */
bool in_cluster(struct env *env);
bool config_in_cluster(struct env *env, struct kube_config *config, struct error *err);

/* Forgets what a file held: it may have been a key. */
void config_wipe(struct str *content);
